"""`sitter token`, and what the client says of access, against a service that asks for tokens."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.settings import Settings
from sitter.cli import app
from sitter.client import Sitter
from sitter.errors import Refused
from tests.service.doors import FIRST
from tests.service.receiving import receiving
from tests.service.serving import served


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings = Settings(database_url=sqlite_url, artifacts_url=str(tmp_path), token=FIRST)
    monkeypatch.setenv("SITTER_TOKEN", FIRST)
    monkeypatch.setenv("COLUMNS", "200")
    with served(settings) as address:
        monkeypatch.setenv("SITTER_URL", address)
        yield address


def token(*words: str) -> str:
    done = CliRunner().invoke(app, ["token", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_token_is_made_used_listed_and_revoked(url: str) -> None:
    assert "No tokens yet" in token("list")
    said = token("create", "[bold]gpu-3[/]", "--role", "worker", "--days", "7")
    (text,) = [line for line in said.splitlines() if line.startswith("sitter_")]
    with Sitter(url, token=text) as worker:
        assert list(worker.studies()) == []
        assert worker.claim({"name": "w"}) is None
        with pytest.raises(Refused, match="a worker's; POST /v1/studies needs a submitter's"):
            worker.submit({"name": "s"})
    listed = token("list")
    assert "[bold]gpu-3[/]" in listed
    assert text not in listed
    assert "refused within 5 seconds" in token("revoke", "1")
    with Sitter(url, token=text) as worker, pytest.raises(Refused) as caught:
        list(worker.studies())
    assert caught.value.status == 401


def test_json_is_complete(url: str) -> None:
    made = json.loads(token("create", "me", "--json"))
    assert made["role"] == "viewer"
    assert made["expires_at"] is None
    (item,) = json.loads(token("list", "--json"))
    assert item == {key: made[key] for key in item}


def test_webhooks_of_the_client(url: str) -> None:
    with Sitter(url) as admin, receiving() as receiver:
        made = admin.new_webhook(receiver.url, ["study_complete"])
        assert made.secret.startswith("whsec_")
        assert [hook.url for hook in admin.webhooks()] == [receiver.url]
        assert str(admin.test_webhook(made.id).said).startswith("answered 204")
        admin.delete_webhook(made.id)
        assert list(admin.webhooks()) == []
