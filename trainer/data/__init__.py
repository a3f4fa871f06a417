"""Data sets, one per file: `load()` gives all samples, before any split."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Dataset:
    """`inputs` [N, ...] float32 and `targets` [N] int64 labels below `classes`."""

    inputs: Tensor
    targets: Tensor
    classes: int

    def __len__(self) -> int:
        return len(self.targets)

    def rows(self, index: Tensor) -> "Dataset":
        """The samples at these positions."""
        return Dataset(self.inputs[index], self.targets[index], self.classes)

    def to(self, device: str) -> "Dataset":
        """The same samples on a device."""
        return Dataset(self.inputs.to(device), self.targets.to(device), self.classes)
