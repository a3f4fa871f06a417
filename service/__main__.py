"""`python -m service`: serve, upgrade and downgrade; what the `sitter` command starts."""

import argparse
import gc
import logging
import socket
import sys
import threading

import uvicorn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from service import schema
from service.app import create_app
from service.dashboard.assets import packed
from service.db import Database
from service.errors import BadSettings
from service.settings import Settings, load_settings

GRACE_SECONDS = 3  # for requests under way when the service is stopped; streams never end


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; the exit code, 2 where the settings do not allow it to start."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # addresses of webhooks are nobody's
    try:
        settings = load_settings(database_url=given.database_url, **_address(given))
    except BadSettings as error:
        print(f"sitter: {error}", file=sys.stderr)
        return 2
    try:
        _reach(settings)
        if given.command == "serve":
            return _serve(settings)
        return _migrate(settings, given.command, given.revision)
    except OperationalError as error:
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
        print(f"sitter: cannot open the database {shown}: {error.orig}", file=sys.stderr)
    except OSError as error:
        print(
            f"sitter: cannot listen on {settings.host}:{settings.port}: {error}; "
            "choose another with --port or SITTER_PORT",
            file=sys.stderr,
        )
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--database-url", help="instead of SITTER_DATABASE_URL")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the API and the dashboard")
    serve.add_argument("--host", help="instead of SITTER_HOST")
    serve.add_argument("--port", type=int, help="instead of SITTER_PORT")
    for name, default in (("upgrade", "head"), ("downgrade", "-1")):
        command = commands.add_parser(name, help=f"{name} the tables")
        command.add_argument("revision", nargs="?", default=default)
    return parser


def _reach(settings: Settings) -> None:
    """Raises OperationalError where the database cannot be opened for writing."""
    database = Database(settings.database_url, busy_seconds=settings.sqlite_busy_seconds)
    try:
        database.ping()
    finally:
        database.close()


def _address(given: argparse.Namespace) -> dict[str, object]:
    return {"host": given.host, "port": given.port} if given.command == "serve" else {}


def _serve(settings: Settings) -> int:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.host, settings.port))
    app = create_app(settings)
    # So that the first who opens a page does not wait for it.
    threading.Thread(target=packed, args=("br",), name="sitter-pack", daemon=True).start()
    gc.freeze()  # what is imported by now stays: looking through it for garbage would be in vain
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return 0


def _migrate(settings: Settings, command: str, revision: str) -> int:
    database = Database(settings.database_url)
    (schema.upgrade if command == "upgrade" else schema.downgrade)(database.engine, revision)
    print(schema.state(database.engine))
    database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
