"""`/access`: who may do what, the tokens, and the webhooks."""

from collections.abc import Mapping
from datetime import datetime

from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from service import roles
from service.dashboard import words
from service.dashboard.access_views import (
    AccessPage,
    Happening,
    RoleLine,
    TokenLine,
    WebhookLine,
)
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.deps import GrantOf, Reading, SettingsOf
from service.roles import Grant
from service.store import tokens, webhooks
from service.store.webhooks import MOST, MOST_FAILURES
from service.tables import ROLES, TokenRow, Webhook, now
from service.webhooks import KINDS

TOKENS = 100  # in one page of the list

MAY = {
    "viewer": "read every study, trial and verdict",
    "submitter": "also submit, change and repair studies and trials",
    "worker": "read, and train trials",
    "admin": "do everything, and make tokens and webhooks",
}
LIFETIMES = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"))
HAPPENS = {
    "study_created": "a study is submitted",
    "study_changed": "a study is paused, resumed, cancelled or edited",
    "study_complete": "a study is complete",
    "study_deleted": "a study is deleted",
    "trials_enqueued": "trials are added by hand or as a repair",
    "trial_complete": "a trial is complete",
    "trial_pruned": "a stopping rule prunes a trial",
    "trial_infeasible": "a trial is infeasible, for instance diverged",
    "trial_failed": "a trial fails: its recipe or code is wrong",
    "trial_cancelled": "a trial is cancelled",
    "attempt_lost": "a worker is lost with its trials",
    "verdict": "a check warns or finds something fatal",
}
CHOSEN = ("study_complete", "trial_infeasible", "trial_failed")

router = router_of()


@router.get("/access")
def access(
    session: Reading, settings: SettingsOf, grant: GrantOf, cursor: str | None = None
) -> HTMLResponse:
    return page("access.html", access_page(session, settings.host, grant, cursor))


def access_page(session: Session, host: str, grant: Grant, cursor: str | None) -> AccessPage:
    """What the holder of this grant may see of it."""
    admin = grant.role == "admin"
    listed = tokens.listed(session, cursor=cursor, limit=TOKENS) if admin else None
    hooks = webhooks.listed(session, cursor=None, limit=MOST).items if admin else ()
    return AccessPage(
        answer=_answer(grant, host, tokens.valid(session)),
        name=grant.name,
        may=f"{roles.owner(grant.role)} token: it may {MAY[grant.role].removeprefix('also ')}",
        admin=admin,
        signed_in=grant.by_cookie,
        roles=tuple(RoleLine(role, MAY[role]) for role in ROLES),
        lifetimes=LIFETIMES,
        tokens=tuple(map(_token, listed.items)) if listed else (),
        next=listed.next if listed else None,
        webhooks=tuple(map(_webhook, hooks)),
        happenings=tuple(Happening(kind, HAPPENS[kind], kind in CHOSEN) for kind in KINDS),
    )


def _answer(grant: Grant, host: str, valid: Mapping[str, int]) -> str:
    number = sum(valid.values())
    if grant.source == "open":
        said = f"Everybody on this machine may do everything: the service listens on `{host}` alone"
        said += " and asks for no token, since `SITTER_TOKEN` is not set."
        return f"{said} Until it is, the tokens below open nothing more." if number else said
    if grant.role != "admin":
        return "Every request needs a token; admins make them here, and webhooks."
    if not number:
        return (
            "Every request needs a token, and `SITTER_TOKEN` is the only one. Make one for each "
            "person and machine: each can then be revoked by itself."
        )
    by_role = ", ".join(words.counted(valid[role], role) for role in ROLES if role in valid)
    return f"Every request needs a token: `SITTER_TOKEN`, or one that was made here ({by_role})."


def _token(row: TokenRow) -> TokenLine:
    expired = row.expires_at is not None and row.expires_at <= now()
    return TokenLine(
        id=row.id,
        name=row.name,
        role=row.role,
        created=_day(row.created_at),
        used=words.moment(row.last_used_at) if row.last_used_at else "never",
        expires=_day(row.expires_at) if row.expires_at else "never",
        expired=expired,
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _webhook(row: Webhook) -> WebhookLine:
    return WebhookLine(
        id=row.id,
        url=row.url,
        events=", ".join(row.events),
        state=_state(row),
        tried=words.moment(row.tried_at) if row.tried_at else "",
        said=_said(row),
    )


def _state(row: Webhook) -> str:
    if row.state == "disabled":
        return "disabled"
    if row.failures:
        return "failing"
    return "working" if row.tried_at else "new"


def _said(row: Webhook) -> str:
    said = words.capital(row.said or "Nothing has been sent yet")
    if row.state == "disabled":
        tries = f" after {row.failures} failed tries" if row.failures >= MOST_FAILURES else ""
        return f"{said}. Disabled{tries}; a test that arrives opens it again."
    if row.next_try_at is not None:
        tries = words.counted(row.failures, "failed try", "failed tries")
        return f"{said}. {tries}; the next at {row.next_try_at:%H:%M} UTC."
    return f"{said}."
