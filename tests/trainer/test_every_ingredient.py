"""What every entry of every menu must do: train, go on from a snapshot bit for bit, be listed."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from service.study import StudyDocument
from tests.trainer.files.written import PIXELS, image, set_name, write_all
from trainer.events import Ended, EpochEnded, Event, Snapshotted
from trainer.loop import run
from trainer.menu import SETTINGS
from trainer.recipe import Ingredient, Objective, Recipe, entries
from trainer.snapshot import Snapshot

ENTRIES = [(kind, name) for kind, menu in SETTINGS.items() for name in sorted(entries(menu))]
IMAGES: dict[str, Any] = {"model": {"name": "small_cnn", "channels": [8]}}
MASKS: dict[str, Any] = {
    "data": {"name": "shapes", "samples": 40, "size": 16},
    "model": {"name": "unet", "depth": 1, "width": 4},
}
TEXTS: dict[str, Any] = {"data": {"name": "text_tsv", "file": "texts", "length": 8}}
ROWS: dict[str, Any] = {"data": "iris"}
EMBEDDED: dict[str, Any] = {**ROWS, "loss": "triplet"}
SMALL: dict[str, Any] = {  # a model's settings where the defaults would take long
    "inception": {"blocks": [1, 1], "width": 1, "auxiliary": 1},
    "plain_cnn": {"depth": 8, "width": 4},
    "resnet": {"depth": 8, "width": 4},
}
DATA_SAMPLES = {"samples": 60}  # of the sets that are drawn
LABELLED = {"blobs", "moons", "circles", "spirals"}


def around(kind: str, name: str) -> dict[str, Any]:
    """A recipe that the entry fits into."""
    match kind, name:
        case "model", "unet":
            return MASKS
        case "model", "text_cnn" | "bag_of_embeddings":
            return TEXTS | {"model": {"name": name}}
        case "model", "autoencoder":
            return {"model": {"name": name}, "loss": "mse"}
        case "model", _:
            return {"model": {"name": name, **SMALL.get(name, {})}}
        case "loss", "dice":
            return MASKS | {"loss": name}
        case "loss", _:
            return ROWS | {"loss": name}
        case "metric", "iou":
            return MASKS | {"evaluation": {"metrics": [name]}}
        case "metric", "recall_at_k":
            return EMBEDDED | {"evaluation": {"metrics": [name]}}
        case "metric", _:
            return ROWS | {"evaluation": {"metrics": [name]}}
        case "activation" | "norm" | "init", _:
            return {"model": {**IMAGES["model"], kind: name}}
        case "augment", "colour_jitter":
            coloured = {"data": {**MASKS["data"], "channels": 3}}
            return MASKS | coloured | {"augment": [name]}
        case "augment", _:
            return IMAGES | {"augment": [name]}
        case "preprocess", _:
            return {"preprocess": name}
        case "data", "shapes":
            return MASKS
        case "data", "text_tsv":
            return TEXTS | {"model": "bag_of_embeddings"}
        case "data", _ if name in LABELLED:
            return {"data": {"name": name, **DATA_SAMPLES}}
        case _:
            return ROWS | {kind: name}


def recipe(kind: str, name: str, folder: Path) -> Recipe:
    written = {set_name(case): given for case, (_, given) in write_all(folder).items()}
    for number, pet in itertools.product(range(2, 7), ("cat", "dog")):
        (folder / "pets" / pet / f"{number}.png").write_bytes(image(PIXELS[number]))
    chosen = around(kind, name)
    if kind == "data" and name in written:
        chosen = chosen | {"data": {"name": name, **written[name]}}
    base: dict[str, Any] = {
        "optimizer": {"lr": 0.01},
        "epochs": 2,
        "batch_size": 16,
        "snapshots": {"keep": "all"},
    }
    return Recipe.model_validate(base | chosen)


def trained(chosen: Recipe, folder: Path, resume: Snapshot | None = None) -> list[Event]:
    aim = Objective(metric="val_loss", direction="minimize")
    options: dict[str, Any] = {"objective": aim, "preflight": False, "folder": folder}
    return list(run(chosen, resume=resume, **options))


def tensors(events: list[Event]) -> dict[str, Tensor]:
    last = [event.snapshot for event in events if isinstance(event, Snapshotted)][-1]
    pairs = [(n, state.tensors) for n, state in enumerate(last.states)]
    return {f"{n}.{name}": tensor for n, own in pairs for name, tensor in own.items()}


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_trains_and_goes_on_bit_for_bit(kind: str, name: str, tmp_path: Path) -> None:
    chosen = recipe(kind, name, tmp_path)
    whole = trained(chosen, tmp_path)
    epochs = [event for event in whole if isinstance(event, EpochEnded)]
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert all(epoch.metrics["train_loss"] is not None for epoch in epochs)
    ended = whole[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    ended.checkpoint.model()  # it can be rebuilt from the file alone

    first = next(event.snapshot for event in whole if isinstance(event, Snapshotted))
    again = trained(chosen, tmp_path, Snapshot.from_bytes(first.to_bytes()))
    ours, theirs = tensors(again), tensors(whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_the_schema_of_the_api_lists_it_with_its_settings(kind: str, name: str) -> None:
    definitions = StudyDocument.model_json_schema()["$defs"]
    settings = entries(SETTINGS[kind])[name]
    listed = [d for d in definitions.values() if _is(d, name, settings)]
    assert listed, f"{name} is not in the schema"
    assert set(listed[0]["properties"]) == set(settings.model_fields)
    json.dumps(listed)


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_says_why_it_cannot_be_stacked(kind: str, name: str) -> None:
    """Most can; a reason is a sentence's worth of words."""
    reason = entries(SETTINGS[kind])[name].unstackable
    assert reason is None or len(reason.split()) > 4


def _is(definition: dict[str, Any], name: str, settings: type[Ingredient]) -> bool:
    properties = definition.get("properties", {})
    const = properties.get("name", {}).get("const")
    return const == name and set(properties) == set(settings.model_fields)
