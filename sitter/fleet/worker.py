"""A worker: claim trials, train them, report, and begin again. `python -m sitter.fleet.worker`.

It holds nothing that is not in the service: killed at any moment, its trials are given to another
worker when the lease runs out; asked to stop, it gives them back at once.
"""

import argparse
import gc
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Protocol

import torch

from sitter.answers import Assignment, Claim
from sitter.client import Sitter
from sitter.errors import LeaseLost, SitterError
from sitter.fleet.files import snapshot_of, start_of
from sitter.fleet.lease import Lease
from sitter.fleet.stacking import Stacking
from sitter.fleet.telling import tell
from trainer import device
from trainer.errors import TrainerError
from trainer.events import EpochEnded, Event, PreflightEnded
from trainer.loop import run
from trainer.recipe import Diagnostics, Objective, Recipe
from trainer.stack.fusion import Fusion
from trainer.stack.planner import Plan, Planner

log = logging.getLogger("sitter.worker")

SLOTS = {"cpu": 64, "cuda": 256}  # the most trials in a stack, unless it is told otherwise
WAIT_SECONDS = 20.0  # for work, in one claim
PATIENCE_SECONDS = 60.0  # for a service that does not answer, before the worker gives up
DATA = "data"  # the service's default too


class Stopped(BaseException):
    """The process was asked to end; not an Exception, so that no handler of failures takes it."""


class Plans(Protocol):
    """What a worker asks of a planner; see trainer.stack.planner."""

    def plan(self, recipe: Recipe) -> Plan:
        """How trials of the recipe's stack key are to be trained."""

    def halve(self, recipe: Recipe) -> Plan:
        """After memory ran out."""


