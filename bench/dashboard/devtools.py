"""Chromium over its DevTools protocol, with no more watching than is asked for.

Playwright has V8 keep the stack of every exception that a page throws, also of those that it
catches; Plotly's start takes twice as long with it. Nobody's browser does that while it is used.
Source: https://chromedevtools.github.io/devtools-protocol/, flat sessions over a pipe.
"""

import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.chromium import CHROMIUM, QUIET

READS, WRITES = 3, 4  # the numbers of the pipes within Chromium
ENDS = b"\0"
Message = dict[str, Any]


class DevTools:
    """A running Chromium; `told` is called with every event."""

    def __init__(self, reads: int, writes: int) -> None:
        self.told: Callable[[Message], None] = lambda event: None
        self._reads = reads
        self._writes = writes
        self._sent = 0
        self._rest = b""

    def ask(self, method: str, session: str | None = None, **params: Any) -> Message:
        """What it answers; raises RuntimeError where it refuses."""
        self._sent += 1
        message: Message = {"id": self._sent, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._writes, json.dumps(message).encode() + ENDS)
        while True:
            answer = self._message()
            if answer.get("id") != self._sent:
                self.told(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                result: Message = answer["result"]
                return result

    def listen(self, seconds: float) -> None:
        """Takes events for so long."""
        until = time.monotonic() + seconds
        while ENDS in self._rest or self._comes(until):
            self.told(self._message())

    def _comes(self, until: float) -> bool:
        ready, _, _ = select.select([self._reads], [], [], max(0.0, until - time.monotonic()))
        return bool(ready)

    def _message(self) -> Message:
        while ENDS not in self._rest:
            came = os.read(self._reads, 1 << 20)
            if not came:
                raise RuntimeError("Chromium has ended")
            self._rest += came
        first, self._rest = self._rest.split(ENDS, 1)
        message: Message = json.loads(first)
        return message


@contextmanager
def devtools(width: int, height: int) -> Iterator[DevTools]:
    """A Chromium of its own while the block runs, with windows of that size in px."""
    its_reads, writes = os.pipe()
    reads, its_writes = os.pipe()

    def connect() -> None:
        spare = [os.dup(end) for end in (its_reads, its_writes)]
        os.dup2(spare[0], READS)
        os.dup2(spare[1], WRITES)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(CHROMIUM), "--headless", "--remote-debugging-pipe", *QUIET]
        command += [f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        with subprocess.Popen(
            command, preexec_fn=connect, close_fds=False, stderr=subprocess.DEVNULL
        ) as process:
            os.close(its_reads)
            os.close(its_writes)
            try:
                yield DevTools(reads, writes)
            finally:
                process.kill()
                os.close(reads)
                os.close(writes)
