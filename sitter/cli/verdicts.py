"""`sitter verdicts` and `sitter checks`: what the checks said, and what they are."""

from typing import Annotated

import typer
from rich.markup import escape

from sitter.cli.options import AsJson, Url
from sitter.cli.output import console, print_json, severity_sign, table
from sitter.client import Sitter


def verdicts(
    study: Annotated[int | None, typer.Option(help="Of this study.")] = None,
    trial: Annotated[int | None, typer.Option(help="Of this trial (its id).")] = None,
    check: Annotated[str | None, typer.Option(help="Of this check.")] = None,
    severity: Annotated[
        str | None, typer.Option(help="skipped, pass, note, warning or fatal.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Query verdicts."""
    with Sitter(url) as client:
        filters = {"study": study, "trial": trial, "check": check, "severity": severity}
        found = list(client.verdicts(**filters))
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("No verdicts match.")
        return
    made = table("trial", "severity", "check", "what it says", right=["trial"])
    for verdict in found:
        sign = severity_sign(verdict.severity)
        made.add_row(str(verdict.trial), sign, verdict.check, escape(verdict.summary))
    console.print(made)


def checks(as_json: AsJson = False, url: Url = None) -> None:
    """List the checks that watch every trial."""
    with Sitter(url) as client:
        found = list(client.checks())
    if as_json:
        print_json(found)
        return
    made = table("check", "profile", "judged per", "what it is")
    for check in found:
        per = "trial" if check.scope == "trial" else "recipe shape"
        made.add_row(check.name, check.profile, per, escape(check.summary))
    console.print(made)
