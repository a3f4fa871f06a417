"""`sitter recipe`: what a file asks for, in words, before anything is trained."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.markup import escape
from rich.table import Table

from diagnostics.words import setting, written
from sitter.cli.asking import FOLDER, Wrong, ask, is_study, recipe_in, refuse_misfits
from sitter.cli.options import AsJson, Data
from sitter.cli.output import console, counted, severity_sign
from sitter.client import load_study
from sitter.errors import SitterError
from trainer import explain
from trainer.recipe import Objective, Recipe, parse_distribution

ANY = Objective(metric="val_loss", direction="minimize")  # which every recipe has
LAST_ITEM = 20  # characters by which YAML's lines go over their width

app = typer.Typer(help="Recipes.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def recipes() -> None:
    """What a recipe asks for."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A recipe or a study as YAML.", metavar="FILE")],
    data: Data = None,
    without: Annotated[
        bool, typer.Option("--no-data", help="Load no data, and build no model for it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a recipe or a study, and say what it comes to."""
    document = load_study(file)
    study = ask("service.checked", document) if is_study(document) else None
    recipe = (
        recipe_in(document) if study is None else Recipe.model_validate(study["study"]["recipe"])
    )
    aim = ANY if study is None else Objective.model_validate(study["study"]["objective"])
    prefix = "recipe." if "recipe" in document else ""
    refuse_misfits(recipe, aim, prefix)
    seen = {} if without else _seen(recipe, data or FOLDER)
    if seen:
        refuse_misfits(recipe, aim, prefix, seen["form"]["task"])
    facts = _facts(recipe, seen)
    if study is not None:
        facts |= _searched(recipe, study)
    if as_json:
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    kind = "recipe" if study is None else "study"
    console.print(f"[bold]{escape(str(file))} is a valid {kind}.[/]\n")
    console.print(_explained(facts))
    for warning in facts["warnings"]:
        console.print(f"\n{severity_sign('warning')}  {escape(warning)}")
    console.print("\n[bold]The recipe with every default[/]")
    print(_yaml(facts["recipe"]), end="")


def _seen(recipe: Recipe, folder: str) -> dict[str, Any]:
    question = {"recipe": recipe.model_dump(mode="json"), "folder": folder, "form": None}
    try:
        return ask("trainer.show", question)
    except Wrong as error:
        if not error.field.startswith("data"):
            raise
        advice = f"data files are looked for in {folder} (--data); --no-data leaves them out"
        raise SitterError(f"{error}\n{advice}") from error


def _facts(recipe: Recipe, seen: dict[str, Any]) -> dict[str, Any]:
    samples = seen.get("samples")
    train = None if samples is None else samples["train"]
    steps = None if train is None else explain.steps_per_epoch(recipe, train)
    return {
        "valid": True,
        "recipe": recipe.model_dump(mode="json"),
        "form": seen.get("form"),
        "samples": samples,
        "totals": seen.get("totals"),
        "steps_per_epoch": steps,
        "steps": None if steps is None else steps * recipe.epochs,
        "lr": explain.lr_course(recipe, train),
        "stack_key": recipe.stack_key(),
        "unstackable": [asdict(each) for each in explain.unstackable(recipe)],
        "warnings": explain.warnings(recipe, train),
    }


def _searched(recipe: Recipe, checked: dict[str, Any]) -> dict[str, Any]:
    study = checked["study"]
    space = {path: parse_distribution(each) for path, each in study["space"].items()}
    return {
        "space": study["space"],
        "strategy": study["strategy"],
        "points": checked["points"],
        "trials": study["trials"] * study["repeats"],
        "dividing": explain.dividing(recipe, space),
    }


def _yaml(recipe: dict[str, Any]) -> str:
    """One section a line, as people write them."""
    width = console.width - LAST_ITEM
    lines = (
        yaml.safe_dump({key: value}, default_flow_style=True, sort_keys=False, width=width).strip()
        for key, value in recipe.items()
    )
    return "".join(f"{line[1:-1]}\n" for line in lines)  # without the braces of the whole


def _explained(facts: dict[str, Any]) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="bold", no_wrap=True)
    made.add_column()
    for label, words in _rows(facts):
        made.add_row(label, escape(words))
    return made


def _rows(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "data", _data(facts)
    if facts["totals"] is not None:
        numbers, products = (facts["totals"][key] for key in ("parameters", "multiplications"))
        yield (
            "model",
            f"{counted(numbers)} parameters, {counted(products)} multiplications a sample",
        )
    yield "steps", _steps(facts)
    start, middle, end = (setting(facts["lr"][key]) for key in ("start", "middle", "end"))
    course = f"{start} at the start, {middle} halfway, {end} in the last step"
    yield "lr", course + (", for the recipe's own lr" if _searches_lr(facts) else "")
    if "space" in facts:
        yield "search", _search(facts)
        yield "trials", _trials(facts)
    yield "stack", _stack(facts)
    for each in facts["unstackable"]:
        yield "", f"not stackable: {each['path']} ({each['name']}): {each['reason']}"


def _searches_lr(facts: dict[str, Any]) -> bool:
    return "optimizer.lr" in facts.get("space", {})


def _data(facts: dict[str, Any]) -> str:
    name = facts["recipe"]["data"]["name"]
    if facts["samples"] is None:
        return f"{name}, not loaded"
    form, samples = facts["form"], facts["samples"]
    shape = "×".join(map(str, form["shape"]))
    train, validation = counted(samples["train"]), counted(samples["validation"])
    return (
        f"{name}: {train} samples to train on, {validation} to validate; "
        f"{shape} in, {form['outputs']} out ({form['task']})"
    )


def _steps(facts: dict[str, Any]) -> str:
    epochs, batch = facts["recipe"]["epochs"], facts["recipe"]["batch_size"]
    if facts["steps"] is None:
        return f"{epochs} epochs in batches of {counted(batch)}; how many steps the data decides"
    return (
        f"{counted(facts['steps_per_epoch'])} an epoch in batches of {counted(batch)}, "
        f"{counted(facts['steps'])} in {epochs} epochs"
    )


def _search(facts: dict[str, Any]) -> str:
    lines = [f"{path}: {_range(each)}" for path, each in facts["space"].items()]
    return "\n".join(lines) or "nothing: every trial is the recipe as it is"


def _range(document: dict[str, Any]) -> str:
    kind, *_ = (key for key in document if key != "points")
    values = ", ".join(map(written, document[kind]))
    points = f", {document['points']} points" if "points" in document else ""
    return f"{kind} [{values}]{points}"


def _trials(facts: dict[str, Any]) -> str:
    trials, points = facts["trials"], facts["points"]
    if points is None:
        return f"{counted(trials)}, proposed by {facts['strategy']['name']}"
    return f"{counted(trials)}, of a grid of {counted(points)} points"


def _stack(facts: dict[str, Any]) -> str:
    if facts["unstackable"]:
        return f"{facts['stack_key']}; each trial is trained by itself"
    if dividing := facts.get("dividing"):
        return f"differs with {', '.join(dividing)}; trials with the same value can share a stack"
    return f"{facts['stack_key']}; trials that share it can be trained together"
