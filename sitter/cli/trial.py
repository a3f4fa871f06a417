"""`sitter trial`: one trial."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from diagnostics import measured
from diagnostics.words import MISSING, loss, metric_name, number, percent, score
from sitter.answers import Epoch, Trial
from sitter.cli import remedies
from sitter.cli.findings import print_diagnosis, print_verdicts
from sitter.cli.options import AsJson, Url
from sitter.cli.output import console, point, print_json, setting, short, table
from sitter.client import Sitter

app = typer.Typer(help="Trials.", no_args_is_help=True, rich_markup_mode=None)
app.command("repair")(remedies.repair)
app.command("rejudge")(remedies.rejudge)

ROWS = 10  # epochs shown, evenly over the training


@app.command()
def show(
    trial_id: Annotated[int, typer.Argument(help="The trial's id (not its number).")],
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Show a trial: what is wrong with it, its result, its epochs and its verdicts."""
    with Sitter(url) as client:
        trial = client.trial(trial_id)
        if as_json:
            print_json(trial)
            return
        study = client.study(trial.study)
        epochs = [epoch for epoch in client.epochs(trial_id) if epoch.epoch > 0]
        verdicts = list(client.trial_verdicts(trial_id))
        also = _signals(client, trial)
        repaired = None if trial.repair_of is None else client.trial(trial.repair_of)
    print_diagnosis(trial.diagnosis, verdicts)
    console.print(f"[bold]{_answer(trial, study.metric)}[/]\n")
    if repaired is not None:
        console.print(_repair(trial, repaired, study.metric), "")
    if epochs:
        console.print(_epochs_table(epochs), "")
    _print_measured(also)
    print_verdicts(verdicts)
    console.print(f"Dashboard: {client.url}/trials/{trial_id}")


def _signals(client: Sitter, trial: Trial) -> dict[str, Any]:
    """Of the best epoch, else of the last."""
    known = trial.best_epoch or trial.epochs_done
    found = (row.signals for row in client.signals(trial.id) if row.epoch == known > 0)
    return next(found, {})


def _print_measured(signals: dict[str, Any]) -> None:
    facts, folds = measured.facts(signals), measured.folds(signals)
    for name, text in facts:
        console.print(f"{escape(name)}: {text}")
    if facts:
        console.print()
    if folds is not None:
        made = table("", *map(escape, folds.names), right=folds.names)
        for name, scores in folds.rows:
            made.add_row(escape(name), *scores)
        console.print(made, "")


def _answer(trial: Trial, metric: str) -> str:
    shown = point(trial.params) or "the recipe as it is"
    head = f"Trial {trial.number} of study {trial.study} ({shown}): {trial.state}"
    if trial.value is not None:
        head += f", {score(metric, trial.value)} at epoch {trial.best_epoch}"
    return head + (f". {escape(trial.reason)}" if trial.reason else "")


def _repair(trial: Trial, repaired: Trial, metric: str) -> str:
    changed = [
        f"{short(path)} {setting(_value(repaired, path))} → {setting(value)}"
        for path, value in (trial.patch or {}).items()
    ]
    before, after = score(metric, repaired.value), score(metric, trial.value)
    said = f"Repairs trial {repaired.number} (id {repaired.id}): {', '.join(changed)}"
    return f"{said}; {metric_name(metric)} {before} → {after}"


def _value(trial: Trial, path: str) -> Any:
    """What its recipe has at a path; None where there is nothing."""
    found: Any = trial.recipe
    for key in path.split("."):
        if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


def _epochs_table(epochs: list[Epoch]) -> Table:
    step = max(1, len(epochs) // ROWS)
    shown = [e for i, e in enumerate(epochs) if i % step == 0 or i == len(epochs) - 1]
    columns = ("epoch", "train loss", "val loss", "train acc.", "val acc.", "lr", "s")
    made = table(*columns, right=columns)
    for e in shown:
        seconds = MISSING if e.seconds is None else f"{e.seconds:.2f}"
        losses = (loss(e.train_loss), loss(e.val_loss))
        scores = (percent(e.train_accuracy), percent(e.val_accuracy))
        made.add_row(str(e.epoch), *losses, *scores, number(e.lr), seconds)
    return made
