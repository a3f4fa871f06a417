"""`sitter serve`, `worker` and `db`: this process becomes the one that does it."""

import os
import sys
from typing import Annotated

import typer

from sitter.cli.options import Data, Database, Host, Port, Slots, Url

db = typer.Typer(help="The tables of the database.", no_args_is_help=True, rich_markup_mode=None)

Revision = Annotated[str, typer.Argument(help="A revision, `head`, `base`, or a step: +1, -1.")]


def serve(host: Host = None, port: Port = None, database_url: Database = None) -> None:
    """Serve the API and the dashboard; other settings are SITTER_ variables."""
    become(
        "service",
        *given("--database-url", database_url),
        "serve",
        *given("--host", host),
        *given("--port", port),
    )


def worker(
    url: Url = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda:0 …")] = "auto",
    slots: Slots = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0: torch's choice.")] = 0,
    study: Annotated[int | None, typer.Option(help="Only trials of this study.")] = None,
    data: Data = None,
) -> None:
    """Train what the service hands out, until stopped."""
    become(
        "sitter.fleet.worker",
        *given("--url", url),
        "--device",
        device,
        *given("--slots", slots),
        "--threads",
        str(threads),
        *given("--study", study),
        *given("--data", data),
    )


@db.command()
def upgrade(revision: Revision = "head", database_url: Database = None) -> None:
    """Bring the tables up to date."""
    become("service", *given("--database-url", database_url), "upgrade", revision)


@db.command(context_settings={"ignore_unknown_options": True})
def downgrade(revision: Revision = "-1", database_url: Database = None) -> None:
    """Take the tables back; what they held is lost."""
    become("service", *given("--database-url", database_url), "downgrade", "--", revision)


def given(option: str, value: object) -> list[str]:
    """The option with its value, or nothing where there is none."""
    return [] if value is None else [option, str(value)]


def become(module: str, *arguments: str) -> None:
    """Replaces this process by `python -m module`; signals and exit code are then its own."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
