"""What a run is worth in truth: its loss and score without the faults of its loop."""

import torch
from torch import Tensor, nn

from bench.diagnosis.datasets import Rows
from bench.diagnosis.losses import FUNCTIONS, ON_CLASSES
from bench.diagnosis.setup import Run

ROWS = 512  # to a forward pass
LEAST = 1e-12  # of a share, so that its logarithm is finite


def honest_loss(run: Run, rows: Rows) -> float:
    """The mean loss in evaluation mode, without weights, smoothing, sums or signs."""
    name = "mse" if run.config.loss == "mse_bcast" else run.config.loss
    targets = run.fitted(rows)
    if run.config.loss == "mse_bcast":
        targets = targets[:, None]
    if name == "mse_onehot" and targets.is_floating_point():
        name = "mse"
    outputs = _outputs(run, rows.inputs)
    if run.faulty("double_softmax"):
        outputs = outputs.softmax(dim=1)
    with torch.no_grad():
        return float(FUNCTIONS[name](outputs, targets))


def score(run: Run, rows: Rows) -> float:
    """Accuracy, or R² for values, in evaluation mode."""
    outputs = _outputs(run, rows.inputs)
    if run.classes is not None:
        return float(hits(outputs, rows.targets, run).mean())
    error = ((outputs - rows.targets) ** 2).mean()
    return float(1 - error / rows.targets.var(0, correction=0).mean())


def chance(run: Run, rows: Rows) -> float:
    """The share of the commonest class; 0 for values."""
    if run.classes is None:
        return 0.0
    labels = rows.targets.flatten()
    return float(labels.bincount().max() / len(labels))


def _outputs(run: Run, inputs: Tensor) -> Tensor:
    was = run.model.training
    run.model.eval()
    with torch.no_grad():
        found: Tensor = torch.cat([run.model(each) for each in torch.split(inputs, ROWS)])
    run.model.train(was)
    return found


def baseline(name: str, targets: Tensor, classes: int | None, fitted: Tensor) -> float:
    """The loss of the best prediction that knows no inputs, on the training rows."""
    if classes is not None and name in ON_CLASSES:
        shares = targets.flatten().bincount() / targets.numel()
        return float(-(shares * shares.clamp(min=LEAST).log()).sum())
    values = fitted.float()
    if classes is not None and not fitted.is_floating_point():
        values = nn.functional.one_hot(fitted, classes).float()
    values = values.reshape(len(values), -1)
    if name in ("bce", "bce_logits"):
        p = values.double().mean(0).clamp(LEAST, 1 - LEAST)
        return float(-(p * p.log() + (1 - p) * (1 - p).log()).mean())
    if name == "mae":
        return float((values - values.median(0).values).abs().mean())
    if name == "huber":
        centre = values.median(0).values.expand_as(values)
        return float(nn.functional.huber_loss(centre, values))
    return float(values.var(0, correction=0).mean())


def hits(outputs: Tensor, labels: Tensor, run: Run) -> Tensor:
    """Whether each sample or pixel is right, as a flat tensor; empty where there are no classes."""
    if run.classes is None:
        return outputs.new_empty(0)
    if outputs.shape[1] > 1:
        found = outputs.argmax(dim=1)
    elif run.classes > 2:
        found = outputs[:, 0].round()
    else:
        found = outputs[:, 0] > (0.0 if run.config.loss == "bce_logits" else 0.5)
    return (found == labels).float().flatten()
