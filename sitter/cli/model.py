"""`sitter model`: what a recipe's model is made of."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from sitter.cli.asking import FOLDER, ask, recipe_in
from sitter.cli.options import AsJson, Data
from sitter.cli.output import console, counted, size, table
from sitter.client import load_study
from sitter.errors import SitterError
from trainer.recipe import Recipe

app = typer.Typer(help="Models.", no_args_is_help=True, rich_markup_mode=None)

WIDE = 100  # columns; below it the names of layers need the room
NUMBERS = ["parameters", "multiplied", "field", "stride", "memory"]

Task = Literal["classification", "segmentation", "regression"]


@app.callback()
def models() -> None:
    """What a recipe's model is made of."""


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A recipe or a study as YAML.", metavar="RECIPE")],
    shape: Annotated[
        str | None,
        typer.Option("--input", help="One input's shape, 1,28,28, instead of the data's."),
    ] = None,
    outputs: Annotated[
        int, typer.Option(min=1, help="With --input: classes, or numbers to predict.")
    ] = 10,
    task: Annotated[Task, typer.Option(help="With --input: what is learned.")] = "classification",
    vocabulary: Annotated[
        int | None, typer.Option(min=1, help="With --input: inputs are token ids below this.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show a model's layers: outputs, parameters, multiplications, what they see, memory."""
    recipe = recipe_in(load_study(file))
    form = None
    if shape is not None:
        form = {"shape": _sizes(shape), "outputs": outputs, "task": task, "vocabulary": vocabulary}
    question = {"recipe": recipe.model_dump(mode="json"), "folder": data or FOLDER, "form": form}
    answer = ask("trainer.show", question)
    if as_json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    console.print(f"[bold]{_sentence(recipe, answer)}[/]\n")
    console.print(_layers(answer))
    for line in _notes(answer["totals"]):
        console.print(line)


def _sizes(shape: str) -> list[int]:
    sizes = [int(size) if size.strip().isdigit() else 0 for size in shape.split(",")]
    if min(sizes) < 1:
        message = f"--input takes whole numbers above 0 such as 1,28,28 (given: {shape!r})"
        raise SitterError(message)
    return sizes


def _sentence(recipe: Recipe, answer: dict[str, Any]) -> str:
    form, sums = answer["form"], answer["totals"]
    return (
        f"{recipe.model.name} from {_across(form['shape'])} to {form['outputs']}: "
        f"{counted(sums['parameters'])} parameters, {counted(sums['multiplications'])} "
        f"multiplications and {size(sums['memory'])} of activations for one sample"
    )


def _layers(answer: dict[str, Any]) -> Table:
    kind = ["kind"] if console.width >= WIDE else []
    made = table("layer", *kind, "output", *NUMBERS, right=["output", *NUMBERS])
    for column in made.columns[1:]:
        column.no_wrap = True
    made.columns[0].overflow = "fold"
    for row in answer["layers"]:
        made.add_row(
            row["name"],
            *(row[each] for each in kind),
            _across(row["output"]),
            counted(row["parameters"]),
            counted(row["multiplications"]),
            _along(row["receptive_field"]),
            _along(row["stride"]),
            size(row["memory"]),
        )
    sums = answer["totals"]
    inside = sums["parameters"] - sums["elsewhere"]
    ends = (counted(inside), counted(sums["multiplications"]), "", "", size(sums["memory"]))
    made.add_row("total", *("" for _ in kind), "", *ends, style="bold")
    return made


def _notes(sums: dict[str, Any]) -> list[str]:
    notes = [
        "",
        "multiplied: in convolutions and matrix products · field: input positions that one value "
        "depends on · stride: positions between two fields · memory: new float32 outputs",
    ]
    if sums["frozen"]:
        notes.append(f"{counted(sums['frozen'])} parameters are frozen.")
    if sums["elsewhere"]:
        notes.append(f"{counted(sums['elsewhere'])} more parameters are used in training only.")
    return notes


def _across(shape: list[int]) -> str:
    return "×".join(map(str, shape))


def _along(axes: list[float] | None) -> str:
    """One number where all axes have the same; a dash where there is none."""
    if axes is None:
        return "–"
    shown = [f"{axis:g}" for axis in axes]
    return shown[0] if len(set(shown)) == 1 else "×".join(shown)
