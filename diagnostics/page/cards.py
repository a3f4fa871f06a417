"""Verdicts and causes on the page: the sentence, the numbers behind it, what to do."""

from collections.abc import Mapping

from diagnostics.diagnosis import Cause
from diagnostics.page import evidence
from diagnostics.page.check_text import doubt, folded
from diagnostics.page.markup import Html, prose, tag
from diagnostics.report import SIGNS, Report, meaning
from diagnostics.verdict import Severity, Verdict

Places = Mapping[int, str]  # id() of a verdict → the name of its card in the page


def places(report: Report) -> Places:
    """Names that no text of a user is part of."""
    return {id(v): f"verdict-{n}" for n, v in enumerate(report.told, 1)}


def mark(severity: Severity) -> Html:
    """Sign and word."""
    sign = tag("span", SIGNS[severity], aria_hidden="true")
    return tag("span", sign, f" {severity.value}", class_=f"mark {severity.value}")


def card(verdict: Verdict, place: str, told: Mapping[str, object]) -> Html:
    """A verdict with all that it says, but for the numbers that are `told` elsewhere."""
    remedy = verdict.remedy
    own = {key: value for key, value in verdict.evidence.items() if key not in told}
    return tag(
        "article",
        tag("h3", mark(verdict.severity), " ", tag("bdi", verdict.check), _when(verdict)),
        tag("p", prose(verdict.summary)),
        tag("p", tag("strong", "What to do: "), prose(remedy.text)) if remedy else None,
        _patch(remedy.patch) if remedy and remedy.patch else None,
        table(own, f"Evidence of {verdict.check}"),
        folded(verdict.check),
        id=place,
        class_=f"card {verdict.severity.value}",
    )


def cause(found: Cause, where: Places, *, first: bool) -> Html:
    """A cause with the verdicts that speak for it; of the first, doubts are not folded."""
    doubts = doubt(found.verdicts[0].check) if found.verdicts else ""
    share = f"width: {100 * found.confidence:.0f}%"
    return tag(
        "li",
        tag("div", f"{found.confidence:.2f}", class_="confidence"),
        tag(
            "div",
            tag("h3", meaning(found), " ", tag("code", found.cause)),
            tag("div", tag("i", style=share), class_="meter", aria_hidden="true"),
            tag("p", "Said by ", *_voices(found, where), ".") if found.verdicts else None,
            _doubts(doubts, first) if doubts else None,
        ),
    )


def listed(verdicts: tuple[Verdict, ...]) -> Html:
    """A row for each: check and sentence."""
    rows = (
        tag("tr", tag("th", tag("bdi", v.check), scope="row"), tag("td", prose(v.summary)))
        for v in verdicts
    )
    return tag("div", tag("table", tag("tbody", *rows)), class_="scroll")


def _voices(found: Cause, where: Places) -> list[Html]:
    """Each check, the strongest first, with how sure it is by itself where others speak too."""
    voices = []
    for number, verdict in enumerate(found.verdicts):
        place = where.get(id(verdict))
        name = tag("a", verdict.check, href=f"#{place}") if place else tag("bdi", verdict.check)
        sure = verdict.causes.get(found.cause)
        alone = len(found.verdicts) == 1 or sure is None
        said = [Html("" if not number else ", "), mark(verdict.severity), Html(" "), name]
        voices += said if alone or sure is None else [*said, tag("span", f" ({sure:.2f})")]
    return voices


def _doubts(text: str, open_: bool) -> Html:
    return tag(
        "details",
        tag("summary", "What would prove it wrong"),
        tag("p", prose(text, strong=True)),
        open=open_,
    )


def _when(verdict: Verdict) -> Html | None:
    first, last = verdict.first_epoch, verdict.last_epoch
    if first is None or last is None:
        return None
    if last == 0:
        said = "before training"
    else:
        said = f"epoch {last}" if first == last else f"epochs {first}–{last}"
    return tag("span", f" {said}", class_="quiet")


def _patch(patch: Mapping[str, object]) -> Html:
    return tag(
        "div",
        tag("p", "The same as a change of the recipe:", class_="quiet"),
        tag("pre", tag("code", evidence.patch_text(patch)), tabindex=0),
    )


def table(numbers: Mapping[str, object], caption: str) -> Html | None:
    """Names and values; None where there are none."""
    rows = [_row(row) for row in evidence.rows(numbers)]
    if not rows:
        return None
    title = tag("caption", caption, class_="unseen")
    return tag("table", title, tag("tbody", *rows), class_="evidence")


def _row(row: evidence.Row) -> Html:
    """What has only entries of its own below it is as wide as the table."""
    name = tag("bdi", row.name)
    if not row.value:
        return tag("tr", tag("th", name, scope="rowgroup", colspan=2))
    head = tag("th", name, scope="row", class_="inner" if row.inner else None)
    return tag("tr", head, tag("td", tag("bdi", row.value), class_="number"))
