"""Options that several commands share."""

from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="SITTER_URL", help="The service.", show_default="http://127.0.0.1:8321"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, complete and stable.")]
Port = Annotated[
    int | None, typer.Option(envvar="SITTER_PORT", help="Port to listen on.", show_default="8321")
]
Host = Annotated[
    str | None,
    typer.Option(envvar="SITTER_HOST", help="Address to listen on.", show_default="127.0.0.1"),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="SITTER_DATABASE_URL",
        help="The database.",
        show_default="sqlite:///sitter.db",
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        "--data", envvar="SITTER_DATA_DIR", help="Folder of data files.", show_default="data"
    ),
]
Slots = Annotated[
    int | None,
    typer.Option(
        min=1, help="Most trials that a worker trains at once.", show_default="64, on a GPU 256"
    ),
]