class Worker:
    """Trains what one service hands out, on one device.

    `slots` bounds the trials that it trains at once; None: what such a device can be given.
    `planner` decides how many there are; None: one that measures, and keeps what it finds.
    """

    def __init__(
        self,
        client: Sitter,
        *,
        on: str = "auto",
        slots: int | None = None,
        folder: str = DATA,
        planner: Plans | None = None,
    ) -> None:
        self.device = device.resolve(on)
        self.slots = slots or SLOTS[torch.device(self.device).type]
        self.folder = folder
        self.info = {
            "name": f"{socket.gethostname()}:{os.getpid()}",
            "device": device.describe(self.device),
            "version": version("sitter"),
        }
        self._client = client
        self._planner = planner or Planner(
            self.device, folder, most=self.slots, cache=plans_folder()
        )

    def work(self, *, study: int | None = None) -> None:
        """Claims and trains until `Stopped` or an error of the connection ends it."""
        log.info("worker %s on %s", self.info["name"], self.info["device"])
        while True:
            # One to see what it is; how many more are trained with it, the planner then says.
            claim = self._client.claim(self.info, study=study, wait_seconds=WAIT_SECONDS)
            if claim is not None:
                self.train(claim)

    def train(self, claim: Claim) -> None:
        """Trains a claim's trials and what refills its slots. A lost lease only ends this claim."""
        lease = Lease(self._client, claim)
        try:
            self._train(lease, Recipe.model_validate(claim.assignments[0].recipe))
            lease.finish()
        except LeaseLost as error:
            log.warning("%s", error)
        except Stopped:
            with suppress(SitterError):  # the lease runs out by itself where nobody answers
                lease.release()
            raise
        finally:
            lease.close()

    def _train(self, lease: Lease, recipe: Recipe) -> None:
        plan = self._planned(recipe)
        lease.plan(plan.to_dict())
        if plan.width == 1:
            self._one_by_one(lease, lease.claim.assignments)
            return
        try:
            self._stacked(lease, recipe, plan)
        except SitterError:
            raise
        except torch.OutOfMemoryError:
            log.warning("out of memory; next time: %s", self._planner.halve(recipe).reason)
            lease.release()
        except Exception as error:
            # One of them is at fault, or the data is; alone, each gets its own reason.
            log.warning("the stack broke, its trials are trained one by one: %s", error)
            self._one_by_one(lease, list(lease.held.values()))

    def _planned(self, recipe: Recipe) -> Plan:
        """What cannot even be measured is trained one by one, which tells why."""
        if self.slots == 1:
            return Plan.one_by_one("one by one: the worker has one slot")
        try:
            return self._planner.plan(recipe)
        except Exception as error:
            log.warning("no plan: %s", error)
            return Plan.one_by_one(f"one by one: {error}")

    def _stacked(self, lease: Lease, recipe: Recipe, plan: Plan) -> None:
        claim = lease.claim
        fusion = Fusion(
            recipe,
            device=self.device,
            folder=self.folder,
            diagnostics=Diagnostics.model_validate(claim.diagnostics),
            objective=Objective.model_validate(claim.objective),
            reference_subset=claim.searches_optimizer,
            by=plan.engine,
        )
        if (missing := plan.width - len(claim.assignments)) > 0:
            lease.send(missing)
        Stacking(self._client, lease, fusion, plan.width).train()

    def _one_by_one(self, lease: Lease, assignments: Sequence[Assignment]) -> None:
        waiting = list(assignments)
        while waiting:
            assignment = waiting.pop(0)
            if lease.wants(assignment):
                self._train_one(lease, assignment)
            if not waiting:
                waiting = lease.send(1)

    def _train_one(self, lease: Lease, assignment: Assignment) -> None:
        try:
            with closing(self._events(lease, assignment)) as events:
                for event in events:
                    tell(lease, assignment, event)
                    if isinstance(event, EpochEnded | PreflightEnded) and lease.due:
                        lease.send()
                    if not lease.wants(assignment):
                        return
        except SitterError:
            raise
        except TrainerError as error:
            lease.end(assignment, "failed", str(error))
        except Exception:
            lease.end(assignment, "failed", traceback.format_exc())
            log.exception("trial %s failed", assignment.trial)

    def _events(self, lease: Lease, assignment: Assignment) -> Generator[Event, None, None]:
        claim, recipe = lease.claim, Recipe.model_validate(assignment.recipe)
        snapshot = snapshot_of(self._client, assignment, recipe)
        offset = lease.offset(assignment)  # of a stack that broke: what it has told stays true
        if snapshot is not None:
            lease.joined(assignment, offset, snapshot.epoch)
        return run(
            recipe,
            device=self.device,
            folder=self.folder,
            diagnostics=Diagnostics.model_validate(claim.diagnostics),
            objective=Objective.model_validate(claim.objective),
            preflight=assignment.preflight,
            reference_subset=claim.searches_optimizer,
            first_data_epoch=offset,
            resume=snapshot,
            start=start_of(self._client, recipe),
        )


def plans_folder() -> Path:
    """Where planners keep what they have measured: SITTER_CACHE_DIR, or the user's cache."""
    named = os.environ.get("SITTER_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(named) if named else Path(home) / "sitter") / "plans"


def main(arguments: list[str] | None = None) -> int:
    """Runs a worker until it is asked to stop; the exit code, 1 where the service is gone."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    if given.threads:
        torch.set_num_threads(given.threads)
    gc.freeze()  # what has been imported is never garbage
    try:
        with Sitter(given.url, patience=PATIENCE_SECONDS) as client:
            worker = Worker(client, on=given.device, slots=given.slots, folder=given.data)
            worker.work(study=given.study)
    except (SitterError, TrainerError) as error:
        print(f"sitter: {error}", file=sys.stderr)
        return 1
    except Stopped:
        log.info("stopped; trials were given back")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sitter worker", description=__doc__)
    parser.add_argument("--url", help="the service, instead of SITTER_URL")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:0")
    parser.add_argument("--slots", type=int, help="most trials trained at once")
    parser.add_argument(
        "--data",
        default=os.environ.get("SITTER_DATA_DIR") or DATA,
        help="folder of data files, instead of SITTER_DATA_DIR",
    )
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's choice")
    parser.add_argument("--study", type=int, help="only trials of this study")
    return parser


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
