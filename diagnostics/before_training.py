"""Everything that can be known of a run before its first update, from a sample of its data.

Called `preflight` by users. What is measured becomes epoch 0 of the run's history; the checks
judge it there, now and again when training has shown what was harmful.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from diagnostics.check import Check, judge, load_checks
from diagnostics.history import Facts, History, SignalValue, finite
from diagnostics.known import facts_of
from diagnostics.probes import data, start, tiny
from diagnostics.probes.activations import activation_signals
from diagnostics.probes.baseline import baseline_loss, blank_loss
from diagnostics.probes.copies import copied
from diagnostics.probes.initial import LossFn, Sample, classes, prior_entropy
from diagnostics.probes.layers import weight_matrices
from diagnostics.probes.loss_form import LossForm, identify
from diagnostics.probes.modes import regularisation_off
from diagnostics.probes.predictability import predictability
from diagnostics.probes.trace import Trace, traced
from diagnostics.report import Report
from diagnostics.tiny_subset import PASSED

SECONDS = 8.0  # that the tiny subset may take in all
MOST_ROWS = 512  # of the sample that go through the model at once


def preflight(
    model: nn.Module,
    loss_fn: LossFn,
    inputs: Tensor,
    targets: Tensor,
    *,
    optimizer: Optimizer | None = None,
    validation: Sample | None = None,
    checks: list[Check] | None = None,
    seconds: float = SECONDS,
) -> Report:
    """Judge a run before its first update, by a sample of rows `[N, ...]` of its training data.

    `loss_fn(outputs, targets)` is a scalar. Everything is tried on copies: the model, its
    gradients and modes, the optimizer and the random generators are left exactly as they were.
    `validation` is a sample of the validation data, to find training rows among it. Training on
    twenty rows ends after `seconds`, whatever was reached.

    Raises ValueError where the sample is empty or inputs and targets differ in number, and
    diagnostics.probes.copies.NotCopied where the model cannot be copied.
    """
    for name, given in (("inputs", inputs), ("targets", targets)):
        if not isinstance(given, Tensor):
            raise ValueError(f"{name} must be a tensor; it is a {type(given).__name__}")
    if len(inputs) == 0 or len(inputs) != len(targets):
        raise ValueError(
            f"preflight takes as many targets as inputs, and at least one; "
            f"there are {len(inputs)} inputs and {len(targets)} targets"
        )
    history = measured(
        model, loss_fn, inputs, targets, optimizer=optimizer, validation=validation, seconds=seconds
    )
    chosen = load_checks(profile="full") if checks is None else checks
    return Report.of(judge(history, chosen), 0, history)


def measured(
    model: nn.Module,
    loss_fn: LossFn,
    inputs: Tensor,
    targets: Tensor,
    *,
    optimizer: Optimizer | None = None,
    validation: Sample | None = None,
    seconds: float = SECONDS,
) -> History:
    """The history of `preflight`, unjudged: facts and epoch 0; for 0 `seconds` no twenty rows."""
    rows = slice(None, MOST_ROWS)
    devices = sorted({p.device.index for p in model.parameters() if p.device.type == "cuda"})
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(0)
        pupil, own, criterion = copied(model, optimizer, loss_fn)
        with regularisation_off(pupil):
            view = _View(pupil, own, criterion, inputs[rows], targets[rows])
            signals = view.signals()
            facts = view.facts(facts_of(optimizer, loss_fn))
            signals |= data.input_signals(inputs)
            if validation is not None:
                signals["val_overlap"] = data.overlap(inputs, validation[0])
            deadline = time.monotonic() + seconds
            if seconds > 0:
                signals |= view.tiny(lambda: copied(model, optimizer, loss_fn), deadline)
    history = History(facts)
    history.record(0, signals)
    return history


@dataclass
class _View:
    """A copied model with its regularisation off, and the part of the sample that it is shown."""

    model: nn.Module
    optimizer: Optimizer | None
    loss_fn: Any
    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        self.trace: Trace = self._passed()
        self.outputs: Tensor = self.trace.output.detach()
        self.loss = self._measured_loss()
        self.form: LossForm | None = identify(self.loss_fn, self.outputs, self.targets)
        self.baseline = baseline_loss(self.loss_fn, self.form, self.outputs, self.targets)

    @torch.no_grad()
    def _passed(self) -> Trace:
        try:
            trace = traced(self.model, self.inputs)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise ValueError(f"the model fails on inputs {_shape(self.inputs)}: {error}") from error
        if not isinstance(trace.output, Tensor):
            kind = type(trace.output).__name__
            raise ValueError(f"preflight takes a model that gives one tensor; this gives a {kind}")
        return trace

    @torch.no_grad()
    def _measured_loss(self) -> float:
        shapes = f"outputs {_shape(self.outputs)} and targets {_shape(self.targets)}"
        try:
            loss = self.loss_fn(self.outputs, self.targets)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise ValueError(f"loss_fn fails on {shapes}: {error}") from error
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            got = _shape(loss) if isinstance(loss, Tensor) else type(loss).__name__
            raise ValueError(f"loss_fn must give one number; it gives {got} for {shapes}")
        return float(loss)

    def signals(self) -> dict[str, SignalValue]:
        """Of data, loss, weights, activations and gradients."""
        loss_fn, inputs, targets = self.loss_fn, self.inputs, self.targets
        found: dict[str, SignalValue] = {
            "initial_loss": finite(self.loss),
            "baseline_loss": finite(self.baseline),
            "blank_loss": finite(blank_loss(loss_fn, self.form, self.outputs, targets)),
            "output_rms": finite(float(self.outputs.double().square().mean().sqrt())),
            "not_in_optimizer": float(self._left_out()),
            "in_optimizer": float(self._held()),
            "conflicting_rows": data.conflicting_rows(inputs, targets),
        }
        found |= data.target_signals(targets, self._classes)
        found |= predictability(inputs, targets, self._classes)
        found |= activation_signals(self.trace)
        found |= start.weight_signals(self.model)
        found |= start.gradient_signals(self.model, loss_fn, inputs, targets)
        found["redrawn_loss"] = finite(start.redrawn_loss(self.model, loss_fn, inputs, targets))
        with regularisation_off(self.model):
            self.model.eval()
            found["batch_mixing"] = finite(start.mixing(self.model, inputs))
        if self._classes is not None and targets.ndim == 1:
            found["prior_entropy"] = prior_entropy(targets)
        return found

    def facts(self, known: Facts) -> Facts:
        """What is known, and what the model and the loss tell of themselves."""
        form = self.form
        return replace(
            known,
            classes=self._classes or known.classes,
            loss=form.kind if form else known.loss,
            label_smoothing=form.label_smoothing if form else known.label_smoothing,
            loss_on=form.on if form else None,
            loss_scale=form.scale if form else None,
            task=self._task(),
            broadcast=bool(form and form.broadcast),
            outputs=self.outputs[0].numel() if self.outputs.ndim else 1,
            samples=len(self.inputs),
            kinds={step.name: step.kind for step in self.trace.steps},
            output_activation=self.trace.output_activation,
            dropout=_dropout(self.model),
            narrowest=_narrowest(self.model),
            parameters=sum(p.numel() for p in self.model.parameters() if p.requires_grad),
        )

    def tiny(
        self, fresh: Callable[[], tuple[Any, Any, Any]], deadline: float
    ) -> dict[str, SignalValue]:
        """Both courses on twenty rows, and where only the own one fails, short ones beside it."""
        rows = tiny.chosen(self.targets, self._classes)
        sample = self.inputs[rows], self.targets[rows]
        base = baseline_loss(self.loss_fn, self.form, self.outputs[rows], sample[1])
        fitted = tiny.ENOUGH * abs(base) if math.isfinite(base) else 0.0
        found: dict[str, SignalValue] = {"tiny_baseline": finite(base), "tiny_rows": len(rows)}

        def course(name: str, steps: int, factor: float | None) -> tiny.Course:
            model, own, loss_fn = fresh()
            chosen = tiny.reference(model) if factor is None else tiny.without_decay(own, factor)
            with regularisation_off(model):
                ran = tiny.fit(
                    model,
                    chosen,
                    loss_fn,
                    *sample,
                    steps=steps,
                    fitted=fitted,
                    deadline=deadline,
                    labelled=self._classes is not None,
                )
            if ran.tells(PASSED * base):
                found.update(ran.signals(name))
            return ran

        if not any(p.requires_grad for p in self.model.parameters()):
            return found
        course("tiny_reference", tiny.REFERENCE_STEPS, None)
        if self.optimizer is None:
            return found
        own = course("tiny_own", tiny.OWN_STEPS, 1.0)
        if not own.losses[-1] < PASSED * base:
            course("tiny_lower", tiny.SHORT_STEPS, 1 / tiny.FACTOR)
            course("tiny_higher", tiny.SHORT_STEPS, tiny.FACTOR)
        return found

    @property
    def _classes(self) -> int | None:
        """By the loss: labels beside embeddings are no classes of the model."""
        return None if self.form is None else classes(self.outputs, self.targets)

    def _task(self) -> str | None:
        if self._classes is not None:
            return "classes"
        if self.form is not None and self.form.kind == "binary_cross_entropy":
            return "binary" if self.outputs[0].numel() == 1 else "multilabel"
        return "regression" if self.targets.is_floating_point() else None

    def _left_out(self) -> int:
        trainable = sum(p.requires_grad for p in self.model.parameters())
        return 0 if self.optimizer is None else trainable - self._held()

    def _held(self) -> int:
        groups = [] if self.optimizer is None else self.optimizer.param_groups
        held = {id(p) for group in groups for p in group["params"]}
        return sum(p.requires_grad and id(p) in held for p in self.model.parameters())


def _narrowest(model: nn.Module) -> int | None:
    widths = [len(weight) for weight in weight_matrices(model).values()]
    return min(widths[:-1], default=None)


def _shape(tensor: Tensor) -> str:
    return str(list(tensor.shape))


def _dropout(model: nn.Module) -> float:
    kinds = (nn.modules.dropout._DropoutNd,)
    return max((float(m.p) for m in model.modules() if isinstance(m, kinds)), default=0.0)
