"""Every setting of the service: an environment variable `SITTER_<NAME>`, with its default."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import BadSettings


class Settings(BaseSettings):
    """Read from the environment; arguments of the same names win."""

    model_config = SettingsConfigDict(env_prefix="SITTER_", extra="ignore", frozen=True)

    database_url: str = Field(
        default="sqlite:///sitter.db",
        description="SQLAlchemy URL of the database: `sqlite:///file` or `postgresql://…`.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8321, ge=0, le=65_535, description="Port to listen on.")
    token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="First token, an admin's: with it set every request needs a token, as "
        "`Authorization: Bearer …` or by signing in. Needed to listen on any address but loopback.",
    )
    data_dir: Path = Field(
        default=Path("data"),
        description="Folder that recipes name data files in. Files are looked at on submit where "
        "it exists; workers read them in theirs, named by the same variable.",
    )
    artifacts_url: str = Field(
        default="sitter-artifacts",
        description="Where checkpoints are kept: a folder, or any fsspec URL.",
    )
    migrate_on_start: bool = Field(
        default=True, description="Bring the tables up to date when the service starts."
    )
    lease_seconds: float = Field(
        default=30.0, gt=0.0, description="How long a claim lasts without a report or heartbeat, s."
    )
    reaper_seconds: float = Field(
        default=2.0, gt=0.0, description="How often expired leases are looked for, s."
    )
    max_attempts: int = Field(
        default=5, ge=1, description="Lost attempts after which a trial fails for good."
    )
    claim_wait_seconds: float = Field(
        default=25.0, ge=0.0, description="Longest that a claim may wait for work, s."
    )
    max_slots: int = Field(default=1024, ge=1, description="Most trials in one claim.")
    max_request_bytes: int = Field(
        default=64 * 2**20, ge=1024, description="Largest request body accepted, bytes."
    )
    page_limit: int = Field(default=1000, ge=1, description="Most rows in one page of a list.")
    sqlite_busy_seconds: float = Field(
        default=30.0, gt=0.0, description="How long SQLite waits for another process's write, s."
    )

    @property
    def silence(self) -> timedelta:
        """A worker is lost after this; one that waits is heard of once per claim, however long."""
        return timedelta(seconds=self.lease_seconds + self.claim_wait_seconds)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        kind, _, place = url.partition("://")
        if kind == "sqlite" and place.strip("/") in ("", ":memory:"):
            raise ValueError("a database in memory is lost with its connection; name a file")
        if kind not in ("sqlite", "postgresql", "postgres", "postgresql+psycopg"):
            raise ValueError("the database is `sqlite:///file` or `postgresql://host/name`")
        return url

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.token is None and not _is_loopback(self.host):
            raise ValueError(
                f"SITTER_HOST={self.host} can be reached by others, so SITTER_TOKEN must be set "
                "(16 characters or more); or listen on 127.0.0.1"
            )
        return self


def load_settings(**given: object) -> Settings:
    """Settings from the environment, with `given` in their place where it is not None.

    Raises BadSettings naming the variable and its value.
    """
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings(error) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
