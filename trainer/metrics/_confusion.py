"""The confusion matrix."""

from torch import Tensor


def confusion(outputs: Tensor, targets: Tensor, classes: int) -> list[list[int]]:
    """[true class][predicted class] → number of samples, or of pixels.

    outputs [N, C, ...], targets [N, ...].
    """
    matrix: list[list[int]] = counts(outputs, targets, classes).tolist()
    return matrix


def counts(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    """The same as a tensor [C, C] int64."""
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    matrix: Tensor = multiclass_confusion_matrix(outputs, targets, classes)
    return matrix
