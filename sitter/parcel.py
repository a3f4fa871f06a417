"""Many small files as one request's body, see service/parcel.py: a line of JSON, then the bytes."""

import json
from collections.abc import Iterable, Iterator, Sequence

MOST_BYTES = 16 * 2**20  # of files in one body; the service takes 64 MiB by default
MOST_FILES = 10_000

TrialFile = tuple[int, str, bytes]  # trial, name, content


def parcels(files: Iterable[TrialFile]) -> Iterator[bytes]:
    """Bodies that hold the files in order; a file above the limit has one of its own."""
    held: list[TrialFile] = []
    size = 0
    for file in files:
        full = size + len(file[2]) > MOST_BYTES or len(held) == MOST_FILES
        if held and full:
            yield _packed(held)
            held, size = [], 0
        held.append(file)
        size += len(file[2])
    if held:
        yield _packed(held)


def _packed(files: Sequence[TrialFile]) -> bytes:
    listed = [{"trial": trial, "name": name, "bytes": len(held)} for trial, name, held in files]
    return b"".join([json.dumps({"files": listed}).encode(), b"\n", *(f[2] for f in files)])
