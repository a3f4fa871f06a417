"""Metrics, one per file: `of(outputs, targets, form)` scores a whole validation set.

`outputs` are the model's on all samples, `targets` the data set's; the answer is a float. What
torchmetrics has comes from there; it takes long to import, so each imports it when it is called.
"""

import math

from torch import Tensor

from trainer.form import Form
from trainer.menu import part
from trainer.recipe.evaluation import Evaluation, signal


def measured(
    evaluation: Evaluation, outputs: Tensor, targets: Tensor, form: Form
) -> dict[str, float]:
    """Every metric by its signal; nan where the outputs are not finite, or it has no value."""
    if not evaluation.metrics:
        return {}
    sound = bool(outputs.isfinite().all())
    return {
        signal(metric): part("metric", metric).of(outputs, targets, form) if sound else math.nan
        for metric in evaluation.metrics
    }
