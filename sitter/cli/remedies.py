"""`sitter trial repair` and `sitter trial rejudge`: train a remedy, judge a trial again."""

from typing import Annotated, Any

import typer
import yaml

from sitter.answers import Judgement, Rejudged
from sitter.cli.findings import print_diagnosis, print_verdicts
from sitter.cli.options import AsJson, Url
from sitter.cli.output import console, point, print_json
from sitter.client import Sitter

TrialId = Annotated[int, typer.Argument(help="The trial's id (not its number).")]


def repair(
    trial_id: TrialId,
    check: Annotated[str | None, typer.Option(help="Whose remedy to train.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A change of your own; may be repeated."),
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Train a trial's point with a remedy, as a new trial of its study."""
    patch = _values(settings or [], "optimizer.lr=0.01")
    with Sitter(url) as client:
        if bool(check) == bool(patch):
            raise typer.BadParameter(_choices(client, trial_id))
        made = client.repair(trial_id, check=check, patch=patch or None)
    if as_json:
        print_json(made)
        return
    console.print(
        f"Trial {made.number} of study {made.study} waits (id {made.id}): "
        f"trial {trial_id} with {point(made.patch or {})}"
    )
    console.print(f"See what comes of it: sitter trial show {made.id}")


def rejudge(
    trial_id: TrialId,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="CHECK.THRESHOLD=VALUE", help="Another threshold; may be repeated."
        ),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="cheap, standard or full, instead of the study's.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Put what is said in place of the stored verdicts.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Judge a trial's stored history again, with other thresholds perhaps."""
    checks = _thresholds(settings or [])
    with Sitter(url) as client:
        said = client.rejudge(trial_id, checks=checks, profile=profile, keep=keep)
    if as_json:
        print_json(said)
        return
    print_diagnosis(said.diagnosis, said.verdicts)
    print_verdicts(said.verdicts)
    console.print(_changes(said))


def _values(settings: list[str], example: str) -> dict[str, Any]:
    pairs = [setting.partition("=") for setting in settings]
    for name, equals, _ in pairs:
        if not equals:
            raise typer.BadParameter(f"{name!r} has no value, as in {example}")
    return {name: yaml.safe_load(value) for name, _, value in pairs}


def _thresholds(settings: list[str]) -> dict[str, dict[str, Any]]:
    checks: dict[str, dict[str, Any]] = {}
    for name, value in _values(settings, "plateau.flat=0.02").items():
        check, dot, threshold = name.partition(".")
        if not dot:
            raise typer.BadParameter(f"{name!r} names no threshold, as in plateau.flat=0.02")
        checks.setdefault(check, {})[threshold] = value
    return checks


def _choices(client: Sitter, trial_id: int) -> str:
    """What to give, and which checks there are to choose from."""
    found = [v for v in client.trial_verdicts(trial_id) if v.remedy and v.remedy.get("patch")]
    named = "; ".join(f"--check {verdict.check} ({_patch(verdict)})" for verdict in found)
    return f"give --check or --set, one of the two; trial {trial_id} has {named or 'no remedy yet'}"


def _patch(verdict: Judgement) -> str:
    return point((verdict.remedy or {})["patch"])


def _changes(said: Rejudged) -> str:
    changed = f"Something else was said before by {', '.join(said.changed)}."
    if said.kept:
        return f"Kept. {changed}" if said.changed else "Kept; nothing has changed."
    kept = "Nothing was stored; --keep puts this in place of the stored verdicts."
    return f"{changed} {kept}" if said.changed else "The stored verdicts say the same."
