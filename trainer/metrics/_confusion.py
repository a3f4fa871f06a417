"""The confusion matrix."""

from torch import Tensor

MOST = 5  # pairs that are told of an epoch


def confusion(outputs: Tensor, targets: Tensor, classes: int) -> list[list[int]]:
    """[true class][predicted class] → number of samples, or of pixels.

    outputs [N, C, ...], targets [N, ...].
    """
    matrix: list[list[int]] = counts(outputs, targets, classes).tolist()
    return matrix


def most_confused(matrix: list[list[int]]) -> dict[str, float]:
    """`3 as 5` → the share of class 3 that is taken for class 5; the largest first, none of 0."""
    shares = {
        f"{true} as {taken}": number / sum(row)
        for true, row in enumerate(matrix)
        for taken, number in enumerate(row)
        if number and taken != true
    }
    return dict(sorted(shares.items(), key=lambda pair: -pair[1])[:MOST])


def counts(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    """The same as a tensor [C, C] int64."""
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    matrix: Tensor = multiclass_confusion_matrix(outputs, targets, classes)
    return matrix
