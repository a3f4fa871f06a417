"""The typed client: what the CLI, the workers and notebooks talk to the service with.

sitter = Sitter()                       # SITTER_URL, or http://127.0.0.1:8321
study = sitter.submit({"name": "digits", "space": {...}})
print(sitter.study(study.id).best)
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import yaml
from pydantic_core import to_json
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from sitter import answers
from sitter.errors import LeaseLost, Refused, SitterError, Unreachable
from sitter.parcel import TrialFile, parcels

DEFAULT_URL = "http://127.0.0.1:8321"
TIMEOUT_SECONDS = 30.0  # of one answer; waiting for work comes on top
LONGEST_PAUSE_SECONDS = 2.0  # between two tries
BUSY = frozenset({502, 503, 504})  # a proxy's way of saying that the service restarts

JSON = {"Content-Type": "application/json"}

Answer = TypeVar("Answer", bound=answers.Answer)


class Sitter:
    """A connection to one service. Threads may share it.

    `patience` is how long a request is tried again while nobody answers, in seconds. Raises
    Unreachable after that, and Refused where the service says no.
    """

    def __init__(
        self, url: str | None = None, *, token: str | None = None, patience: float = 0.0
    ) -> None:
        self.url = (url or os.environ.get("SITTER_URL") or DEFAULT_URL).rstrip("/")
        token = token or os.environ.get("SITTER_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS)
        except httpx.InvalidURL as error:
            raise SitterError(f"{self.url} is no address of a service: {error}") from error
        self._patience = patience

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # Studies and trials

    def submit(self, study: Mapping[str, Any] | str | Path) -> answers.Study:
        """Submit a study: a document, or the path of a YAML file with one."""
        document = load_study(study) if isinstance(study, str | Path) else dict(study)
        return self._one(answers.Study, "POST", "/v1/studies", json=document)

    def study(self, study: int) -> answers.Study:
        """A study with its document and its verdicts counted."""
        return self._one(answers.Study, "GET", f"/v1/studies/{study}")

    def studies(self, *, state: str | None = None) -> Iterator[answers.Study]:
        """All studies, newest first."""
        return self._all(answers.Study, "/v1/studies", state=state)

    def change(self, study: int, **changes: Any) -> answers.Study:
        """`state` (paused, running, cancelled), `trials`, `name`, `tags`, `note`."""
        return self._one(answers.Study, "PATCH", f"/v1/studies/{study}", json=changes)

    def delete(self, study: int) -> None:
        """Delete a study and everything of it."""
        self._send("DELETE", f"/v1/studies/{study}")

    def enqueue(self, study: int, *points: Mapping[str, Any]) -> list[answers.Trial]:
        """Add trials at these points (recipe path → value)."""
        reply = self._send(
            "POST", f"/v1/studies/{study}/trials", json={"points": [dict(p) for p in points]}
        )
        return answers.Page[answers.Trial].model_validate(reply.json()).items

    def best(self, study: int) -> answers.Best:
        """The best point so far, with its recipe."""
        return self._one(answers.Best, "GET", f"/v1/studies/{study}/best")

    def trials(
        self,
        study: int,
        *,
        state: str | None = None,
        check: str | None = None,
        severity: str | None = None,
        cause: str | None = None,
        sort: str = "number",
        descending: bool = False,
    ) -> Iterator[answers.Trial]:
        """A study's trials, filtered by state, by verdict, and by a cause of their diagnosis."""
        wanted = {"state": state, "check": check, "severity": severity, "cause": cause}
        order = {"sort": sort, "descending": descending}
        return self._all(answers.Trial, f"/v1/studies/{study}/trials", **wanted, **order)

    def trial(self, trial: int) -> answers.Trial:
        """A trial with its recipe, attempts and diagnosis."""
        return self._one(answers.Trial, "GET", f"/v1/trials/{trial}")

    def repair(
        self, trial: int, *, check: str | None = None, patch: Mapping[str, Any] | None = None
    ) -> answers.Trial:
        """Train the trial's point with the remedy of a check, or with a patch of your own (recipe
        path → value), as a new trial of its study.
        """
        wanted = {"check": check, "patch": None if patch is None else dict(patch)}
        given = {name: value for name, value in wanted.items() if value is not None}
        return self._one(answers.Trial, "POST", f"/v1/trials/{trial}/repair", json=given)

    def rejudge(
        self,
        trial: int,
        *,
        checks: Mapping[str, Mapping[str, Any]] | None = None,
        profile: str | None = None,
        keep: bool = False,
    ) -> answers.Rejudged:
        """Judge the trial's stored history again, with these thresholds (check → threshold →
        value); `keep` puts what is said in place of the stored verdicts.
        """
        given: dict[str, Any] = {"keep": keep}
        if checks:
            given["checks"] = {check: dict(values) for check, values in checks.items()}
        if profile is not None:
            given["profile"] = profile
        return self._one(answers.Rejudged, "POST", f"/v1/trials/{trial}/rejudge", json=given)

    def epochs(self, trial: int) -> Iterator[answers.Epoch]:
        """The epochs of a trial's last attempt; epoch 0 is the preflight."""
        return self._all(answers.Epoch, f"/v1/trials/{trial}/epochs", limit=1000)

    def signals(self, trial: int) -> Iterator[answers.Signals]:
        """What else was measured in each epoch of a trial's last attempt; 0 is the preflight."""
        return self._all(answers.Signals, f"/v1/trials/{trial}/signals", limit=100)

    def trial_verdicts(self, trial: int) -> Iterator[answers.Verdict]:
        """Verdicts on a trial, and those that hold for its whole recipe shape."""
        return self._all(answers.Verdict, f"/v1/trials/{trial}/verdicts")

    def checkpoint(self, trial: int, name: str = "best.safetensors") -> bytes:
        """The file of a trial's best epoch."""
        return self._send("GET", f"/v1/trials/{trial}/artifacts/{name}").content

    def leases(self, study: int) -> Iterator[answers.Lease]:
        """What workers held of a study and how they trained it, newest first."""
        return self._all(answers.Lease, f"/v1/studies/{study}/leases")

    def verdicts(self, **filters: Any) -> Iterator[answers.Verdict]:
        """Verdicts by `study`, `trial`, `check`, `severity`, `since`."""
        return self._all(answers.Verdict, "/v1/verdicts", **filters)

    def checks(self) -> Iterator[answers.Check]:
        """The catalogue of checks."""
        return self._all(answers.Check, "/v1/checks")

    def workers(self) -> Iterator[answers.Worker]:
        """Every worker that ever claimed, newest first."""
        return self._all(answers.Worker, "/v1/workers")

    def ready(self) -> bool:
        """Whether the service answers and its tables are up to date."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.TransportError:
            return False

    # Access, for admins

    def tokens(self) -> Iterator[answers.Token]:
        """The tokens there are, newest first; not what they read."""
        return self._all(answers.Token, "/v1/tokens")

    def new_token(self, name: str, role: str, *, days: int | None = None) -> answers.NewToken:
        """A token for a `viewer`, `submitter`, `worker` or `admin`, good for so many days."""
        wanted = {"name": name, "role": role, "days": days}
        return self._one(answers.NewToken, "POST", "/v1/tokens", json=wanted)

    def revoke(self, token: int) -> None:
        """Refuse the token with this id from now on."""
        self._send("DELETE", f"/v1/tokens/{token}")

    def webhooks(self) -> Iterator[answers.Webhook]:
        """Who is told of events, newest first."""
        return self._all(answers.Webhook, "/v1/webhooks")

    def new_webhook(
        self, url: str, events: Sequence[str], *, secret: str | None = None
    ) -> answers.NewWebhook:
        """Tell `url` of these kinds of events, signed with the secret that the answer tells."""
        wanted = {"url": url, "events": list(events), "secret": secret}
        return self._one(answers.NewWebhook, "POST", "/v1/webhooks", json=wanted)

    def test_webhook(self, webhook: int) -> answers.Webhook:
        """Send a test now; the answer says how it went."""
        return self._one(answers.Webhook, "POST", f"/v1/webhooks/{webhook}/test")

    def delete_webhook(self, webhook: int) -> None:
        """Tell it nothing more."""
        self._send("DELETE", f"/v1/webhooks/{webhook}")

    # What a worker says

    def claim(
        self,
        worker: Mapping[str, Any],
        *,
        slots: int = 1,
        study: int | None = None,
        wait_seconds: float = 0.0,
    ) -> answers.Claim | None:
        """Up to `slots` trials of one stack key; None where there was nothing to do in time."""
        wanted = {"worker": dict(worker), "slots": slots, "wait_seconds": wait_seconds}
        if study is not None:
            wanted["study"] = study
        reply = self._send(
            "POST", "/v1/claims", json=wanted, timeout=TIMEOUT_SECONDS + wait_seconds
        )
        return (
            None if reply.status_code == 204 else answers.Claim.model_validate_json(reply.content)
        )

    def report(self, lease: int, token: str, **news: Any) -> answers.Orders:
        """Send `plan`, `joined`, `known`, `epochs`, `verdicts`, `ends`, `released`; with none of
        them a heartbeat. `free_slots` asks for more trials of the lease's stack key.

        Raises LeaseLost.
        """
        path = f"/v1/leases/{lease}/reports"
        return self._one(answers.Orders, "POST", path, json=news, headers=_fence(token))

    def finish(self, lease: int, token: str, **news: Any) -> answers.Orders:
        """As `report`; then the lease ends, and trials that are not over are given back."""
        path = f"/v1/leases/{lease}/finish"
        return self._one(answers.Orders, "POST", path, json=news, headers=_fence(token))

    def release(self, lease: int, token: str) -> None:
        """Give all trials of a lease back."""
        self._send("DELETE", f"/v1/leases/{lease}", headers=_fence(token))

    def keep(self, lease: int, token: str, trial: int, name: str, content: bytes) -> None:
        """Store a file of a trial that the lease holds."""
        path = f"/v1/leases/{lease}/trials/{trial}/artifacts/{name}"
        self._send("PUT", path, content=content, headers=_fence(token))

    def keep_all(self, lease: int, token: str, files: Iterable[TrialFile]) -> list[int]:
        """Store (trial, name, content) of several trials in as few requests as there may be.

        The answer lists trials that the lease does not hold any more: nothing of them was stored.
        """
        stop: set[int] = set()
        for body in parcels(files):
            path = f"/v1/leases/{lease}/artifacts"
            reply = self._one(answers.Stops, "PUT", path, content=body, headers=_fence(token))
            stop.update(reply.stop)
        return sorted(stop)

    # How requests are made

    def _one(self, kind: type[Answer], method: str, path: str, **request: Any) -> Answer:
        return kind.model_validate_json(self._send(method, path, **request).content)

    def _all(self, kind: type[Answer], path: str, **query: Any) -> Iterator[Answer]:
        wanted = {key: value for key, value in query.items() if value is not None}
        while True:
            reply = self._send("GET", path, params=wanted).json()
            yield from (kind.model_validate(item) for item in reply["items"])
            if reply["next"] is None:
                return
            wanted["cursor"] = reply["next"]

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        if "json" in request:
            # Several times as fast as httpx's own; a number that is not finite is sent as null.
            request["content"] = to_json(request.pop("json"), inf_nan_mode="null")
            request["headers"] = JSON | request.get("headers", {})

        def once() -> httpx.Response:
            reply = self._http.request(method, path, **request)
            if reply.status_code in BUSY:
                raise httpx.ReadError(f"status {reply.status_code}", request=reply.request)
            return reply

        try:
            return _accepted(self._tried(once, again=_may_repeat(method, path)))
        except httpx.TransportError as error:
            raise Unreachable(self.url, error) from error

    def _tried(
        self, once: Callable[[], httpx.Response], *, again: tuple[type[Exception], ...]
    ) -> httpx.Response:
        attempts = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, again)),
            stop=stop_after_delay(self._patience),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE_SECONDS),
            reraise=True,
        )
        return attempts(once)


def load_study(path: str | Path) -> dict[str, Any]:
    """The document in a YAML file. Raises SitterError naming the file and what is wrong."""
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SitterError(f"cannot read {path}: {error}") from error
    except yaml.YAMLError as error:
        raise SitterError(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise SitterError(f"{path} holds no study: it should be a mapping with `name`, `recipe` …")
    return document


def _may_repeat(method: str, path: str) -> tuple[type[Exception], ...]:
    """Errors after which a request may be sent again.

    One that may have arrived is repeated only where that changes nothing: reads, and what a
    worker says, which is idempotent. A study is not submitted twice.
    """
    worker = path.startswith(("/v1/leases", "/v1/claims"))
    return (httpx.TransportError,) if method == "GET" or worker else (httpx.ConnectError,)


def _fence(token: str) -> dict[str, str]:
    return {"Lease-Token": token}


def _accepted(reply: httpx.Response) -> httpx.Response:
    if reply.is_success:
        return reply
    try:
        body: Mapping[str, Any] = reply.json()
        code, detail, fields = body["error"], body["detail"], body["fields"]
    except (ValueError, KeyError, TypeError):
        code, detail, fields = "unknown", f"{reply.status_code} {reply.text[:200]}", []
    kind = LeaseLost if code == "lease_lost" else Refused
    raise kind(reply.status_code, code, detail, _dicts(fields))


def _dicts(fields: Sequence[Any]) -> list[dict[str, Any]]:
    return [field for field in fields if isinstance(field, dict)]
