"""The whole page: the answer, the causes beside the loss, the verdicts, the curves, the rest."""

from collections.abc import Iterator

from diagnostics import words
from diagnostics.history import Facts, History
from diagnostics.page import cards
from diagnostics.page.chart import Chart, drawn
from diagnostics.page.curves import charts
from diagnostics.page.evidence import of_the_run, written
from diagnostics.page.markup import Html, prose, tag
from diagnostics.page.numbers import numbers
from diagnostics.page.style import STYLE
from diagnostics.report import SIGNS, Report
from diagnostics.verdict import Severity

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'"
FACTS = (  # of the run, that say which one it is, as (field, name)
    ("optimizer", "Optimizer"),
    ("lr", "lr"),
    ("weight_decay", "Weight decay"),
    ("momentum", "Momentum"),
    ("schedule", "Schedule"),
    ("loss", "Loss"),
    ("classes", "Classes"),
    ("batch_size", "Batch size"),
    ("parameters", "Parameters"),
    ("total_steps", "Steps planned"),
)
CURVES = {  # what a chart needs, by the signal that it is drawn from
    "val_loss": "the validation loss (`epoch(val_loss=…)`)",
    "update_ratio": "update ratios and gradient norms (`step(loss)`)",
    "dead_units": "dead units (a model with rectifiers, and `loss_fn` and `sample`)",
}


def document(report: Report) -> str:
    """HTML in one piece: no script, nothing from elsewhere, every text of a user escaped."""
    figures = charts(report.history)
    if report.diagnosis:
        found = (
            _causes(report, figures[:1]),
            *_verdicts(report),
            *_curves(report.history, figures[1:]),
        )
    else:
        found = (*_curves(report.history, figures), *_verdicts(report))
    body = tag("main", _top(report), *found, *_rest(report))
    return f"<!doctype html>\n{tag('html', _head(report), tag('body', body), lang='en')}\n"


def _head(report: Report) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", report.headline),
        tag("style", Html(STYLE)),
    )


def _top(report: Report) -> Html:
    worst = report.verdicts[0].severity if report.verdicts else Severity.SKIPPED
    sign = Severity.PASS if report.healthy else worst
    return tag(
        "header",
        tag(
            "h1",
            tag("span", SIGNS[sign], class_=sign.value, aria_hidden="true"),
            " ",
            report.headline,
        ),
        tag("p", prose(report.reason), class_="answer"),
        _facts(report.history.facts),
    )


def _facts(facts: Facts) -> Html | None:
    known = [
        tag("div", tag("dt", name), tag("dd", tag("bdi", _fact(value))))
        for field, name in FACTS
        if (value := getattr(facts, field)) is not None
    ]
    return tag("dl", *known, class_="facts") if known else None


def _fact(value: object) -> str:
    if isinstance(value, int):
        return written(value)
    return words.setting(value) if isinstance(value, float) else str(value)


def _causes(report: Report, beside: list[Chart]) -> Html:
    """And beside them what is most telling."""
    where = cards.places(report)
    items = (
        cards.cause(found, where, first=number == 0)
        for number, found in enumerate(report.diagnosis)
    )
    title = tag("h2", "Causes, the likeliest first")
    causes = tag("section", title, tag("ol", *items, class_="causes"))
    numbers_of_it = cards.table(of_the_run(report.told), "How the run went")
    run = tag("section", tag("h2", "The run"), *map(drawn, beside), numbers_of_it)
    return tag("div", causes, run if beside or numbers_of_it else None, class_="pair")


def _verdicts(report: Report) -> Iterator[Html]:
    where = cards.places(report)
    if report.told:
        shared = of_the_run(report.told) if report.diagnosis else {}
        found = (cards.card(verdict, where[id(verdict)], shared) for verdict in report.told)
        title = tag("h2", "Verdicts, the worst first")
        yield tag("section", title, tag("div", *found, class_="cards"))


def _curves(history: History, figures: list[Chart]) -> Iterator[Html]:
    missing = [need for signal, need in CURVES.items() if not _measured(history, signal)]
    want = f"Not measured: {'; '.join(missing)}." if missing else ""
    if history.epochs == 0:
        want = "Curves over epochs are drawn of what `Monitor` watches, from its first epoch on."
    if not figures and not want:
        return
    yield tag(
        "section",
        tag("h2", "Curves"),
        tag("div", *map(drawn, figures), class_="charts") if figures else None,
        tag("p", prose(want), class_="quiet") if want else None,
        numbers(history),
    )


def _measured(history: History, signal: str) -> bool:
    return any(signal in row for row in history.rows.values())


def _rest(report: Report) -> Iterator[Html]:
    """What needs no attention, folded."""
    passed, skipped = (report.of_severity(each) for each in (Severity.PASS, Severity.SKIPPED))
    folds = [
        tag(
            "details",
            tag("summary", tag("span", SIGNS[severity], class_=severity.value), f" {said}"),
            cards.listed(found),
        )
        for severity, found, said in (
            (Severity.PASS, passed, f"{words.count(len(passed), 'check')} passed"),
            (Severity.SKIPPED, skipped, f"{words.count(len(skipped), 'check')} skipped, and why"),
        )
        if found
    ]
    if folds:
        yield tag("section", tag("h2", "The other checks"), *folds)
