"""B0, what a user would write, and B1, the best loop over one trial.

Both give the best validation accuracy of each trial.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import optuna
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

from bench.fusion.cases import MOMENTUM, Case, Point, Samples
from bench.fusion.networks import network_of

Update = Literal["for-loop", "foreach", "fused"]
UPDATES: tuple[Update, ...] = ("for-loop", "foreach", "fused")
VAL_BATCH = 256


class Rival(Protocol):
    """Trains trials one after another; can be pickled, and keeps nothing between two calls."""

    def train(self, case: Case, samples: Samples, points: list[Point]) -> list[float]:
        """The best validation accuracy of each."""
        ...


@dataclass(frozen=True)
class Written:
    """B0: an Optuna study around a loop over loaders. It draws as many points of its own."""

    def train(self, case: Case, samples: Samples, points: list[Point]) -> list[float]:
        new_network = network_of(case, samples)
        train_set = TensorDataset(samples.inputs, samples.labels)
        val_set = TensorDataset(samples.val_inputs, samples.val_labels)

        def objective(trial: optuna.Trial) -> float:
            lr = trial.suggest_float("lr", 1e-4, 1.0, log=True)
            weight_decay = trial.suggest_float("weight_decay", 1e-6, 1e-1, log=True)
            train_loader = DataLoader(train_set, batch_size=case.batch_size, shuffle=True)
            val_loader = DataLoader(val_set, batch_size=VAL_BATCH)
            model = new_network()
            optimizer = torch.optim.SGD(
                model.parameters(), lr=lr, momentum=MOMENTUM, weight_decay=weight_decay
            )
            scheduler = CosineAnnealingLR(optimizer, T_max=case.epochs)
            best = 0.0
            for epoch in range(case.epochs):
                model.train()
                for inputs, labels in train_loader:
                    optimizer.zero_grad()
                    loss = F.cross_entropy(model(inputs), labels)
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                scheduler.step()
                model.eval()
                correct = 0
                with torch.no_grad():
                    for inputs, labels in val_loader:
                        correct += (model(inputs).argmax(dim=1) == labels).sum().item()
                accuracy = correct / len(val_set)
                trial.report(accuracy, epoch)
                best = max(best, accuracy)
            return best

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0)
        )
        study.optimize(objective, n_trials=len(points))
        return [trial.value for trial in study.trials if trial.value is not None]


@dataclass(frozen=True)
class Tuned:
    """B1: resident tensors, one gather an epoch, nothing read before the trial has ended."""

    update: Update = "fused"

    def train(self, case: Case, samples: Samples, points: list[Point]) -> list[float]:
        new_network = network_of(case, samples)
        lrs = factors(case, len(samples.labels))
        return [self._trial(case, samples, new_network(), point, lrs) for point in points]

    def _trial(
        self,
        case: Case,
        samples: Samples,
        model: torch.nn.Module,
        point: Point,
        lrs: list[float],
    ) -> float:
        optimizer = torch.optim.SGD(
            model.parameters(),
            lr=point.lr,
            momentum=MOMENTUM,
            weight_decay=point.weight_decay,
            foreach=self.update == "foreach",
            fused=self.update == "fused",
        )
        group, step, found = optimizer.param_groups[0], 0, []
        for _ in range(case.epochs):
            model.train()
            for inputs, labels in batches(samples, case.batch_size):
                group["lr"] = point.lr * lrs[step]
                loss = F.cross_entropy(model(inputs), labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                step += 1
            model.eval()
            with torch.no_grad():
                found.append(accuracy(model(samples.val_inputs), samples.val_labels))
        return float(torch.stack(found).max())


def factors(case: Case, samples: int) -> list[float]:
    """The cosine, for each step of a trial."""
    steps = case.epochs * math.ceil(samples / case.batch_size)
    return [0.5 * (1 + math.cos(math.pi * step / steps)) for step in range(steps)]


def batches(samples: Samples, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Every sample once, in a new order: views of one gathered copy."""
    order = torch.randperm(len(samples.labels))
    inputs, labels = samples.inputs.index_select(0, order), samples.labels.index_select(0, order)
    return zip(torch.split(inputs, size), torch.split(labels, size), strict=True)


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """The share that is right, []."""
    return (logits.argmax(dim=1) == labels).float().mean()
