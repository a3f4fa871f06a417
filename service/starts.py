"""What is wrong with the weights that a study's trials would start from, as far as it shows."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from service.store import artifacts
from service.study import StudyDocument
from trainer.errors import BadFile
from trainer.files.source import locate
from trainer.recipe import Problem

PATH = "transfer.trial"
CHECKPOINT = "best.safetensors"  # what workers call the best epoch's


def problems(session: Session, study: StudyDocument, folder: Path) -> list[Problem]:
    """None for a file where this machine has no such folder: the workers' machines may have it."""
    transfer = study.recipe.transfer
    if transfer is None:
        return []
    found = [_trial(session, *named) for named in _trials(study)]
    if transfer.file is not None and folder.is_dir():
        found.append(_file(folder, transfer.file))
    return [problem for problem in found if problem is not None]


def _trials(study: StudyDocument) -> Iterator[tuple[str, int]]:
    """Where in the document a trial is named, and which."""
    searched = study.space.get(PATH)
    if searched is not None:
        for value in searched.edges():
            yield f"space.{PATH}", study.checked_point({PATH: value}, "space")[PATH]
    elif study.recipe.transfer is not None and study.recipe.transfer.trial is not None:
        yield f"recipe.{PATH}", study.recipe.transfer.trial


def _trial(session: Session, field: str, trial: int) -> Problem | None:
    if artifacts.exists(session, trial, CHECKPOINT):
        return None
    message = f"trial {trial} has no checkpoint to start from; name one that is complete"
    return Problem(field, trial, message)


def _file(folder: Path, name: str) -> Problem | None:
    try:
        locate(folder, "file", name)
    except BadFile as error:
        return Problem("recipe.transfer.file", name, str(error))
    return None
