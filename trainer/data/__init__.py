"""Data sets, one per file: `load(folder)` gives all samples, before any split.

`folder` is the data folder that the user has configured; sets that need no files ignore it.
"""

from dataclasses import dataclass, replace

from torch import Tensor

from trainer.form import Form, Task


@dataclass(frozen=True)
class Dataset:
    """Samples and what is to be said of them.

    `inputs` [N, ...] are float32, or int64 token ids where `vocabulary` is given. `targets` are
    int64 labels below `outputs`, [N] (classification) or [N, H, W] (segmentation), or the float32
    numbers to predict [N, outputs] (regression). `labels` are the classes' names, where known.
    """

    inputs: Tensor
    targets: Tensor
    outputs: int
    task: Task = "classification"
    vocabulary: int | None = None
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def form(self) -> Form:
        """What a model of this data must fit."""
        return Form(tuple(self.inputs.shape[1:]), self.outputs, self.task, self.vocabulary)

    def rows(self, index: Tensor) -> "Dataset":
        """The samples at these positions."""
        return replace(self, inputs=self.inputs[index], targets=self.targets[index])

    def to(self, device: str) -> "Dataset":
        """The same samples on a device."""
        return replace(self, inputs=self.inputs.to(device), targets=self.targets.to(device))
