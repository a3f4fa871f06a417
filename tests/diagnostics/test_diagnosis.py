import itertools
import json
import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import Severity, Verdict, diagnose
from diagnostics.causes import CAUSES
from diagnostics.diagnosis import LEAST, MOST, REST, SURE, SYMPTOMS, UNKNOWN

ROOT, OTHER_ROOT = "double_softmax", "loss_reduction_sum"
SYMPTOM = "vanishing_gradient"


def warning(causes: dict[str, float], check: str = "a") -> Verdict:
    return Verdict(check, Severity.WARNING, "Said.", causes=causes)


def note(causes: dict[str, float], check: str = "b") -> Verdict:
    return Verdict(check, Severity.NOTE, "Said.", causes=causes)


def test_no_warning_no_diagnosis() -> None:
    assert diagnose([]) == ()
    assert diagnose([note({ROOT: 0.99}), Verdict("c", Severity.PASS, "Fine.")]) == ()


def test_two_verdicts_are_taken_as_independent() -> None:
    (found,) = diagnose([warning({ROOT: 0.5}, "a"), warning({ROOT: 0.4}, "b")])
    assert found.cause == ROOT
    assert found.confidence == pytest.approx(1 - 0.5 * 0.6)
    assert [verdict.check for verdict in found.verdicts] == ["a", "b"]


def test_a_note_lends_its_weight_once_something_worries() -> None:
    with_note = diagnose([warning({ROOT: 0.5}), note({ROOT: 0.4})])
    assert with_note[0].confidence == pytest.approx(0.7)


def test_the_strongest_verdict_comes_first() -> None:
    found = diagnose([warning({ROOT: 0.3}, "a"), note({ROOT: 0.8}, "b")])
    assert [verdict.check for verdict in found[0].verdicts] == ["b", "a"]


def test_a_fault_that_was_seen_explains_its_symptoms() -> None:
    said = [warning({SYMPTOM: 0.9, ROOT: SURE})]
    found = {cause.cause: cause.confidence for cause in diagnose(said)}
    assert list(found) == [ROOT, SYMPTOM]
    assert found[SYMPTOM] == pytest.approx(0.9 * REST)


def test_a_fault_that_is_only_likely_explains_nothing() -> None:
    found = diagnose([warning({SYMPTOM: 0.9, ROOT: SURE - 0.01})])
    assert [cause.cause for cause in found] == [SYMPTOM, ROOT]


def test_symptoms_alone_keep_their_weight() -> None:
    found = diagnose([warning({SYMPTOM: 0.9, "dead_relu": 0.5})])
    assert [cause.confidence for cause in found] == pytest.approx([0.9, 0.5])


def test_what_is_unlikely_is_not_named_and_where_nothing_is_likely_that_is_said() -> None:
    unsure = warning({ROOT: LEAST - 0.01})
    assert diagnose([unsure])[0].cause == UNKNOWN
    assert diagnose([unsure])[0].verdicts == (unsure,)
    assert diagnose([warning({ROOT: LEAST})])[0].cause == ROOT
    assert diagnose([warning({})])[0].cause == UNKNOWN


def test_the_unknown_cause_is_named_only_where_no_other_is() -> None:
    found = diagnose([warning({UNKNOWN: 0.9, ROOT: 0.3})])
    assert [cause.cause for cause in found] == [ROOT]
    assert diagnose([warning({UNKNOWN: 0.9})])[0].confidence == 0.9


def test_five_causes_are_enough() -> None:
    many = {name: 0.3 + 0.01 * n for n, name in enumerate(itertools.islice(CAUSES, 9))}
    found = diagnose([warning(many)])
    assert len(found) == MOST
    assert [c.cause for c in found] == [*reversed(many)][:MOST]


def test_the_symptoms_are_known_causes() -> None:
    assert set(CAUSES) >= SYMPTOMS
    assert UNKNOWN in CAUSES


def test_a_cause_is_json() -> None:
    (found,) = diagnose([warning({ROOT: 1 / 3})])
    assert json.loads(json.dumps(found.to_dict())) == {
        "cause": ROOT,
        "confidence": 0.333,
        "checks": ["a"],
    }


verdicts = st.lists(
    st.builds(
        Verdict,
        st.sampled_from("abcdef"),
        st.sampled_from(Severity),
        st.just("Said."),
        causes=st.dictionaries(st.sampled_from(sorted(CAUSES)), st.floats(0.01, 0.99), max_size=4),
    ),
    max_size=6,
)


@given(verdicts)
def test_the_ranking_equals_its_slow_twin(said: list[Verdict]) -> None:
    chances = {
        name: 1 - math.prod(1 - v.causes[name] for v in said if name in v.causes)
        for name in {name for v in said for name in v.causes}
    }
    seen = any(p >= SURE for name, p in chances.items() if name not in SYMPTOMS)
    kept = {n: p * REST if seen and n in SYMPTOMS else p for n, p in chances.items()}
    named = {n: p for n, p in kept.items() if p >= LEAST}
    known = {n: p for n, p in named.items() if n != UNKNOWN} or named
    likely = sorted(known.values(), reverse=True)[:MOST]
    found = diagnose(said)
    if all(v.severity in ("skipped", "pass", "note") for v in said):
        assert found == ()
        return
    if not likely:
        assert [cause.cause for cause in found] == [UNKNOWN]
        return
    assert [cause.confidence for cause in found] == pytest.approx(likely)
    assert all(kept[c.cause] == pytest.approx(c.confidence) for c in found)
    assert all(c.cause in v.causes for c in found for v in c.verdicts)


@given(verdicts, st.randoms(use_true_random=False))
def test_the_order_of_the_verdicts_does_not_matter(said: list[Verdict], random: Random) -> None:
    shuffled = [*said]
    random.shuffle(shuffled)
    before = sorted(c.confidence for c in diagnose(said))
    assert sorted(c.confidence for c in diagnose(shuffled)) == pytest.approx(before)
