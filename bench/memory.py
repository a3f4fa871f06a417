"""Memory that one more trial takes in a stack, beside what its tensors need (issue 4).

    python -m bench.memory [--case digits] [--data ../shared/data]

Measured: the peak of all that torch's allocator holds while `train_many` trains two epochs, at two
widths, every allocation counted; the slope between them. Needed: parameters, optimizer state,
gradients, and the activations that autograd keeps of one batch, from shapes alone (a forward pass
on the `meta` device). For what evaluation takes and for the copy of the best epoch's weights
nothing is allowed; the former's widest layer is shown. The result file is written where all cases
were measured.

Gradients and activations are there for one chunk of trials only (trainer.stack.chunk): a trial
costs more before the first chunk is full, and `each` in the result file has that in it: the peak of
the wider stack, with all that does not grow, divided by its width.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile

from bench.fusion.cases import CASES, DATA, Case
from bench.machine import machine
from trainer import train_many
from trainer.evaluation import BATCH
from trainer.menu import part
from trainer.recipe import Recipe, with_values
from trainer.setup import Setup, make

RESULT = Path(__file__).with_suffix(".json")
AIM = 1.1  # times what is needed
EPOCHS = 2  # in the second, every trial has a best epoch behind it
WIDTHS = {
    "digits": (64, 256),  # from issue 4's 64 to as many as bench.fusion trains
    "blobs": (64, 256),
    "mnist_mlp": (8, 32),
    "lenet5": (4, 12),
    "resnet20": (2, 6),
}
FEW = {"data.limit": 2500, "split.validation": 0.8}  # a few steps, and all that judge them


def main(arguments: list[str] | None = None) -> None:
    """Measures, prints the table, writes the result file."""
    given = _parser().parse_args(arguments)
    print(
        f"kB a further trial\n{'case':<10} {'measured':>9} {'needed':>8} {'times':>6} {'aim':>14} "
        f"{'each':>8}"
    )
    rows = []
    for name in given.case or CASES:
        row = measure(CASES[name], WIDTHS[name], given.data)
        rows.append(row)
        print(_shown(row), flush=True)
    if not given.case:
        result = {
            "machine": machine("sitter", "torch"),
            "unit": "bytes for each further trial",
            "aim": AIM,
            "rows": rows,
        }
        RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def measure(case: Case, widths: tuple[int, int], folder: Path) -> dict[str, Any]:
    """A row of the result file."""
    recipe = _recipe(case)
    low, high = widths
    _peak(recipe, low, folder)  # what is allocated once in a process is so before we count
    peaks = [_peak(recipe, width, folder) for width in widths]
    measured = (peaks[1] - peaks[0]) / (high - low)
    needed = needs(_setup(recipe, folder), recipe.batch_size)
    evaluation = needed.pop("evaluation")
    times = measured / sum(needed.values())
    return {
        "case": case.name,
        "widths": [low, high],
        "peaks": peaks,
        "measured": round(measured),
        "each": round(peaks[1] / high),
        **needed,
        "needed": sum(needed.values()),
        "evaluation": evaluation,
        "times": round(times, 3),
        "met": times <= AIM,
    }


def needs(setup: Setup, batch_size: int) -> dict[str, int]:
    """Bytes of one trial's tensors by kind, from their shapes.

    `evaluation`: the largest input and output of a layer, of as many samples as are judged at once.
    """
    weights = sum(bytes_of(weight) for weight in setup.model.parameters())
    batch, judged = setup.train.inputs[:batch_size], setup.validation.inputs[:BATCH]
    model = setup.model.to("meta")
    return {
        "parameters": weights,
        "optimizer_state": weights,  # SGD's velocity
        "gradients": weights,
        "activations": kept(model, batch.to("meta"), setup.train.targets[:batch_size].to("meta")),
        "evaluation": widest(model, judged.to("meta")),
    }


def kept(model: nn.Module, inputs: Tensor, targets: Tensor) -> int:
    """Bytes that autograd keeps for the backward pass, without weights, buffers and the batch."""
    own = [inputs, targets, *model.parameters(), *model.buffers()]
    known = {_storage(tensor) for tensor in own}
    found: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if _storage(tensor) not in known:
            found[_storage(tensor)] = tensor
        return tensor

    with saved_tensors_hooks(keep, lambda tensor: tensor):
        nn.functional.cross_entropy(model.train()(inputs), targets)
    return sum(tensor.untyped_storage().nbytes() for tensor in found.values())


@torch.no_grad()
def widest(model: nn.Module, inputs: Tensor) -> int:
    """Bytes of the largest input and output of a layer, without the samples themselves."""
    found = [0]

    def see(_: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        tensors = {_storage(each): each for each in (*given, output)}
        own = [t for key, t in tensors.items() if key != _storage(inputs)]
        found.append(sum(bytes_of(tensor) for tensor in own))

    leaves = [module for module in model.modules() if not list(module.children())]
    hooks = [leaf.register_forward_hook(see) for leaf in leaves]
    model.eval()(inputs)
    for hook in hooks:
        hook.remove()
    return max(found)


def bytes_of(tensor: Tensor) -> int:
    """Of its numbers."""
    return tensor.numel() * tensor.element_size()


@contextmanager
def counted() -> Iterator[list[int]]:
    """Filled at the end with the most bytes held at a time, of what was allocated meanwhile."""
    peak: list[int] = []
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        yield peak
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profiled.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    changes = [event for event in events if event["name"] == "[memory]"]
    held = most = 0
    for change in sorted(changes, key=lambda event: event["ts"]):
        held += change["args"]["Bytes"]
        most = max(most, held)
    peak.append(most)


def _shown(row: Mapping[str, Any]) -> str:
    kilobytes = f"{row['measured'] / 1e3:>9.1f} {row['needed'] / 1e3:>8.1f}"
    met = f"{AIM:g}: {'met' if row['met'] else 'MISSED'}"
    widest = f"evaluation's widest layer: {row['evaluation'] / 1e3:.1f}"
    each = f"{row['each'] / 1e3:>8.1f}"
    return f"{row['case']:<10} {kilobytes} {row['times']:>6.2f} {met:>14} {each}  {widest}"


def _peak(recipe: Recipe, width: int, folder: Path) -> int:
    points = [{"optimizer.lr": 0.01 + 0.001 * number} for number in range(width)]
    with counted() as peak:
        for _ in train_many(recipe, points, folder=folder, preflight=False):
            pass
    return peak[0]


def _recipe(case: Case) -> Recipe:
    recipe = Recipe.model_validate(case.study()["recipe"])
    few = FEW if recipe.data.name == "idx" else {}
    return with_values(recipe, {**few, "epochs": EPOCHS})


def _setup(recipe: Recipe, folder: Path) -> Setup:
    data = part("data", recipe.data).load(folder)
    fold = part("split", recipe.split).folds(data, recipe.resolved_data_seed())[0]
    return make(recipe, fold, "cpu")


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(CASES), help="only these")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with MNIST's files")
    return parser


if __name__ == "__main__":
    main()
