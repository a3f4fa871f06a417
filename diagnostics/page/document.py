"""The whole page: the answer, the causes beside the loss, the verdicts, the curves, the rest."""

from collections.abc import Iterator

from diagnostics import words
from diagnostics.history import Facts, History
from diagnostics.page import cards
from diagnostics.page.chart import Chart, drawn
from diagnostics.page.curves import charts
from diagnostics.page.evidence import written
from diagnostics.page.markup import Html, joined, prose, tag
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
    body = tag(
        "main",
        _top(report),
        *_overview(report, figures[:1]),
        *_verdicts(report),
        *_curves(report.history, figures[1:]),
        *_rest(report),
    )
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


def _overview(report: Report, first: list[Chart]) -> Iterator[Html]:
    """The causes, and beside them what is most telling."""
    causes = tag("section", tag("h2", "Causes, the likeliest first"), _causes(report))
    beside = joined(drawn(chart) for chart in first)
    if report.diagnosis:
        yield tag("div", causes, tag("section", tag("h2", "The run"), beside), class_="pair")
    elif first:
        yield tag("section", tag("h2", "The run"), beside)


def _causes(report: Report) -> Html:
    where = cards.places(report)
    items = (
        cards.cause(found, where, first=number == 0)
        for number, found in enumerate(report.diagnosis)
    )
    return tag("ol", *items, class_="causes")


def _verdicts(report: Report) -> Iterator[Html]:
    where = cards.places(report)
    told = report.of_severity(*cards.TOLD)
    if told:
        found = (cards.card(verdict, where[id(verdict)]) for verdict in told)
        title = tag("h2", "Verdicts, the worst first")
        yield tag("section", title, tag("div", *found, class_="cards"))


def _curves(history: History, figures: list[Chart]) -> Iterator[Html]:
    missing = [need for signal, need in CURVES.items() if not _measured(history, signal)]
    want = f"Not measured: {'; '.join(missing)}." if missing else ""
    if history.epochs == 0:
        want = "Curves are drawn of what `Monitor` has watched, after its first epoch."
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
        tag("details", tag("summary", cards.mark(severity), " ", f"{said}"), cards.listed(found))
        for severity, found, said in (
            (Severity.PASS, passed, f"{words.count(len(passed), 'check')} found nothing"),
            (Severity.SKIPPED, skipped, f"{words.count(len(skipped), 'check')} not made"),
        )
        if found
    ]
    if folds:
        yield tag("section", tag("h2", "The other checks"), *folds)
