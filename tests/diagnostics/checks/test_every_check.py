"""The contract of a check, over every check there is."""

import ast
import inspect
import json
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import Facts, History, Remedy, Severity, Verdict, diagnose, judge, load_checks
from diagnostics.causes import CAUSES
from diagnostics.check import CHECKS, BadThreshold, Check
from diagnostics.diagnosis import UNKNOWN
from diagnostics.parts import UnknownPart, class_name
from tests.diagnostics.checks.anything import DRAWN, facts, histories, odd
from tests.diagnostics.histories import LEARNS, NOTED, ODD, OWN, SICK, healthy, watched

HEADINGS = ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources")
EVERY = [*CHECKS.names()]

# Check → the cause that it is there for, what else its sick run must be told of (the layer, the
# epoch, the setting), and the epochs after which it first has something to say; -1: it judges
# facts alone. Without a cause it only notes what is worth knowing.
MEANT = {
    "batch_mixing": ("batch_mixing", "40.0 %", 0),
    "best_too_early": (None, "epoch 1 of 20", 18),
    "calibration": (None, "90.0 %", 1),
    "class_balance": ("class_imbalance", "Class 2", 0),
    "clipping_too_often": ("lr_too_low", "100.0 %", 3),
    "confused_classes": (None, "40.0 % of class 3 are taken for class 5", 4),
    "data_signal": ("no_signal_in_inputs", "standard errors above chance", 0),
    "dead_units": ("dead_relu", "`relu`", 0),
    "diverging": ("lr_too_high", "after epoch 2", 1),
    "early_instability": (None, "epoch 1", 2),
    "exploding_gradient": ("exploding_gradient", "`fc1`", 1),
    "gradient_sign": ("gradient_sign_flipped", "cosine -0.90", 1),
    "init_scale": ("init_scale_too_small", "gain 0.010", 0),
    "init_symmetry": ("symmetric_init", "`fc1`", 0),
    "initial_loss": ("bad_initial_loss", "40.0", 0),
    "inputs": ("input_not_normalized", "up to 4000", 0),
    "loss_form": ("loss_reduction_sum", "a sum over the batch", -1),
    "loss_metric_decorrelated": ("loss_metric_decorrelated", "10.0 %", 3),
    "loss_spikes": (None, "20.0 in epoch 15", 6),
    "lr_decay_due": (None, "since epoch 16", 6),
    "lr_decay_too_early": ("lr_decay_too_early", "1e-4 in epoch 3", 4),
    "lr_too_high": ("lr_too_high", "lr 0.1", 1),
    "lr_too_low": ("lr_too_low", "lr 0.1", 2),
    "missing_zero_grad": ("missing_zero_grad", "100.0 %", 1),
    "no_learning": ("no_learning", "no better than without the inputs (2.30)", 4),
    "norm_statistics_mismatch": ("batch_size_too_small", "2 samples", 1),
    "non_finite": ("non_finite", "step 7 of epoch 3", 1),
    "output_activation": ("double_softmax", "end in softmax", -1),
    "overfit_subset": (UNKNOWN, "adam at lr 0.003", 0),
    "overfitting": ("overfitting", "since epoch 5", 5),
    "parameters_not_updated": ("parameters_not_updated", "`fc1`", 0),
    "plateau": ("lr_too_low", "lr 0.1", 5),
    "regularisation_dominates": ("over_regularization", "weight decay 1e-4", 0),
    "saturation": ("saturation", "`tanh`", 0),
    "still_improving": (None, "last 4 epochs", 18),
    "structure": ("hidden_softmax", "`fc1.softmax`", -1),
    "targets": ("target_not_scaled", "about 950", 0),
    "tiny_subset": ("cannot_overfit_tiny_subset", "20 rows", 0),
    "train_eval_mode": ("train_eval_mismatch", "evaluation mode", 1),
    "uncertainty": (None, "70.0 %", 1),
    "underfitting": (None, "twenty rows", 18),
    "update_ratio": ("lr_too_low", "Every layer", 3),
    "validation_suspicious": ("data_leakage", "50.0 %", 0),
    "vanishing_gradient": ("vanishing_gradient", "`fc1`", 0),
    "weights_collapse": ("over_regularization", "`fc1`", 1),
    "zero_gradient_share": ("no_gradient", "`fc1`", 1),
}
# What follows from a fault is named after it where both are seen.
SYMPTOMS_ONLY = {"no_learning", "tiny_subset", "overfit_subset", "exploding_gradient"}


