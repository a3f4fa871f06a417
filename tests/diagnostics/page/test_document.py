"""The page as a whole: answers first, needs nothing, says everything, believes nobody."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import Facts, History, Remedy, Severity, Verdict, judge, load_checks
from diagnostics.causes import CAUSES
from diagnostics.history import SignalValue
from diagnostics.page import document
from diagnostics.report import SIGNS, Report
from tests.diagnostics.histories import FACTS, SICK, healthy
from tests.diagnostics.page.reading import Reading, read

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title></svg><b>",
    "`code` & *strong* &amp;",
    "' onmouseover='alert(1)",
    "\u202egnol\x00",
    "long" * 100,
)
HARMLESS = {"div", "span", "p", "a", "i", "em", "strong", "code", "pre", "bdi", "h1", "h2", "h3"}
HARMLESS |= {"h4", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th"}
HARMLESS |= {"td", "details", "summary", "figure", "figcaption", "article", "section", "header"}
HARMLESS |= {"main", "html", "head", "body", "title", "style", "meta", "svg", "g", "path", "rect"}


def judged(history: History, *more: Verdict) -> Report:
    verdicts = judge(history, load_checks(profile="full"))
    return Report.of([*verdicts, *more], history.epochs, history)


def page(report: Report) -> Reading:
    return read(document(report))


def layered(names: tuple[str, ...], epochs: int = 4) -> History:
    """A run in which every layer has all that is measured by layer."""
    history = History(FACTS)
    signals = ("update_ratio", "gradient_norm", "weight_norm", "dead_units", "activation_rms")
    for epoch in range(epochs + 1):
        row: dict[str, SignalValue] = {
            signal: dict.fromkeys(names, 0.5 ** (epoch + 1)) for signal in signals
        }
        history.record(epoch, {"train_loss": 2.0 / (epoch + 1), "lr": 0.1, **row})
    return history


def assert_harmless(reading: Reading) -> None:
    assert {e.name for e in reading.elements} <= HARMLESS
    for element in reading.elements:
        assert not [key for key in element.attributes if key.startswith("on") or key == "src"]
        assert element.attributes.get("href", "#").startswith("#")


@pytest.mark.parametrize("name", sorted(SICK))
def test_a_sick_run_is_answered_first(name: str) -> None:
    report = judged(SICK[name]())
    reading = page(report)
    assert report.headline in reading.one("h1").text
    answer = reading.one("p", "answer").text
    assert " ".join(report.reason.replace("`", "").split()) == answer
    body = reading.one("body").text
    places = [body.index(part) for part in (report.headline, answer, "Causes, the likeliest")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", sorted(SICK))
def test_needs_nothing_and_runs_nothing(name: str) -> None:
    text = document(judged(SICK[name]()))
    assert_harmless(read(text))
    policy = next(e for e in read(text).all("meta") if "http-equiv" in e.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'")
    assert "url(" not in text
    assert "://" not in text
    assert "@import" not in text


@pytest.mark.parametrize("name", [*sorted(SICK), "healthy"])
def test_no_number_is_nan_and_none_is_told(name: str) -> None:
    history = healthy() if name == "healthy" else SICK[name]()
    reading = page(judged(history))
    shown = [
        e.text for kind in ("td", "span", "dd", "title", "figcaption") for e in reading.all(kind)
    ]
    assert shown
    odd = re.compile(r"\bnan\b|\binf\b|\bNone\b|\d{8}", re.IGNORECASE)
    assert not [text for text in shown if odd.search(text)]


def test_every_cause_is_told_with_what_it_means_and_who_says_so() -> None:
    verdict = Verdict(
        "lr_too_high", Severity.WARNING, "Shot up.", causes=dict.fromkeys(list(CAUSES)[:4], 0.5)
    )
    other = Verdict("plateau", Severity.WARNING, "Flat.", causes={list(CAUSES)[3]: 0.8})
    report = Report.of([verdict, other], 5)
    items = page(report).one("ol", "causes").text
    for cause in report.diagnosis:
        assert CAUSES[cause.cause] in items
        assert cause.cause in items
        assert f"{cause.confidence:.2f}" in items
    assert "Said by ▲ warning plateau (0.80), ▲ warning lr_too_high (0.50)." in items
    assert "What would prove it wrong" in items
    assert "A high lr with a good end" in items


def test_a_verdict_is_told_in_full() -> None:
    remedy = Remedy("Lower lr.", {"optimizer.lr": 1e-7, "model.activation": {"name": "elu"}})
    evidence = {"train_loss": 3.14159, "dead_units": {"0": 0.25}, "missing": None, "steps_seen": 9}
    verdict = Verdict("update_ratio", Severity.WARNING, "Layer `fc1` runs.", evidence, remedy, 2, 7)
    reading = page(Report.of([verdict], 9))
    card = reading.one("article").text
    for said in ("▲ warning", "update_ratio", "epochs 2–7", "Layer fc1 runs.", "Lower lr."):
        assert said in card
    assert reading.one("pre").text == ('optimizer.lr: 1.0e-07\nmodel.activation: {"name": "elu"}')
    rows = [row.text for row in reading.all("tr")]
    assert "Mean training loss over the epoch's steps3.14 nat" in rows
    assert "layer 00.25" in rows
    assert "Steps seen9" in rows
    assert not any("Missing" in row for row in rows)
    for heading in ("Sees", "Why it matters", "When it is wrong", "What to do", "Sources"):
        assert heading in [e.text for e in reading.all("h4")]


@pytest.mark.parametrize("severity", [Severity.NOTE, Severity.WARNING, Severity.FATAL])
def test_a_severity_is_sign_and_word(severity: Severity) -> None:
    reading = page(Report.of([Verdict("plateau", severity, "Flat.")], 3))
    assert reading.one("article", severity.value).text.startswith(
        f"{SIGNS[severity]} {severity.value}"
    )


def test_what_needs_no_attention_is_folded() -> None:
    fine = Verdict("plateau", Severity.PASS, "It is not flat.")
    silent = Verdict("inputs", Severity.SKIPPED, "No sample.")
    reading = page(Report.of([fine, fine, silent], 3))
    passed, skipped = reading.all("details")
    assert "2 checks passed" in passed.text
    assert passed.text.count("plateauIt is not flat.") == 2
    assert "1 check skipped" in skipped.text
    assert "inputsNo sample." in skipped.text
    assert not reading.all("article")


def test_numbers_of_the_outcome_are_told_once_beside_the_causes() -> None:
    outcome = {"train_loss": 2.5, "baseline_loss": 2.3, "gain": -0.1, "harm": "failed"}
    found = [
        Verdict(check, Severity.WARNING, "Bad.", {"own": 1.0, **outcome}, causes={"dead_relu": 0.5})
        for check in ("inputs", "dead_units")
    ]
    reading = page(Report.of(found, 5))
    assert reading.one("body").text.count("nothing was learned") == 1
    assert "nothing was learned" not in "".join(e.text for e in reading.all("article"))
    other = Verdict("x", Severity.WARNING, "Bad.", outcome | {"gain": 0.3})
    assert page(Report.of([*found, other], 5)).one("body").text.count("nothing was learned") == 3


def test_links_lead_to_the_cards() -> None:
    reading = page(judged(SICK["diverging"]()))
    ids = [e.attributes["id"] for e in reading.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    links = {e.attributes["href"][1:] for e in reading.all("a")}
    assert links
    assert links <= set(ids)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_they_are(text: str) -> None:
    verdict = Verdict(
        text,
        Severity.WARNING,
        text,
        {text: text, "inner": {text: 1.0}, "listed": [text]},
        Remedy(text, {text: text}),
        causes={text: 0.9},
    )
    history = layered((text, "fc2"))
    history.facts = Facts(optimizer=text, schedule=text, loss=text, classes=10)
    reading = page(judged(history, verdict))
    assert_harmless(reading)
    told = [_flat(e.text).count(_flat(text)[:100]) for e in reading.all("article")]
    assert max(told) >= 8  # name, sentence, evidence and its names, advice, patch


def _flat(text: str) -> str:
    """Without line breaks, and without the backticks that make code of what is between them."""
    return "".join(text.replace("`", "").split())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=9, unique=True), st.text(max_size=80))
def test_any_text_leaves_the_page_whole(names: list[str], said: str) -> None:
    verdict = Verdict(said, Severity.FATAL, said, {said: {said: said}}, Remedy(said, {said: said}))
    assert_harmless(page(judged(layered(tuple(names)), verdict)))


def test_lone_surrogates_can_be_saved(tmp_path: object) -> None:
    report = Report.of([Verdict("x", Severity.NOTE, "\ud800bad")], 1)
    saved = report.save(f"{tmp_path}/run.html").read_text(encoding="utf-8")
    assert "?bad" in saved
    assert '"\\ud800bad"' in report.save(f"{tmp_path}/run.json").read_text(encoding="utf-8")


def test_nothing_at_all_is_a_page() -> None:
    reading = page(Report.of([], 0))
    assert "Nothing judged before training" in reading.one("h1").text
    assert "from its first epoch on" in reading.one("body").text


def test_what_is_not_drawn_is_said() -> None:
    history = History()
    history.record(1, {"train_loss": 2.0})
    assert "Not measured: the validation loss" in page(judged(history)).one("body").text
    assert "Not measured" not in page(judged(_complete())).one("body").text


def _complete() -> History:
    history = layered(("fc1", "fc2"))
    history.record(4, {"val_loss": 1.0})
    return history


def test_of_many_epochs_some_are_told_and_the_last() -> None:
    history = layered(("fc1",), epochs=240)
    reading = page(judged(history))
    numbers = next(e for e in reading.all("details") if "The numbers by epoch" in e.text)
    assert "one in 5" in numbers.text
    epochs = [int(e.text) for e in reading.all("th", "number") if e.text.isdecimal()]
    assert epochs[0] == 1
    assert epochs[-1] == 240
    assert len(epochs) <= 51
    assert all(a < b for a, b in pairwise(epochs))


def test_a_long_run_of_a_deep_model_stays_small() -> None:
    text = document(judged(layered(tuple(f"block{n}.conv" for n in range(100)), epochs=1000)))
    assert len(text) < 3_000_000
