"""A worker: claim trials, train them, report, and begin again. `python -m sitter.fleet.worker`.

It holds nothing that is not in the service: killed at any moment, its trials are given to another
worker when the lease runs out; asked to stop, it gives them back at once.
"""

import argparse
import json
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Generator
from contextlib import closing, suppress
from importlib.metadata import version
from types import FrameType

import torch

from diagnostics.check import CHECKS
from sitter.answers import Assignment, Claim
from sitter.client import Sitter
from sitter.errors import LeaseLost, Refused, SitterError
from sitter.fleet.lease import Lease
from trainer import device
from trainer.checkpoint import Checkpoint
from trainer.errors import BadCheckpoint, BadRecipe, TrainerError
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Snapshotted
from trainer.loop import run
from trainer.recipe import Diagnostics, Objective, Recipe

log = logging.getLogger("sitter.worker")

WAIT_SECONDS = 20.0  # for work, in one claim
PATIENCE_SECONDS = 60.0  # for a service that does not answer, before the worker gives up
DATA = "data"  # the service's default too
CHECKPOINT = "best.safetensors"
GONE = 404  # the HTTP status of a trial or file that is not there
CONFUSION = "confusion.json"


class Stopped(BaseException):
    """The process was asked to end; not an Exception, so that no handler of failures takes it."""


class Worker:
    """Trains what one service hands out, on one device."""

    def __init__(
        self, client: Sitter, *, on: str = "auto", slots: int = 1, folder: str = DATA
    ) -> None:
        self.device = device.resolve(on)
        self.slots = slots
        self.folder = folder
        self.info = {
            "name": f"{socket.gethostname()}:{os.getpid()}",
            "device": device.describe(self.device),
            "version": version("sitter"),
        }
        self._client = client

    def work(self, *, study: int | None = None) -> None:
        """Claims and trains until `Stopped` or an error of the connection ends it."""
        log.info("worker %s on %s", self.info["name"], self.info["device"])
        while True:
            claim = self._client.claim(
                self.info, slots=self.slots, study=study, wait_seconds=WAIT_SECONDS
            )
            if claim is not None:
                self.train(claim)

    def train(self, claim: Claim) -> None:
        """Trains a claim's trials one after another. A lost lease only ends this claim."""
        lease = Lease(self._client, claim)
        try:
            for assignment in claim.assignments:
                if lease.wants(assignment):
                    self._train_one(lease, assignment)
            lease.finish()
        except LeaseLost as error:
            log.warning("%s", error)
        except Stopped:
            with suppress(SitterError):  # the lease runs out by itself where nobody answers
                lease.release()
            raise
        finally:
            lease.close()

    def _train_one(self, lease: Lease, assignment: Assignment) -> None:
        try:
            with closing(self._events(lease.claim, assignment)) as events:
                for event in events:
                    tell(lease, assignment, event)
                    if not lease.wants(assignment):
                        return
        except SitterError:
            raise
        except TrainerError as error:
            lease.end(assignment, "failed", str(error))
        except Exception:
            lease.end(assignment, "failed", traceback.format_exc())
            log.exception("trial %s failed", assignment.trial)

    def _events(self, claim: Claim, assignment: Assignment) -> Generator[Event, None, None]:
        recipe = Recipe.model_validate(assignment.recipe)
        return run(
            recipe,
            device=self.device,
            folder=self.folder,
            diagnostics=Diagnostics.model_validate(claim.diagnostics),
            objective=Objective.model_validate(claim.objective),
            preflight=assignment.preflight,
            reference_subset=claim.searches_optimizer,
            start=self._start(recipe),
        )

    def _start(self, recipe: Recipe) -> Checkpoint | None:
        """The checkpoint of the trial that the recipe starts from. Raises BadRecipe."""
        if recipe.transfer is None or recipe.transfer.trial is None:
            return None
        trial = recipe.transfer.trial
        try:
            return Checkpoint.from_bytes(self._client.checkpoint(trial, CHECKPOINT))
        except BadCheckpoint as error:
            raise BadRecipe("transfer.trial", trial, str(error)) from error
        except Refused as error:
            if error.status != GONE:
                raise
            message = f"its checkpoint cannot be fetched, {error}; start from another trial"
            raise BadRecipe("transfer.trial", trial, message) from error


def tell(lease: Lease, assignment: Assignment, event: Event) -> None:
    """Turns an event of the trainer into news for the service."""
    match event:
        case PreflightEnded(signals):
            lease.epoch(assignment, {"epoch": 0, "signals": signals})
        case EpochEnded(epoch, metrics, lr, seconds, signals):
            row = {"epoch": epoch, "lr": lr, "seconds": seconds, "signals": signals}
            lease.epoch(assignment, row | metrics)
        case Snapshotted(_, slot, snapshot):
            lease.keep(assignment, f"{slot}.safetensors", snapshot.to_bytes())
        case Judged(verdict):
            lease.verdict(assignment, verdict, CHECKS.load(verdict.check).scope)
        case Ended():
            if event.outcome == "complete" and event.checkpoint:
                lease.keep(assignment, CHECKPOINT, event.checkpoint.to_bytes())
            if event.confusion is not None:
                lease.keep(assignment, CONFUSION, json.dumps(event.confusion).encode())
            lease.end(assignment, event.outcome)


def main(arguments: list[str] | None = None) -> int:
    """Runs a worker until it is asked to stop; the exit code, 1 where the service is gone."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    if given.threads:
        torch.set_num_threads(given.threads)
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
    parser.add_argument("--slots", type=int, default=1, help="trials per claim")
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
