"""How a model does on samples that it is not trained on."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import LossFn
from trainer.data import Dataset
from trainer.form import Form
from trainer.mc_dropout import predict
from trainer.menu import part
from trainer.metrics import measured
from trainer.metrics._bootstrap import interval
from trainer.metrics._confusion import confusion, most_confused
from trainer.metrics._nearest import hits as neighbours
from trainer.metrics._worst import mistakes
from trainer.mistakes import NONE, Mistakes
from trainer.recipe import Recipe
from trainer.recipe.evaluation import RecallAtK

BATCH = 1024  # samples that a loss is taken of, and of a stack's forward pass; bounds memory
PASS = 512  # samples of a model's forward pass: LeNet-5 takes half as long again for 1024


@dataclass(frozen=True)
class Scores:
    """Mean loss; accuracy, nan where it has no meaning; and what the recipe's metrics say."""

    loss: float
    accuracy: float
    signals: dict[str, SignalValue]


class Examiner:
    """Scores a model as a recipe asks for.

    `labelled`: the largest output is the class. `scored`: there is an accuracy; that of embeddings
    is recall@1, the share of samples whose nearest neighbour has their class.
    """

    def __init__(self, recipe: Recipe, form: Form) -> None:
        self._wanted = recipe.evaluation
        self._seed = recipe.resolved_data_seed()
        self.labelled = form.task != "regression" and not recipe.loss.embeds
        self.scored = form.task != "regression"
        self._probable = recipe.loss.probabilities
        self._recall = part("metric", RecallAtK(k=1)) if recipe.loss.embeds else None

    @torch.no_grad()
    def scores(self, model: nn.Module, loss_fn: LossFn, data: Dataset) -> Scores:
        """The model is left in evaluation mode."""
        outputs = outputs_of(model, data.inputs)
        found = losses_of(outputs, loss_fn, data, labelled=self.labelled)
        return self.scores_of(outputs, found, model, data)

    @torch.no_grad()
    def scores_of(
        self, outputs: Tensor, found: tuple[float, float], model: nn.Module, data: Dataset
    ) -> Scores:
        """Of outputs that are there already, and of their mean loss and accuracy."""
        loss, accuracy = found
        if self._recall is not None and self.scored:
            accuracy = self._recall.of(outputs, data.targets, data.form)
        signals: dict[str, SignalValue] = {
            name: finite(value)
            for name, value in measured(self._wanted, outputs, data.targets, data.form).items()
        }
        if self._wanted.confusion and math.isfinite(loss):
            matrix = confusion(outputs, data.targets, data.outputs)
            signals["confused_classes"] = {**most_confused(matrix)}
        if self._wanted.bootstrap:
            signals |= self._interval(outputs, data, accuracy)
        if self._wanted.mc_dropout:
            signals |= self._uncertainty(model, data)
        return Scores(loss, accuracy, signals)

    def mistakes(self, model: nn.Module, data: Dataset) -> Mistakes:
        """What the model gets wrong, where the recipe asks for it.

        None, too, of a model whose outputs are not finite: it predicts nothing.
        """
        if not self._wanted.confusion:
            return NONE
        outputs = outputs_of(model, data.inputs)
        sound = bool(outputs.isfinite().all())
        return mistakes(outputs, data, probabilities=self._probable) if sound else NONE

    def _interval(self, outputs: Tensor, data: Dataset, accuracy: float) -> dict[str, SignalValue]:
        """Around an accuracy; where there is none, there is no interval either."""
        low = high = math.nan
        if math.isfinite(accuracy):
            count = right_of if self.labelled else neighbours
            right = count(outputs, data.targets)
            low, high = interval(right, self._wanted.bootstrap, seed=self._seed)
        return {"val_accuracy_low": finite(low), "val_accuracy_high": finite(high)}

    def _uncertainty(self, model: nn.Module, data: Dataset) -> dict[str, SignalValue]:
        found = predict(model, data.inputs, self._wanted.mc_dropout, self._seed)
        return {
            "mc_entropy": finite(found.entropy.mean().item()),
            "mc_mutual_information": finite(found.mutual_information.mean().item()),
        }


@torch.no_grad()
def outputs_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """What the model puts out with dropout off; it is left in evaluation mode."""
    model.eval()
    return torch.cat([model(batch) for batch in torch.split(inputs, PASS)])


@torch.no_grad()
def evaluate(model: nn.Module, loss_fn: LossFn, data: Dataset) -> tuple[float, float]:
    """Mean loss and accuracy; the model is left in evaluation mode."""
    outputs = outputs_of(model, data.inputs)
    return losses_of(outputs, loss_fn, data, labelled=data.task != "regression")


@torch.no_grad()
def losses_of(
    outputs: Tensor, loss_fn: LossFn, data: Dataset, *, labelled: bool
) -> tuple[float, float]:
    """Mean loss and accuracy of outputs that are there already."""
    losses, right = [], []
    pairs = zip(torch.split(outputs, BATCH), torch.split(data.targets, BATCH), strict=True)
    for batch, targets in pairs:
        losses.append(loss_fn(batch, targets) * len(targets))
        right.append(hits(batch, targets, labelled=labelled))
    return means(losses, right, len(data))


def hits(outputs: Tensor | list[Tensor], targets: Tensor, *, labelled: bool) -> Tensor:
    """How many samples are classified right; nan where outputs are no logits of classes.

    Of several heads' outputs, the first counts.
    """
    logits = outputs[0] if isinstance(outputs, list) else outputs
    return right_of(logits, targets).sum() if labelled else logits.new_full((), math.nan)


def right_of(logits: Tensor, targets: Tensor) -> Tensor:
    """[N]: whether a sample's class is the most likely one; of an image, the share of its pixels.

    Shares of classes, as mixup makes them, count as the largest.
    """
    if targets.is_floating_point():
        targets = targets.argmax(dim=1)
    found = logits.detach().argmax(dim=1) == targets
    return found if found.ndim == 1 else found.flatten(1).float().mean(dim=1)


def means(losses: list[Tensor], right: list[Tensor], samples: int) -> tuple[float, float]:
    """Mean loss and accuracy of the sums given; one wait for the device, however many there are.

    Where the loss is not finite the accuracy is nan: the argmax of nan is class 0, which is right
    for some.
    """
    sums = torch.stack([torch.stack(each).sum(dtype=torch.float64) for each in (losses, right)])
    loss, accuracy = (sums / samples).tolist()
    return loss, accuracy if math.isfinite(loss) else math.nan
