"""From numpy to a Dataset of the caller's own."""

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.data import Dataset
from trainer.files.samples import Samples

BRIGHTEST = 255.0  # of a byte


def dataset(samples: Samples) -> Dataset:
    """Copies, since the samples may be kept for another trial; bytes become 0…1."""
    inputs = torch.tensor(samples.inputs)
    if samples.inputs.dtype == np.uint8:
        inputs = inputs.to(torch.float32).div_(BRIGHTEST)
    return Dataset(
        inputs,
        torch.tensor(samples.targets),
        samples.outputs,
        samples.task,
        samples.vocabulary,
        samples.labels,
    )


def classified(
    inputs: NDArray[np.floating], labels: NDArray[np.integer], names: tuple[str, ...]
) -> Dataset:
    """Rows [N, F] and labels [N] of the classes named."""
    return Dataset(
        torch.tensor(inputs, dtype=torch.float32),
        torch.tensor(labels, dtype=torch.int64),
        outputs=len(names),
        labels=names,
    )