def the_check(name: str) -> Check:
    check: Check = CHECKS.load(name)()
    return check


def begun(history: History, epochs: int) -> History:
    """The same run after so many epochs; -1: not yet looked at."""
    return History(history.facts, {e: row for e, row in history.rows.items() if e <= epochs})


def test_every_check_has_a_run_of_its_own_and_a_cause_unless_it_only_notes() -> None:
    assert sorted([*SICK, *NOTED]) == sorted(MEANT) == EVERY
    assert {name for name, (cause, _, _) in MEANT.items() if cause is None} == set(NOTED)


@pytest.mark.parametrize("name", EVERY)
def test_is_silent_on_a_healthy_run(name: str) -> None:
    for epochs in range(21):
        verdict = the_check(name).judge(healthy(epochs))
        assert verdict.severity in (Severity.PASS, Severity.SKIPPED), verdict
        assert verdict.causes == {}
    assert verdict.severity is Severity.PASS


@pytest.mark.parametrize("name", EVERY)
def test_speaks_on_its_own_run(name: str) -> None:
    history = OWN[name]()
    verdict = the_check(name).judge(history)
    least = Severity.NOTE if name in NOTED else Severity.WARNING
    assert verdict.severity.rank >= least.rank
    assert verdict.remedy is not None
    assert verdict.remedy.text.endswith((".", "?"))
    assert verdict.evidence
    assert verdict.first_epoch is not None
    assert verdict.last_epoch is not None
    assert 0 <= verdict.first_epoch <= verdict.last_epoch <= history.epochs


@pytest.mark.parametrize("name", EVERY)
def test_names_its_cause_and_the_place(name: str) -> None:
    cause, place, _ = MEANT[name]
    verdict = the_check(name).judge(OWN[name]())
    found = diagnose([verdict])
    assert (found[0].cause if found else None) == cause
    assert place in verdict.summary


@pytest.mark.parametrize("name", NOTED)
@pytest.mark.parametrize("sick", SICK)
def test_what_only_notes_speaks_for_no_cause_in_any_run(name: str, sick: str) -> None:
    verdict = the_check(name).judge(OWN[sick]())
    assert verdict.severity.rank <= Severity.NOTE.rank
    assert verdict.causes == {}


@pytest.mark.parametrize("name", sorted(set(SICK) - SYMPTOMS_ONLY))
def test_its_cause_comes_first_whatever_the_other_checks_say(name: str) -> None:
    found = diagnose(judge(OWN[name](), load_checks()))
    assert found[0].cause == MEANT[name][0]
    assert name in [verdict.check for verdict in found[0].verdicts]


@pytest.mark.parametrize("name", ODD)
def test_an_oddity_without_harm_is_at_most_a_note(name: str) -> None:
    verdict = the_check(name).judge(watched(LEARNS, **ODD[name]))
    assert verdict.severity in (Severity.PASS, Severity.NOTE), verdict


@pytest.mark.parametrize("name", EVERY)
def test_skips_a_short_history(name: str) -> None:
    check, first = the_check(name), MEANT[name][2]
    assert check.judge(History()).severity is Severity.SKIPPED
    assert check.judge(History()).summary
    for epochs in range(-1, first):
        verdict = check.judge(begun(OWN[name](), epochs))
        assert verdict.severity is Severity.SKIPPED, verdict
    assert check.judge(begun(OWN[name](), first)).severity is not Severity.SKIPPED


@pytest.mark.parametrize("name", EVERY)
def test_its_verdict_survives_json(name: str) -> None:
    verdict = the_check(name).judge(OWN[name]())
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict


@pytest.mark.parametrize("name", EVERY)
def test_its_page_has_all_headings(name: str) -> None:
    page = CHECKS.load(name).__doc__
    positions = [page.index(f"*{heading}*") for heading in HEADINGS]
    assert positions == sorted(positions)


@pytest.mark.parametrize("name", EVERY)
def test_refuses_bad_thresholds(name: str) -> None:
    kind = CHECKS.load(name)
    for field in fields(kind):
        for bad in (-1, math.nan):
            with pytest.raises(ValueError, match=field.name) as refused:
                kind(**{field.name: bad})
            assert str(bad) in str(refused.value)
        with pytest.raises(BadThreshold, match=name):
            load_checks({name: {field.name: "tiny"}})


