"""A dashboard as a process of its own, on a free port."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from sitter.fleet.local import free_port


@contextmanager
def served(
    words: Sequence[str], path: str, log: Path, settings: Mapping[str, str]
) -> Iterator[str]:
    """The address of `python WORDS --port …`, once it answers at `path`; it writes into `log`."""
    port = free_port("127.0.0.1", 0)
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, *words, "--port", str(port)]
    with (
        log.open("w") as out,
        subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=out, stderr=out
        ) as process,
    ):
        try:
            transport = httpx.HTTPTransport(retries=9)
            with httpx.Client(transport=transport, timeout=60) as http:
                http.get(f"{address}{path}").raise_for_status()
            yield address
        finally:
            process.terminate()
