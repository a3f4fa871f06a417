"""The `sitter` command.

Exit codes: 0 done · 1 the service cannot be reached, or failed, or a file that was to be checked or
shown is wrong · 2 the request is wrong · 3 there is no such thing · 4 its state does not allow it ·
5 a watched study has no result.
"""

import sys

import typer

from sitter.cli import model, processes, recipe, study, token, trial, up, verdicts
from sitter.errors import Refused, SitterError

CODES = {404: 3, 409: 4, 422: 2, 413: 2}
INTERRUPTED = 130

app = typer.Typer(
    name="sitter",
    help="Finds a network's learning rate and weight decay, and says what is wrong with a run.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("serve")(processes.serve)
app.command("worker")(processes.worker)
app.add_typer(study.app, name="study")
app.add_typer(trial.app, name="trial")
app.add_typer(recipe.app, name="recipe")
app.add_typer(model.app, name="model")
app.add_typer(token.app, name="token")
app.command("verdicts")(verdicts.verdicts)
app.command("checks")(verdicts.checks)
app.add_typer(processes.db, name="db")


def main() -> None:
    """Runs the command; what went wrong is told on stderr, the fix in its last line."""
    try:
        app()
    except Refused as error:
        print(f"sitter: {error}", file=sys.stderr)
        sys.exit(CODES.get(error.status, 1))
    except SitterError as error:
        print(f"sitter: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
