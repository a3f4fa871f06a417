"""A service and workers as processes of this machine, started together and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sitter.client import Sitter
from sitter.errors import SitterError

READY_SECONDS = 60.0
STOP_SECONDS = 10.0  # before a process that does not end is killed


class CannotStart(SitterError):
    """A process of the fleet ended before it was ready; the message has its last words."""


@dataclass
class LocalFleet:
    """`start` returns once the service is ready; `stop` gives running trials back first.

    Output of the processes goes to `log_dir`, a file each, or to this process's own.
    """

    host: str
    port: int
    workers: Sequence[str] = ()  # the device of each
    slots: int | None = None  # of each worker; None: its own choice
    database_url: str | None = None
    log_dir: Path | None = None
    _service: subprocess.Popen[bytes] | None = None
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _told: set[int] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where the service answers."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Raises CannotStart, leaving nothing behind."""
        database = ["--database-url", self.database_url] if self.database_url else []
        place = ["--host", self.host, "--port", str(self.port)]
        try:
            self._service = self._process("service", ["-m", "service", *database, "serve", *place])
            self._workers = [
                self._process(f"worker-{number}", self._worker(device))
                for number, device in enumerate(self.workers)
            ]
            self._await_service()
        except BaseException:
            self.stop()
            raise

    @property
    def processes(self) -> Sequence[subprocess.Popen[bytes]]:
        """The workers' processes, in the order of their devices."""
        return tuple(self._workers)

    def losses(self) -> list[str]:
        """A sentence for each worker that has ended by itself since the last call."""
        found = []
        for number, worker in enumerate(self._workers):
            if worker.poll() is not None and number not in self._told:
                self._told.add(number)
                found.append(f"Worker {number} ended with code {worker.returncode}")
        return found

    def died(self) -> str | None:
        """A sentence on a process that has ended by itself, None while all are well."""
        if self._service and self._service.poll() is not None:
            return f"the service ended with code {self._service.returncode}"
        dead = [worker for worker in self._workers if worker.poll() is not None]
        if self._workers and len(dead) == len(self._workers):
            return f"every worker has ended, the last with code {dead[-1].returncode}"
        return None

    def stop(self) -> None:
        """Workers first, since they give their trials back to the service."""
        _end(self._workers)
        _end([self._service] if self._service else [])

    def _worker(self, device: str) -> list[str]:
        threads = str(max(1, (os.cpu_count() or 1) // len(self.workers)))
        options = ["--device", device, "--threads", threads]
        options += [] if self.slots is None else ["--slots", str(self.slots)]
        return ["-m", "sitter.fleet.worker", "--url", self.url, *options]

    def _process(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches this process only, which ends them in order.
        command = [sys.executable, *arguments]
        if self.log_dir is None:
            return subprocess.Popen(command, start_new_session=True)
        try:
            self.log_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"cannot write the logs: {error}; start in another folder") from error
        with (self.log_dir / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _await_service(self) -> None:
        assert self._service is not None
        deadline = time.monotonic() + READY_SECONDS
        with Sitter(self.url) as client:
            while not client.ready():
                if self._service.poll() is not None:
                    raise CannotStart(f"the service did not start:\n{self._last_words()}")
                if time.monotonic() > deadline:
                    raise CannotStart(f"the service was not ready in {READY_SECONDS:.0f} s")
                time.sleep(0.05)  # a poll of our own process, started a moment ago

    def _last_words(self) -> str:
        if self.log_dir is None:
            return "see its output above"
        lines = (self.log_dir / "service.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-5:])


def devices(number: int | None = None) -> list[str]:
    """One worker per GPU where there are some, else one per CPU core; `number` of them if given."""
    gpus = _gpus()
    if not gpus:
        return ["cpu"] * (number if number is not None else os.cpu_count() or 1)
    return [f"cuda:{i % gpus}" for i in range(number if number is not None else gpus)]


def free_port(host: str, wanted: int) -> int:
    """`wanted` if nobody listens there, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart(f"no free port on {host}")


def _gpus() -> int:
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith(b"GPU ") for line in listed.stdout.splitlines())


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
