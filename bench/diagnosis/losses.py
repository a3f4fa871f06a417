"""The losses of the case files, each a plain callable, and the targets that it takes.

`style` is how users write them. `plain`: functions; class numbers go in, one-hot targets are made
inside. `modules`: torch's modules where there is one, and one-hot targets made outside.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.diagnosis.grammar import Config, GrammarError
from diagnostics.parts import did_you_mean

LossFn = Callable[[Tensor, Tensor], Tensor]
STYLES = ("plain", "modules")
CLIP = 1e-7  # Keras' epsilon
SMALLEST = 1e-32
ON_CLASSES = ("ce_logits", "cce_keras", "nll_clip", "nll_raw")  # take class numbers [N, ...]
ON_PROBABILITIES = ("bce", "cce_keras", "nll_clip", "nll_raw")
ON_LOGITS = ("ce_logits", "bce_logits")


def ce_logits(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy; `targets` class numbers, or probabilities of the outputs' shape."""
    return F.cross_entropy(outputs, targets)


def bce_logits(outputs: Tensor, targets: Tensor) -> Tensor:
    """Binary cross entropy of logits."""
    return F.binary_cross_entropy_with_logits(outputs, targets)


def bce(outputs: Tensor, targets: Tensor) -> Tensor:
    """Binary cross entropy of probabilities, clipped as Keras does."""
    p = outputs.clamp(CLIP, 1 - CLIP)
    return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()


def cce_keras(outputs: Tensor, targets: Tensor) -> Tensor:
    """Keras' categorical cross entropy of outputs that are taken for probabilities."""
    p = (outputs / outputs.sum(dim=1, keepdim=True)).clamp(CLIP, 1 - CLIP)
    return _picked(-p.log(), targets)


def nll_clip(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log likelihood of probabilities, clipped far down."""
    return _picked(-outputs.clamp(min=SMALLEST).log(), targets)


def nll_raw(outputs: Tensor, targets: Tensor) -> Tensor:
    """Negative log likelihood of probabilities, not clipped: infinite at 0."""
    return _picked(-outputs.log(), targets)


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(outputs, targets)


def mae(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute error."""
    return F.l1_loss(outputs, targets)


def huber(outputs: Tensor, targets: Tensor) -> Tensor:
    """Huber's loss, delta 1."""
    return F.huber_loss(outputs, targets)


def mse_onehot(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error between outputs [N, C] and one-hot targets; class numbers go in."""
    return F.mse_loss(outputs, F.one_hot(targets, outputs.shape[1]).float())


def mse_bcast(outputs: Tensor, targets: Tensor) -> Tensor:
    """The bug: outputs [N, 1] minus targets [N] is [N, N]."""
    return ((outputs - targets) ** 2).mean()


def _picked(each: Tensor, targets: Tensor) -> Tensor:
    if targets.is_floating_point():
        return (each * targets).sum(dim=1).mean()
    return each.gather(1, targets[:, None]).mean()


FUNCTIONS: dict[str, LossFn] = {
    function.__name__: function
    for function in (
        ce_logits, bce_logits, bce, cce_keras, nll_clip, nll_raw, mse, mae, huber, mse_onehot,
        mse_bcast,
    )
}  # fmt: skip
MODULES: dict[str, Callable[[], LossFn]] = {
    "ce_logits": nn.CrossEntropyLoss,
    "bce_logits": nn.BCEWithLogitsLoss,
    "mse": nn.MSELoss,
    "mae": nn.L1Loss,
    "huber": nn.HuberLoss,
    "mse_onehot": nn.MSELoss,
}


def loss_of(config: Config, style: str = "plain", weights: Tensor | None = None) -> LossFn:
    """The loss of a run, with its faults. Raises GrammarError where its name is unknown.

    `weights` [C] weight the classes of `ce_logits`.
    """
    name, extra = config.loss, config.extra
    if name not in FUNCTIONS:
        raise GrammarError(f"loss {name!r} is unknown; {did_you_mean(name, FUNCTIONS)}")
    if weights is not None or extra.label_smoothing:
        if name != "ce_logits":
            raise GrammarError(f"label_smoothing and class_weights need ce_logits, not {name}")
        found: LossFn = nn.CrossEntropyLoss(weights, label_smoothing=extra.label_smoothing)
    elif style == "modules" and name in MODULES:
        found = MODULES[name]()
    else:
        found = FUNCTIONS[name]
    for kind, wrap in (("double_softmax", _of_softmax), ("summed_loss", _summed),
                       ("negated_loss", _negated)):  # fmt: skip
        if extra.fault(kind):
            found = wrap(found)
    return found


def _of_softmax(loss: LossFn) -> LossFn:
    def on_probabilities(outputs: Tensor, targets: Tensor) -> Tensor:
        return loss(outputs.softmax(dim=1), targets)

    return on_probabilities


def _summed(loss: LossFn) -> LossFn:
    """Over samples and positions: the mean times their number."""

    def summed(outputs: Tensor, targets: Tensor) -> Tensor:
        count = outputs.numel() if outputs.shape == targets.shape else targets.numel()
        return loss(outputs, targets) * count

    return summed


def _negated(loss: LossFn) -> LossFn:
    def negated(outputs: Tensor, targets: Tensor) -> Tensor:
        return -loss(outputs, targets)

    return negated


def fitting(targets: Tensor, outputs: int, name: str, classes: int | None, style: str) -> Tensor:
    """The targets as the loss takes them, for a model of so many outputs.

    Class numbers [N, ...] stay for losses on classes, become [N, 1, ...] for one output, and
    one-hot [N, C, ...] else; values [N, K] stay, but lose their axis for the broadcasting bug.
    """
    if name == "mse_bcast":
        return targets.reshape(len(targets)).float()
    if classes is None:
        return targets
    if outputs == 1:
        return targets[:, None].float()
    if name in ON_CLASSES or (name == "mse_onehot" and style == "plain"):
        return targets
    onehot = F.one_hot(targets, outputs).float()
    return torch.movedim(onehot, -1, 1)
