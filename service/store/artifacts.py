"""Artifacts: files of a trial. The bytes lie under `SITTER_ARTIFACTS_URL`, the rows in SQL."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import fsspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import Conflict, NotFound
from service.store import leases
from service.store.rows import upsert
from service.tables import Artifact, Attempt, Trial, now


@dataclass(frozen=True)
class Shelf:
    """Where bytes are kept: a folder, or any URL that fsspec knows."""

    url: str

    def write(self, path: str, content: bytes) -> str:
        """Write a file in one piece; the URI it can be read from."""
        files, root = fsspec.url_to_fs(self.url)
        target = f"{root.rstrip('/')}/{path}"
        files.makedirs(target.rpartition("/")[0], exist_ok=True)
        files.pipe_file(target, content)
        return path

    def read(self, uri: str) -> bytes:
        """The file's bytes. Raises FileNotFoundError."""
        files, root = fsspec.url_to_fs(self.url)
        content = files.cat_file(f"{root.rstrip('/')}/{uri}")
        assert isinstance(content, bytes)
        return content

    def remove(self, uris: Iterable[str]) -> None:
        """Remove the files that are there."""
        files, root = fsspec.url_to_fs(self.url)
        for uri in uris:
            path = f"{root.rstrip('/')}/{uri}"
            if files.exists(path):
                files.rm_file(path)


def keep(
    session: Session,
    shelf: Shelf,
    *,
    lease_id: int,
    token: str,
    trial_id: int,
    name: str,
    content: bytes,
) -> None:
    """Store a file of a trial that the lease holds. Raises LeaseLost and Conflict."""
    lease, _ = leases.fenced(session, lease_id, token)
    attempt = session.scalars(
        select(Attempt).where(
            Attempt.lease_id == lease.id, Attempt.trial_id == trial_id, Attempt.state == "running"
        )
    ).first()
    if attempt is None:
        raise Conflict(f"lease {lease_id} does not hold trial {trial_id}; nothing was stored")
    # One path per attempt, so that a late write of a lost one cannot reach the new one's file.
    path = f"study-{lease.study_id}/trial-{trial_id}/attempt-{attempt.number}/{name}"
    row = {
        "trial_id": trial_id,
        "attempt": attempt.number,
        "name": name,
        "uri": shelf.write(path, content),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "created_at": now(),
    }
    upsert(session, Artifact, [row], key=["trial_id", "name"])


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


def uris(session: Session, study_id: int) -> Sequence[str]:
    """Where the files of a study lie."""
    query = select(Artifact.uri).join(Trial, Trial.id == Artifact.trial_id)
    return session.scalars(query.where(Trial.study_id == study_id)).all()
