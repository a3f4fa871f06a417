"""Case files: what they become, and what is said of those that cannot be run."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.diagnosis.faults import FaultError
from bench.diagnosis.grammar import GrammarError, Init, Layer, case_of, read

CASE: dict[str, Any] = {
    "id": "one",
    "label": "faulty",
    "config": {
        "data": "digits",
        "layers": ["2x 64 relu", "10 linear"],
        "init": ["he_u", "he_u", "torch"],
        "loss": "ce_logits",
        "optimizer": {"name": "sgd", "lr": "1e-5", "momentum": 0.9},
        "batch_size": 64,
        "epochs": 2,
    },
    "extra": {"freeze_layers": [0], "inject": "never call optimizer.zero_grad()"},
    "expect": {"primary": "lr_too_low", "accept": ["undertrained"], "never": ["overfitting"]},
    "remedy": "anything may stand here",
}


def config(**changed: Any) -> dict[str, Any]:
    return {**CASE, "config": {**CASE["config"], **changed}}


def test_a_case_becomes_what_it_says() -> None:
    case = case_of(CASE)
    assert case.config.layers == (Layer(64, "relu"), Layer(64, "relu"), Layer(10, "linear"))
    assert case.config.init[2] == Init("torch")
    assert case.config.optimizer.lr == 1e-5  # which YAML reads as a text
    assert case.config.extra.fault("no_zero_grad") is not None
    assert case.config.extra.freeze_layers == (0,)
    assert case.expect.right == ("lr_too_low", "undertrained")


def test_one_init_is_for_all_layers() -> None:
    assert case_of(config(init="normal:0.05")).config.init == (Init("normal", 0.05),) * 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"layers": ["64 rellu"]}, "did you mean 'relu'"),
        ({"layers": ["relu 64"]}, "'relu 64' is not '<units> <activation>'"),
        ({"init": ["he_u"]}, "1 entries for 3 layers"),
        ({"init": "normal"}, "normal needs a? ?number"),
        ({"init": "he_u:2"}, "he_u takes no number"),
        ({"optimizer": {"name": "sdg", "lr": 1}}, "did you mean 'sgd'"),
        ({"optimizer": {"name": "sgd"}}, "KeyError: 'lr'|lr"),
        ({"layerz": []}, "did you mean 'layers'"),
        ({"layers": []}, "either `layers` or `model`"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(GrammarError, match=f"one: .*({words})"):
        case_of(config(**changed))


def test_a_fault_that_nobody_knows_is_refused_with_those_known() -> None:
    with pytest.raises(FaultError, match=r"one: inject 'water the flowers' .*zero_grad"):
        case_of({**CASE, "extra": {"inject": "water the flowers"}})


def test_one_bad_case_does_not_keep_the_others_from_running(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    bad = {**config(loss="ce_logits", layers=["x"]), "id": "two"}
    path.write_text(yaml.safe_dump({"cases": [CASE, bad]}), encoding="utf-8")
    found = read([path])
    assert [case.id for case in found.cases] == ["one"]
    assert found.refused[0].startswith("cases.yaml: two: layer 'x'")


def test_ids_are_given_once_and_twins_exist(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(yaml.safe_dump({"cases": [CASE, CASE]}), encoding="utf-8")
    with pytest.raises(GrammarError, match="given twice: one"):
        read([path])
    path.write_text(yaml.safe_dump({"cases": [{**CASE, "twin": "two"}]}), encoding="utf-8")
    with pytest.raises(GrammarError, match="no case is called 'two'"):
        read([path])
