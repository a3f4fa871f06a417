"""How well four recipes of `examples/recipes/` do, each on its own data, with its own measure.

    python -m bench.recipes [--data ../shared/data] [names]

Every recipe is trained as it stands, by the plain loop on the CPU, for three seeds of the weights;
the split stays. The score is that of the best epoch by the measure.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import yaml

from bench.machine import machine
from trainer import run
from trainer.events import Ended, Started
from trainer.recipe import Objective, Recipe

RECIPES = Path(__file__).parents[1] / "examples" / "recipes"
RESULT = Path(__file__).with_suffix(".json")
ASKED = {  # what each is to reach, by which measure
    "unet_shapes": ("val_iou", 0.90),
    "text_cnn_sms": ("val_accuracy", 0.97),
    "lenet5_mnist10k": ("val_accuracy", 0.97),
    "triplet_digits": ("val_recall_at_1", 0.95),
}
SEEDS = (0, 1, 2)


def main() -> None:
    """Trains them, prints the table, writes the result file."""
    given = _parser().parse_args()
    rows = [_row(name, given.data) for name in given.names or ASKED]
    if not given.names:
        result = {
            "machine": machine("sitter", "torch"),
            "seeds": list(SEEDS),
            "rows": rows,
        }
        RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{'recipe':<16} {'measure':<16} {'asked':>6} {'median':>7} {'lowest':>7} {'s a run':>8}")
    for row in rows:
        print(
            f"{row['recipe']:<16} {row['measure']:<16} {row['asked']:>6.2f} {row['median']:>7.4f} "
            f"{row['lowest']:>7.4f} {row['median_seconds']:>8.1f}"
        )


def _row(name: str, data: Path) -> dict[str, Any]:
    measure, asked = ASKED[name]
    document = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    runs = [_trained(document | {"seed": s, "data_seed": 0}, measure, data) for s in SEEDS]
    scores = [run["score"] for run in runs]
    return {
        "recipe": name,
        "measure": measure,
        "asked": asked,
        "median": statistics.median(scores),
        "lowest": min(scores),
        "scores": scores,
        "train_samples": runs[0]["train_samples"],
        "val_samples": runs[0]["val_samples"],
        "parameters": runs[0]["parameters"],
        "median_seconds": round(statistics.median(run["seconds"] for run in runs), 1),
    }


def _trained(document: dict[str, Any], measure: str, data: Path) -> dict[str, Any]:
    begun = time.perf_counter()
    aim = Objective.model_validate({"metric": measure})
    events = list(run(Recipe.model_validate(document), folder=data, objective=aim, preflight=False))
    started, ended = events[0], events[-1]
    assert isinstance(started, Started)
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None, "no epoch had a score"
    return {
        "score": ended.checkpoint.metrics[measure],
        "train_samples": started.train_samples,
        "val_samples": started.val_samples,
        "parameters": started.parameters,
        "seconds": time.perf_counter() - begun,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.recipes", description=__doc__)
    shared = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=shared, help="the folder with the files")
    parser.add_argument("names", nargs="*", choices=[*ASKED, []], help="only these")
    return parser


if __name__ == "__main__":
    main()
