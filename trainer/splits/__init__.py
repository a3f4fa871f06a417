"""How the samples are divided into training and validation, one way per file.

`folds(data, seed)` gives one `Fold`, or several where several models are to be trained.
"""

from dataclasses import dataclass

from trainer.data import Dataset


@dataclass(frozen=True)
class Fold:
    """What one model is trained on and judged by.

    `unlabelled` are samples of the training side whose labels are not to be used.
    """

    train: Dataset
    validation: Dataset
    unlabelled: Dataset | None = None

    def to(self, device: str) -> "Fold":
        """The same samples on a device."""
        rest = None if self.unlabelled is None else self.unlabelled.to(device)
        return Fold(self.train.to(device), self.validation.to(device), rest)
