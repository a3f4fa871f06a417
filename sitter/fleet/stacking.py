"""Trains what a lease brings as one model: trials leave its slots and others take them."""

import logging
import traceback
from collections.abc import Iterator, Sequence

from sitter.answers import Assignment
from sitter.client import Sitter
from sitter.errors import SitterError
from sitter.fleet.files import snapshot_of
from sitter.fleet.lease import Lease
from sitter.fleet.telling import tell
from trainer.errors import BadCheckpoint, TrainerError
from trainer.events import Event
from trainer.recipe import Recipe
from trainer.stack.fusion import Fusion
from trainer.stack.trial import Trial

log = logging.getLogger("sitter.worker")

WORTH_ASKING = 1 / 8  # of the slots are free: asking for trials costs a request


class Stacking:
    """`width` slots of one fusion, filled with what the lease holds and is given."""

    def __init__(self, client: Sitter, lease: Lease, fusion: Fusion, width: int) -> None:
        self._client = client
        self._lease = lease
        self._fusion = fusion
        self._width = width
        self._dry = False  # fewer trials waited than we last asked for
        self._late: list[Assignment] = []  # these begin when the stack is empty

    def train(self) -> None:
        """Until the service has no more trials of this stack key.

        What the model raises in an epoch passes through; the lease still holds its trials.
        """
        self._join(list(self._lease.held.values()))
        while self._fusion.trials:
            for number, event in self._fusion.epoch():
                tell(self._lease, self._lease.held[number], event)
            fresh = self._exchanged()
            late, self._late = ([], self._late) if self._fusion.trials else (self._late, [])
            self._join([*late, *fresh])

    def _exchanged(self) -> list[Assignment]:
        """News and orders; then trials for the slots that are free, and for those just freed."""
        if not (self._lease.due or self._worth_asking()):
            return []
        fresh = self._lease.send(self._free)
        self._dry = len(fresh) < self._free
        stopped = [n for n in self._fusion.trials if not self._lease.wants(self._lease.held[n])]
        self._fusion.leave(stopped)
        left = self._free - len(fresh)
        if left >= self._width * WORTH_ASKING and not self._dry:
            more = self._lease.send(left)
            self._dry = len(more) < left
            fresh = [*fresh, *more]
        return fresh

    @property
    def _free(self) -> int:
        return self._width - len(self._fusion.trials) - len(self._late)

    def _worth_asking(self) -> bool:
        wanted = max(1.0, self._width * WORTH_ASKING)
        return not self._fusion.trials or (self._free >= wanted and not self._dry)

    def _join(self, fresh: Sequence[Assignment]) -> None:
        """Those that are ahead of a running stack wait until it is empty.

        The data that they are to see next would be behind it (an offset below zero).
        """
        made = [(a, trial) for a in fresh if (trial := self._made(a)) is not None]
        if not self._fusion.trials:
            seen = (trial.epoch for _, trial in made)
            self._fusion.data_epoch = max(self._fusion.data_epoch, *seen, 0)
        joining = {a.trial: (a, t) for a, t in made if t.epoch <= self._fusion.data_epoch}
        self._late += [a for a, _ in made if a.trial not in joining]
        self._fusion.join({number: trial for number, (_, trial) in joining.items()})
        for assignment, trial in joining.values():
            offset = self._fusion.data_epoch - trial.epoch
            self._lease.joined(assignment, offset, trial.epoch)

    def _made(self, assignment: Assignment) -> Trial | None:
        """The trial, measured before training; None where there is nothing to train."""
        try:
            recipe = Recipe.model_validate(assignment.recipe)
            trial = self._trial(assignment, recipe)
            if trial.epoch == 0 and assignment.preflight:
                self._tell(assignment, trial.preflight())
            if trial.over:  # before training, or with the snapshot that a lost attempt has left
                self._lease.joined(assignment, 0, trial.epoch)
                self._tell(assignment, trial.end())
        except SitterError:
            raise
        except TrainerError as error:
            self._lease.end(assignment, "failed", str(error))
            return None
        except Exception:
            self._lease.end(assignment, "failed", traceback.format_exc())
            return None
        return None if trial.over else trial

    def _trial(self, assignment: Assignment, recipe: Recipe) -> Trial:
        """As a lost attempt left it, where there is a snapshot that can be used."""
        snapshot = snapshot_of(self._client, assignment, recipe)
        if snapshot is not None:
            try:
                return self._fusion.trial(recipe, snapshot.state(0, of=1))
            except BadCheckpoint as error:
                log.warning("trial %s begins anew: %s", assignment.trial, error)
        return self._fusion.trial(recipe)

    def _tell(self, assignment: Assignment, events: Iterator[Event]) -> None:
        for event in events:
            tell(self._lease, assignment, event)
