"""What is measured on the validation set after each epoch, beside loss and accuracy."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainer.form import Task
from trainer.recipe.ingredient import Ingredient, Menu, Settings
from trainer.recipe.losses import Loss
from trainer.recipe.problems import Problem


class Metric(Ingredient):
    """A score of all validation samples at once.

    It is reported as `signal`, with the settings filled in. `direction` is where better is; None:
    neither way. `embeddings`: it can score them. `probabilities`: it needs a loss that makes the
    softmax of the outputs one.
    """

    signal: ClassVar[str]
    direction: ClassVar[Literal["maximize", "minimize"] | None] = "maximize"
    tasks: ClassVar[frozenset[Task]] = frozenset({"classification"})
    embeddings: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False


class TopK(Metric):
    """Share of samples whose class is among the `k` most likely; k = 1 is accuracy."""

    name: Literal["top_k"] = "top_k"
    k: int = Field(default=5, ge=1, le=10_000)
    signal = "val_top_{k}"


class F1(Metric):
    """2 · precision · recall / (precision + recall).

    `macro`: the mean over the classes; `weighted`: by their samples; `micro`: of all samples
    counted together, which is accuracy where each has one class.
    """

    name: Literal["f1"] = "f1"
    average: Literal["macro", "micro", "weighted"] = "macro"
    signal = "val_f1_{average}"
    tasks = frozenset({"classification", "segmentation"})


class Auroc(Metric):
    """Chance that a sample of a class scores higher for it than one of another; mean of classes."""

    name: Literal["auroc"] = "auroc"
    signal = "val_auroc"


class Iou(Metric):
    """Pixels in both masks over pixels in either, mean of the classes; `background` is class 0."""

    name: Literal["iou"] = "iou"
    background: bool = True
    signal = "val_iou"
    tasks = frozenset({"segmentation"})


class RecallAtK(Metric):
    """Share of samples that have one of their class among their `k` nearest neighbours."""

    name: Literal["recall_at_k"] = "recall_at_k"
    k: int = Field(default=1, ge=1, le=10_000)
    signal = "val_recall_at_{k}"
    embeddings = True


class CalibrationError(Metric):
    """How far confidence is from accuracy, mean over `bins` of confidence (Guo et al. 2017)."""

    name: Literal["calibration_error"] = "calibration_error"
    bins: int = Field(default=15, ge=1, le=1000)
    signal = "val_calibration_error"
    direction = "minimize"
    probabilities = True


class Confidence(Metric):
    """Mean probability of the class that is held most likely."""

    name: Literal["confidence"] = "confidence"
    signal = "val_confidence"
    direction = None
    probabilities = True


def signal(metric: Metric) -> str:
    """What the metric is reported as: `val_top_5`."""
    return metric.signal.format(**metric.model_dump())


class Evaluation(Settings):
    """`metrics` beyond loss and accuracy, by their names or sections.

    `confusion`: the matrix of true and predicted classes, and the samples that are most wrong, of
    the last epoch; of each epoch the pairs that are confused most (confused_classes). `bootstrap`:
    resamples for a 95 % interval of the accuracy (val_accuracy_low, _high). `mc_dropout`: passes
    with dropout on, for what the model does not know (mc_entropy, mc_mutual_information). 0: none.
    """

    metrics: list[Annotated[Metric, Menu("top_k")]] = Field(default=[], max_length=16)
    confusion: bool = False
    bootstrap: int = Field(default=0, ge=0, le=100_000)
    mc_dropout: int = Field(default=0, ge=0, le=1000)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        measured = names(self)
        twice = sorted({name for name in measured if measured.count(name) > 1})
        if twice:
            raise ValueError(f"two metrics are both reported as {twice[0]!r}; leave one out")
        return self


def names(evaluation: Evaluation) -> list[str]:
    """The signals of its metrics, in order."""
    return [signal(metric) for metric in evaluation.metrics]


def misfit(evaluation: Evaluation, loss: Loss, task: Task | None = None) -> Problem | None:
    """The first of what is asked for that this loss, or data of this task, cannot give.

    `task` is None where the data is not known yet. `field` is the recipe's path.
    """
    return next(_misfits(evaluation, loss, task), None)


def _misfits(evaluation: Evaluation, loss: Loss, task: Task | None) -> Iterator[Problem]:
    for number, metric in enumerate(evaluation.metrics):
        field = f"evaluation.metrics.{number}"
        if task is not None and task not in metric.tasks:
            yield Problem(field, metric.name, f"is not for {task}, but {_listed(metric.tasks)}")
        if loss.embeds and not metric.embeddings:
            yield Problem(field, metric.name, _for_embeddings(loss))
        if metric.probabilities and not loss.probabilities:
            yield Problem(field, metric.name, _no_probabilities(loss))
    if evaluation.confusion and (loss.embeds or task == "regression"):
        yield Problem("evaluation.confusion", True, "needs a model that puts out classes")
    if evaluation.bootstrap and task == "regression":
        yield Problem("evaluation.bootstrap", evaluation.bootstrap, "regression has no accuracy")
    if evaluation.mc_dropout and not loss.probabilities:
        yield Problem("evaluation.mc_dropout", evaluation.mc_dropout, _no_probabilities(loss))
    if evaluation.mc_dropout and task not in (None, "classification"):
        yield Problem("evaluation.mc_dropout", evaluation.mc_dropout, "is for classification only")


def _for_embeddings(loss: Loss) -> str:
    return f"needs a score for each class, and {loss.name} makes embeddings; take recall_at_k"


def _no_probabilities(loss: Loss) -> str:
    return f"needs probabilities of classes, which {loss.name} does not make; take cross_entropy"


def _listed(tasks: frozenset[Task]) -> str:
    return " or ".join(sorted(tasks))
