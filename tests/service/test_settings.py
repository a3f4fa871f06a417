import pytest

from service.errors import BadSettings
from service.settings import Settings, load_settings


def test_defaults_are_those_of_the_design(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SITTER_{name.upper()}", raising=False)
    settings = load_settings()
    assert settings.database_url == "sqlite:///sitter.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8321)
    assert settings.token is None


def test_environment_then_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITTER_PORT", "9000")
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port == 9000


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_loopback_needs_no_token(host: str) -> None:
    assert load_settings(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_other_addresses_need_a_token(host: str) -> None:
    with pytest.raises(BadSettings, match=f"SITTER_HOST={host}.*SITTER_TOKEN"):
        load_settings(host=host)
    assert load_settings(host=host, token="sixteen-characters").host == host


def test_bad_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITTER_PORT", "eighty")
    with pytest.raises(BadSettings, match=r"SITTER_PORT=eighty: .*integer"):
        load_settings()


def test_a_bad_token_is_not_repeated() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(token="short-secret")
    assert "short-secret" not in str(caught.value)
    assert "SITTER_TOKEN" in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d", "x"])
def test_a_database_that_will_not_do(url: str) -> None:
    with pytest.raises(BadSettings, match="SITTER_DATABASE_URL") as caught:
        load_settings(database_url=url)
    assert "secret" not in str(caught.value)


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
