"""`sitter up`: a service and workers on this machine, until Ctrl-C."""

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from sitter.cli.options import Database, Port, Slots
from sitter.cli.output import console
from sitter.cli.study import NO_RESULT, page
from sitter.cli.watch import show_result, watch
from sitter.client import DEFAULT_URL, Sitter
from sitter.errors import SitterError
from sitter.fleet.local import LocalFleet, devices, free_port

HOST = "127.0.0.1"
DEFAULT_PORT = int(DEFAULT_URL.rpartition(":")[2])
WATCH_SECONDS = 1.0  # between two looks at the processes
LOGS = Path("sitter-logs")


def up(
    workers: Annotated[
        int | None,
        typer.Option(min=0, help="Workers.", show_default="one per GPU, else one per core"),
    ] = None,
    port: Port = None,
    submit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Submit this study, show it, and end with its answer."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Go on serving after --submit.")] = False,
    slots: Slots = None,
    database_url: Database = None,
) -> None:
    """Start the service and workers on this machine; Ctrl-C stops them and loses nothing."""
    chosen = free_port(HOST, DEFAULT_PORT if port is None else port)
    if port not in (None, 0, chosen):
        raise SitterError(f"port {port} is taken; choose another with --port, or 0 for any")
    if port is None and chosen != DEFAULT_PORT:
        console.print(f"Port {DEFAULT_PORT} is taken; using {chosen}.")
    on = devices(workers)
    fleet = LocalFleet(HOST, chosen, on, slots, database_url, log_dir=LOGS)
    for name in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT else
        signal.signal(name, _interrupt)
    console.print(f"Starting the service and {len(on)} workers on {fleet.url} …")
    fleet.start()
    try:
        code = _submitted(fleet, submit, keep) if submit else 0
        if keep or submit is None:
            console.print(f"Serving {fleet.url} (logs in {LOGS}/); Ctrl-C stops.")
            _serve(fleet)
    except KeyboardInterrupt:
        console.print("\nStopping; running trials are given back.")
        code = 0
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):  # a second one must not leave half behind
            signal.signal(name, signal.SIG_IGN)
        fleet.stop()
    raise typer.Exit(code)


def _submitted(fleet: LocalFleet, file: Path, keep: bool) -> int:
    with Sitter(fleet.url) as client:
        study = client.submit(file)
        console.print(f"Study {study.id}, {file}: {study.trials} trials")
        for earlier in client.studies(state="running"):
            if earlier.id < study.id:
                left = earlier.trials - earlier.ended
                console.print(f"Study {earlier.id} goes first: {left} trials are left of it.")
        begun = time.monotonic()
        study = watch(client, study.id, lambda: _check(fleet))
        seconds = time.monotonic() - begun
        address = page(client, study.id)
        hint = "" if keep else "  (serve it again: make serve)"
        show_result(client, study, address + hint)
    console.print(f"The study took {seconds:.1f} s on {len(fleet.workers)} workers.")
    return 0 if study.best else NO_RESULT


def _serve(fleet: LocalFleet) -> None:
    while True:
        _check(fleet)
        time.sleep(WATCH_SECONDS)  # between two looks at our own processes


def _check(fleet: LocalFleet) -> None:
    for loss in fleet.losses():
        console.print(f"{loss}; its trials go to the others, its log is in {LOGS}/")
    trouble = fleet.died()
    if trouble:
        raise SitterError(f"{trouble}; its log is in {LOGS}/")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