@pytest.mark.parametrize("name", EVERY)
def test_is_called_like_its_file(name: str) -> None:
    assert the_check(name).name == name
    assert type(the_check(name)).__name__ == class_name(name)


@pytest.mark.parametrize("name", EVERY)
def test_the_causes_it_writes_are_known(name: str) -> None:
    """Every name that its file gives a probability: a dict of numbers, none of them a setting."""
    module = inspect.getmodule(CHECKS.load(name))
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    named = {
        key.value
        for table in tables
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and _is_probability(value) and "." not in str(key.value)
    }
    assert named <= set(CAUSES)


def _is_probability(value: ast.expr) -> bool:
    branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return all(isinstance(b, ast.Constant) and isinstance(b.value, float) for b in branches)


def assert_sound(verdict: Verdict) -> None:
    assert verdict.summary.endswith("."), verdict
    json.dumps(verdict.to_dict(), allow_nan=False)
    assert set(verdict.causes) <= set(CAUSES), verdict
    assert all(0 < chance < 1 for chance in verdict.causes.values()), verdict
    if verdict.severity.rank >= Severity.WARNING.rank:
        assert verdict.remedy is not None, verdict


def test_all_facts_are_drawn() -> None:
    assert {field.name for field in fields(Facts)} == set(DRAWN)


@given(history=histories())
@settings(max_examples=150, deadline=None)
def test_none_raises_whatever_was_recorded(history: History) -> None:
    for verdict in judge(history, load_checks(profile="full")):
        assert_sound(verdict)


@given(sick=st.sampled_from(sorted(OWN)), data=st.data())
@settings(max_examples=150, deadline=None)
def test_none_raises_on_a_run_with_odd_values_in_it(sick: str, data: st.DataObject) -> None:
    history = OWN[sick]()
    if data.draw(st.booleans()):
        history.facts = data.draw(facts)
    for epoch, signals in data.draw(odd(history)).items():
        history.record(epoch, signals)
    for verdict in judge(history, load_checks(profile="full")):
        assert_sound(verdict)


def test_the_same_history_gives_the_same_verdicts_after_storage() -> None:
    for history in (healthy(), *(make() for make in OWN.values())):
        stored = History.from_dict(json.loads(json.dumps(history.to_dict())))
        assert judge(stored, load_checks()) == judge(history, load_checks())


def test_load_checks_replaces_thresholds() -> None:
    checks = load_checks({"plateau": {"epochs": 9}}, scope="trial")
    assert [check.name for check in checks] == sorted(
        set(EVERY) - {"initial_loss", "overfit_subset"}
    )
    assert next(c for c in checks if c.name == "plateau") == CHECKS.load("plateau")(epochs=9)


def test_a_profile_has_the_checks_it_can_afford() -> None:
    assert load_checks(profile="none") == []
    assert [check.name for check in load_checks(profile="full")] == EVERY
    for check in load_checks(profile="cheap"):
        assert check.profile == "cheap"


def test_load_checks_names_what_is_wrong() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'plateau'"):
        load_checks({"plato": {}})
    with pytest.raises(BadThreshold, match="did you mean 'epochs'") as unknown:
        load_checks({"plateau": {"epoch": 9}})
    assert unknown.value.field == "plateau.epoch"
    with pytest.raises(BadThreshold, match="epochs must be at least 2"):
        load_checks({"plateau": {"epochs": 1}})
    with pytest.raises(UnknownPart, match="did you mean 'cheap'"):
        load_checks(profile="cheep")


def test_a_remedy_is_a_recipe_patch() -> None:
    remedy = the_check("non_finite").judge(OWN["non_finite"]()).remedy
    assert remedy == Remedy("Lower lr (try 0.01), or clip gradients.", {"optimizer.lr": 0.01})


def test_no_remedy_names_an_lr_that_is_not_known() -> None:
    for name, make in OWN.items():
        history = make()
        history.facts = replace(history.facts, lr=None)
        for row in history.rows.values():
            row.pop("lr", None)
        remedy = the_check(name).judge(history).remedy
        assert remedy is None or "–" not in remedy.text, (name, remedy)
        assert remedy is None or None not in remedy.patch.values(), (name, remedy)


def test_default_facts_are_those_of_nobody() -> None:
    assert all(not value for value in vars(Facts()).values())
