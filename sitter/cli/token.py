"""`sitter token`: who may use the service. Where it asks for tokens, an admin's is needed."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.markup import escape

from sitter.cli.options import AsJson, Url
from sitter.cli.output import age, console, print_json, table
from sitter.client import Sitter

app = typer.Typer(help="Tokens.", no_args_is_help=True, rich_markup_mode=None)

Role = Literal["viewer", "submitter", "worker", "admin"]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is: a person or a machine.")],
    role: Annotated[
        Role,
        typer.Option(help="viewer reads; submitter also submits; worker also trains; admin all."),
    ] = "viewer",
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until it expires.", show_default="never")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Make a token; it is shown this once."""
    with Sitter(url) as client:
        made = client.new_token(name, role, days=days)
    if as_json:
        print_json(made)
        return
    until = f", until {_day(made.expires_at)}" if made.expires_at else ""
    console.print(f"Token {made.id} ({made.role}{until}), shown this once:\n")
    print(made.token)  # alone on its line, and never wrapped
    console.print("\nGive it as SITTER_TOKEN, or sign in with it in a browser.")


@app.command("list")
def list_tokens(as_json: AsJson = False, url: Url = None) -> None:
    """List the tokens, newest first."""
    with Sitter(url) as client:
        tokens = list(client.tokens())
    if as_json:
        print_json(tokens)
        return
    if not tokens:
        console.print("No tokens yet. Make one: sitter token create NAME --role worker")
        return
    made = table("id", "name", "role", "last used", "expires", right=["id"])
    for token in tokens:
        used = age(token.last_used_at) if token.last_used_at else "never"
        row = (str(token.id), token.name, token.role, used, _until(token.expires_at))
        made.add_row(*(escape(cell) for cell in row))
    console.print(made)


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(help="The token's id; `sitter token list` has it.")],
    url: Url = None,
) -> None:
    """Refuse a token from now on."""
    with Sitter(url) as client:
        client.revoke(token_id)
    console.print(f"Token {token_id} is revoked: it is refused within 5 seconds.")


def _until(moment: datetime | None) -> str:
    if moment is None:
        return "never"
    return f"expired {_day(moment)}" if moment <= datetime.now(UTC) else _day(moment)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
