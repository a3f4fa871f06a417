"""How sure a score is, given the samples it was measured on."""

import math

from torch import Tensor

MOST = 2**22  # samples drawn at once; bounds memory


def interval(
    correct: Tensor, resamples: int, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Lower and upper end of the mean of `correct` [N], 0..1 or bool.

    Percentile bootstrap (Efron 1979; Efron and Tibshirani 1993, §13.3): the quantiles of the means
    of `resamples` sets of N, drawn with replacement. nan of fewer than two samples.
    """
    import numpy as np
    from scipy.stats import bootstrap

    if len(correct) < 2:
        return math.nan, math.nan
    found = bootstrap(
        (correct.double().cpu().numpy(),),
        np.mean,
        n_resamples=resamples,
        batch=max(1, MOST // len(correct)),
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)
