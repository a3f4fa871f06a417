"""Decides how trials of one stack key are trained: by measuring each way once, and remembering.

    planner = Planner("cpu", "data", most=64, cache=folder)
    plan = planner.plan(recipe)     # plain, or an engine of trainer.stack.engines and a width

What was measured holds for the recipe's shape on this device, whatever study it is in, so that it
is kept in files that other processes and later ones find.
"""

import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import torch

from trainer.device import describe, resolve
from trainer.errors import NotStackable
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.splits import Fold
from trainer.stack.memory import free
from trainer.stack.plans import MEASURED, Measured, Plan, planned
from trainer.stack.refusals import Gate
from trainer.stack.stopwatch import Limits, Race

__all__ = ["Plan", "Planner"]

SHARE = 0.5  # of the free memory; the rest is for the data, and for others


class Planner:
    """`most` trials are stacked at the most. `cache` is a folder; None: nothing outlives this.

    Raises NoSuchDevice.
    """

    def __init__(self, device: str, folder: str | Path, *, most: int, cache: Path | None) -> None:
        self._device = resolve(device)
        self._folder = Path(folder)
        self._most = most
        self._shelf = Shelf(cache)
        self._given: dict[str, int] = {}  # what was told last, by the name on the shelf

    def plan(self, recipe: Recipe, *, most: int | None = None) -> Plan:
        """The fastest way for this recipe and others of its stack key.

        The first time on this machine, trials of it are trained for some seconds. The caller's
        random generators are left alone. Raises what `trainer.run` raises before it trains.
        """
        most = self._most if most is None else min(most, self._most)
        try:
            Gate(recipe)
        except NotStackable as refusal:
            return Plan.one_by_one(str(refusal))
        memory = SHARE * free(self._device)
        plan = planned(self._measured(recipe, Limits(most, memory)), most, memory)
        self._given[self._name(recipe)] = plan.width
        return plan

    def halve(self, recipe: Recipe) -> Plan:
        """After memory ran out: at most half of what was planned, from now on."""
        name = self._name(recipe)
        width = self._given.get(name) or self.plan(recipe).width
        known = self._shelf.get(name) or Measured(most=0)
        self._shelf.put(name, known.narrowed(width // 2))
        return self.plan(recipe)

    def _measured(self, recipe: Recipe, limits: Limits) -> Measured:
        name = self._name(recipe)
        known = self._shelf.get(name)
        if known is not None and known.suffices(limits.most):
            return known
        measured = self._probe(recipe, limits)
        if known is not None:
            measured = replace(measured, at_most=known.at_most)
        self._shelf.put(name, measured)
        return measured

    def _probe(self, recipe: Recipe, limits: Limits) -> Measured:
        everything = part("data", recipe.data).load(self._folder)
        seed = recipe.resolved_data_seed()
        folds: list[Fold] = part("split", recipe.split).folds(everything, seed)
        return Race(recipe, folds[0], self._device, limits).run()

    def _name(self, recipe: Recipe) -> str:
        """Of everything that the times depend on; what is measured in evaluation is among it."""
        parts = {
            "stack_key": recipe.stack_key(),
            "evaluation": recipe.evaluation.model_dump(mode="json"),
            "device": [describe(self._device), _processor()],
            "threads": torch.get_num_threads(),
            "versions": [version("sitter"), torch.__version__],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


class Shelf:
    """What was measured, by name: in files of a folder, and in memory.

    A file that cannot be read is measured anew, and one that cannot be written is done without.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Measured] = {}

    def get(self, name: str) -> Measured | None:
        """The file's, which another process may have renewed."""
        if self._folder is not None:
            with suppress(OSError, ValueError):
                return MEASURED.validate_json((self._folder / f"{name}.json").read_bytes())
        return self._known.get(name)

    def put(self, name: str, measured: Measured) -> None:
        """In place of the file as a whole, so that nobody reads half of it."""
        self._known[name] = measured
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                file.write(MEASURED.dump_json(measured, indent=1))
            Path(file.name).replace(self._folder / f"{name}.json")


def _processor() -> str:
    """Its model, where the system tells."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
