"""Files of trials that a worker begins with: weights to start from, snapshots to go on from."""

import logging

from sitter.answers import Assignment
from sitter.client import Sitter
from sitter.errors import Refused
from sitter.fleet.telling import CHECKPOINT
from trainer.checkpoint import Checkpoint
from trainer.errors import BadCheckpoint, BadRecipe
from trainer.recipe import Recipe
from trainer.snapshot import Snapshot

log = logging.getLogger("sitter.worker")

GONE = 404  # the HTTP status of a trial or file that is not there


def start_of(client: Sitter, recipe: Recipe) -> Checkpoint | None:
    """The checkpoint of the trial that the recipe starts from. Raises BadRecipe."""
    if recipe.transfer is None or recipe.transfer.trial is None:
        return None
    trial = recipe.transfer.trial
    try:
        return Checkpoint.from_bytes(client.checkpoint(trial, CHECKPOINT))
    except BadCheckpoint as error:
        raise BadRecipe("transfer.trial", trial, str(error)) from error
    except Refused as error:
        if error.status != GONE:
            raise
        message = f"its checkpoint cannot be fetched, {error}; start from another trial"
        raise BadRecipe("transfer.trial", trial, message) from error


def snapshot_of(client: Sitter, assignment: Assignment, recipe: Recipe) -> Snapshot | None:
    """The newest that a lost attempt has left; None where there is none that can be used."""
    for name in assignment.resumable:
        try:
            snapshot = Snapshot.from_bytes(client.checkpoint(assignment.trial, name))
        except (BadCheckpoint, Refused) as error:
            if isinstance(error, Refused) and error.status != GONE:
                raise
            log.warning("trial %s does not go on from %s: %s", assignment.trial, name, error)
            continue
        if snapshot.states[0].recipe == recipe:
            return snapshot
        log.warning("trial %s: %s is of another recipe", assignment.trial, name)
    return None
