"""Artifacts: files of a trial. The rows lie in SQL, the bytes on the shelf."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.parcel import TrialFile
from service.shelf import SMALL, Shelf
from service.store import leases
from service.store.rows import upsert
from service.tables import Artifact, Attempt, Lease, now

Key = tuple[int, str]  # trial and name


def keep(
    session: Session, shelf: Shelf, lease_id: int, token: str, files: Iterable[TrialFile]
) -> list[int]:
    """Store files of trials that the lease holds; of equal names of a trial the last is kept.

    The answer lists the trials that it does not hold, of which nothing is stored. Raises LeaseLost.
    """
    lease, _ = leases.fenced(session, lease_id, token)
    latest = {file.key: file for file in files}
    attempts = _attempts(session, lease)
    kept = [file for file in latest.values() if file.trial in attempts]
    uris = _packed(session, shelf, lease, kept)
    for file in kept:
        if file.key not in uris:
            uris[file.key] = _place(lease, attempts[file.trial], file)
            shelf.write(uris[file.key], file.content)
    rows = [_row(attempts[file.trial], file, uris[file.key]) for file in kept]
    upsert(session, Artifact, rows, key=["trial_id", "name"])
    return sorted({file.trial for file in latest.values()} - attempts.keys())


def folder(study_id: int) -> str:
    """Where the files of a study lie on the shelf."""
    return f"study-{study_id}"


def _packed(
    session: Session, shelf: Shelf, lease: Lease, files: Sequence[TrialFile]
) -> dict[Key, str]:
    """Where new small files lie, together. One that is replaced again and again, as snapshots are,
    is not among them: alone, its later versions take the place of the earlier.
    """
    known = _known(session, files) if len(files) > 1 else set()
    new = [file for file in files if len(file.content) <= SMALL and file.key not in known]
    if len(new) < 2:
        return {}
    placed = shelf.pack(folder(lease.study_id), [file.content for file in new])
    return {file.key: uri for file, uri in zip(new, placed, strict=True)}


def _place(lease: Lease, attempt: int, file: TrialFile) -> str:
    """One path per attempt, so that a late write of a lost one cannot reach the new one's file."""
    return f"{folder(lease.study_id)}/trial-{file.trial}/attempt-{attempt}/{file.name}"


def _known(session: Session, files: Iterable[TrialFile]) -> set[Key]:
    """Those of the files' trials that are kept already."""
    query = select(Artifact.trial_id, Artifact.name).where(
        Artifact.trial_id.in_({file.trial for file in files})
    )
    return {(row.trial_id, row.name) for row in session.execute(query)}


def _attempts(session: Session, lease: Lease) -> dict[int, int]:
    """Trial → number of the attempt, of those that the lease holds."""
    query = select(Attempt.trial_id, Attempt.number).where(
        Attempt.lease_id == lease.id, Attempt.state == "running"
    )
    return {row.trial_id: row.number for row in session.execute(query)}


def _row(attempt: int, file: TrialFile, uri: str) -> dict[str, Any]:
    return {
        "trial_id": file.trial,
        "attempt": attempt,
        "name": file.name,
        "uri": uri,
        "bytes": len(file.content),
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "created_at": now(),
    }


def listed(session: Session, trial_id: int) -> Sequence[Artifact]:
    """A trial's files, by name."""
    query = select(Artifact).where(Artifact.trial_id == trial_id).order_by(Artifact.name)
    return session.scalars(query).all()


def one(session: Session, trial_id: int, name: str) -> Artifact:
    """Raises NotFound."""
    for artifact in listed(session, trial_id):
        if artifact.name == name:
            return artifact
    raise NotFound("artifact", f"{name} of trial {trial_id}")


def exists(session: Session, trial_id: int, name: str) -> bool:
    """Whether there is such a trial with such a file."""
    query = select(Artifact.name).where(Artifact.trial_id == trial_id, Artifact.name == name)
    return session.scalars(query).first() is not None
