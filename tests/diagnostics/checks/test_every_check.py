"""The contract of a check, over every check there is."""

import json
import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import Facts, History, Remedy, Severity, Verdict, judge, load_checks
from diagnostics.check import CHECKS, BadThreshold, Check
from diagnostics.parts import UnknownPart, class_name
from diagnostics.signals import SIGNALS, Grain
from tests.diagnostics.histories import SICK, healthy

HEADINGS = ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources")
EVERY = [*CHECKS.names()]

numbers = st.one_of(st.none(), st.floats(width=64), st.sampled_from([0.0, -1.0, 1e-320, 1e308]))
values = {
    Grain.SCALAR: numbers,
    Grain.LAYER: st.dictionaries(st.sampled_from(["a", "b", "c.d"]), numbers, max_size=3),
    Grain.STEPS: st.lists(numbers, max_size=9),
}
rows = st.fixed_dictionaries({}, optional={n: values[s.grain] for n, s in SIGNALS.items()})
facts = st.builds(
    Facts,
    classes=st.one_of(st.none(), st.integers(1, 1000)),
    loss=st.sampled_from([None, "cross_entropy", "binary_cross_entropy", "mse_loss"]),
    lr=st.one_of(st.none(), st.floats(1e-12, 1e12)),
    weight_decay=st.one_of(st.none(), st.floats(0, 1)),
    schedule=st.sampled_from([None, "constant", "step", "cosine"]),
    epochs=st.one_of(st.none(), st.integers(1, 50)),
    batch_size=st.one_of(st.none(), st.integers(1, 512)),
    subset_lr=st.one_of(st.none(), st.floats(1e-6, 1)),
)
histories = st.builds(History, facts, st.dictionaries(st.integers(0, 12), rows, max_size=13))


def the_check(name: str) -> Check:
    check: Check = CHECKS.load(name)()
    return check


@pytest.mark.parametrize("name", EVERY)
def test_is_silent_on_a_healthy_run(name: str) -> None:
    for epochs in range(21):
        verdict = the_check(name).judge(healthy(epochs))
        assert verdict.severity in (Severity.PASS, Severity.SKIPPED), verdict
    assert verdict.severity is Severity.PASS


@pytest.mark.parametrize("name", EVERY)
def test_speaks_on_its_own_sick_run(name: str) -> None:
    verdict = the_check(name).judge(SICK[name]())
    assert verdict.severity.rank >= Severity.WARNING.rank
    assert verdict.remedy is not None
    assert verdict.remedy.text.endswith(".")
    assert verdict.evidence
    assert verdict.first_epoch is not None
    assert verdict.last_epoch is not None


@pytest.mark.parametrize("name", EVERY)
def test_skips_an_empty_history(name: str) -> None:
    verdict = the_check(name).judge(History())
    assert verdict.severity is Severity.SKIPPED
    assert verdict.summary


@pytest.mark.parametrize("name", EVERY)
def test_its_verdict_survives_json(name: str) -> None:
    verdict = the_check(name).judge(SICK[name]())
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


@pytest.mark.parametrize("name", EVERY)
def test_is_called_like_its_file(name: str) -> None:
    assert the_check(name).name == name
    assert type(the_check(name)).__name__ == class_name(name)


@pytest.mark.parametrize("name", EVERY)
@given(history=histories)
@settings(max_examples=150, deadline=None)
def test_never_raises(name: str, history: History) -> None:
    verdict = the_check(name).judge(history)
    assert verdict.summary.endswith(".")
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_the_same_history_gives_the_same_verdicts_after_storage() -> None:
    stored = History.from_dict(json.loads(json.dumps(healthy().to_dict())))
    assert judge(stored, load_checks()) == judge(healthy(), load_checks())


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
    with pytest.raises(BadThreshold, match="update_ratio"):
        load_checks({"update_ratio": {"low": "tiny"}})


def test_a_remedy_is_a_recipe_patch() -> None:
    remedy = the_check("non_finite").judge(SICK["non_finite"]()).remedy
    assert remedy == Remedy("Lower lr (try 0.01), or clip gradients.", {"optimizer.lr": 0.01})
