"""`sitter study`: submit, list, show, and change studies."""

from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.markup import escape

from diagnostics.words import score
from sitter.cli.options import AsJson, Url
from sitter.cli.output import (
    age,
    answer,
    console,
    counts_line,
    how_trained,
    print_json,
    table,
    trials_table,
    verdicts_table,
)
from sitter.cli.watch import show_result, waited, watch
from sitter.client import Sitter

app = typer.Typer(help="Studies.", no_args_is_help=True, rich_markup_mode=None)

NO_RESULT = 5  # exit code of a watched study in which no trial completed
SHOWN = 10  # trials of a study that `show` lists

Id = Annotated[int, typer.Argument(help="The study's id.")]


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="A study as YAML.", metavar="FILE")],
    follow: Annotated[bool, typer.Option("--watch", help="Show it until it is over.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Submit a study."""
    with Sitter(url) as client:
        study = client.submit(file)
        if not as_json:
            console.print(f"Study {study.id} submitted: {study.trials} trials")
        if follow:
            study = waited(client, study.id) if as_json else watch(client, study.id)
        if as_json:
            print_json(study)
        elif follow:
            show_result(client, study, page(client, study.id))
        else:
            console.print(f"Watch it: sitter study show {study.id}, or {page(client, study.id)}")
        if follow and study.best is None:
            raise typer.Exit(NO_RESULT)


@app.command("list")
def list_studies(
    state: Annotated[str | None, typer.Option(help="Only studies in this state.")] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """List studies, newest first."""
    with Sitter(url) as client:
        studies = list(client.studies(state=state))
    if as_json:
        print_json(studies)
        return
    if not studies:
        console.print("No studies yet. Submit one: sitter study submit examples/digits.yaml")
        return
    right = ["id", "trials", "best"]
    made = table("id", "name", "state", "trials", "best", "submitted", right=right)
    for study in studies:
        value = score(study.metric, study.best.value if study.best else None)
        progress = f"{study.ended}/{study.trials}"
        row = (str(study.id), study.name, study.state, progress, value, age(study.created_at))
        made.add_row(*(escape(cell) for cell in row))
    console.print(made)


@app.command()
def show(study_id: Id, as_json: AsJson = False, url: Url = None) -> None:
    """Show a study: its answer, its best trials and what the checks say."""
    with Sitter(url) as client:
        study = client.study(study_id)
        if as_json:
            print_json(study)
            return
        console.print(f"[bold]{answer(study)}[/]\n")
        console.print(f"{escape(study.name)}: {study.state}; trials: {counts_line(study.counts)}")
        console.print(how_trained(study))
        descending = study.direction == "maximize"
        trials = client.trials(study_id, sort="value", descending=descending)
        top = [trial for trial, _ in zip(trials, range(SHOWN), strict=False)]
        if top:
            console.print(trials_table(top, study.metric), "")
        if study.verdicts:
            console.print(verdicts_table(study.verdicts), "")
        console.print(f"Dashboard: {page(client, study_id)}")


@app.command()
def best(study_id: Id, as_json: AsJson = False, url: Url = None) -> None:
    """Print the best recipe so far as YAML, ready for another study."""
    with Sitter(url) as client:
        found = client.best(study_id)
    if as_json:
        print_json(found)
    else:
        print(yaml.safe_dump({"recipe": found.recipe}, sort_keys=False), end="")


@app.command()
def enqueue(
    study_id: Id,
    settings: Annotated[
        list[str],
        typer.Argument(metavar="PATH=VALUE...", help="optimizer.lr=1000 optimizer.weight_decay=0"),
    ],
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Add one trial at a point of your own."""
    with Sitter(url) as client:
        added = client.enqueue(study_id, _point(settings))
    if as_json:
        print_json(added)
        return
    for trial in added:
        console.print(f"Trial {trial.number} of study {study_id} waits (id {trial.id})")


@app.command()
def pause(study_id: Id, url: Url = None) -> None:
    """Hand out no more trials; running ones go on."""
    _change(url, study_id, "paused")


@app.command()
def resume(study_id: Id, url: Url = None) -> None:
    """Go on with a paused study."""
    _change(url, study_id, "running")


@app.command()
def cancel(study_id: Id, url: Url = None) -> None:
    """End a study; its running trials are stopped."""
    _change(url, study_id, "cancelled")


def page(client: Sitter, study_id: int) -> str:
    """Address of the study's page."""
    return f"{client.url}/studies/{study_id}"


def _point(settings: list[str]) -> dict[str, object]:
    pairs = [setting.partition("=") for setting in settings]
    for path, equals, _ in pairs:
        if not equals:
            raise typer.BadParameter(f"{path!r} is no PATH=VALUE, as in optimizer.lr=0.1")
    return {path: yaml.safe_load(value) for path, _, value in pairs}


def _change(url: str | None, study_id: int, state: str) -> None:
    with Sitter(url) as client:
        study = client.change(study_id, state=state)
    console.print(f"Study {study.id} is {study.state}; trials: {counts_line(study.counts)}")
