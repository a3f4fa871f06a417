from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import schema
from service.db import Database
from service.tables import Attempt, Epoch, Table, Trial, VerdictRow


def test_up_and_down_and_up(database_url: str) -> None:
    database = Database(database_url)
    assert schema.state(database.engine).current is None
    schema.upgrade(database.engine)
    assert schema.state(database.engine).up_to_date
    assert set(inspect(database.engine).get_table_names()) >= set(Table.metadata.tables)
    schema.downgrade(database.engine, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    schema.upgrade(database.engine)
    assert schema.state(database.engine).up_to_date
    database.close()


FIRST_ROWS = """
INSERT INTO studies (id, name, state, document, metric, direction, budget, next_ordinal,
    next_number, tags, note, created_at)
    VALUES (1, 's', 'running', '{}', 'val_loss', 'minimize', 1, 1, 1, '[]', '', :at);
INSERT INTO workers (id, name, device, slots, version, first_seen_at, last_seen_at)
    VALUES (1, 'w', 'cpu', 1, '', :at, :at);
INSERT INTO leases (id, study_id, worker_id, token_hash, state, expires_at, created_at)
    VALUES (1, 1, 1, 'x', 'active', :at, :at), (2, 1, 1, 'y', 'ended', :at, :at);
INSERT INTO trials (id, study_id, number, repeat, state, params, stack_key, epochs, epochs_done,
    attempts, lost, created_at)
    VALUES (1, 1, 0, 0, 'running', '{}', '0123456789abcdef', 20, 0, 1, 0, :at);
INSERT INTO attempts (id, study_id, trial_id, number, lease_id, worker_id, state, preflight,
    started_at) VALUES (1, 1, 1, 1, 1, 1, 'running', false, :at)
"""


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_stacks_come_and_go_with_all_rows_kept(database_url: str) -> None:
    database = Database(database_url)
    engine = database.engine
    schema.upgrade(engine, "0001")
    execute(engine, FIRST_ROWS)
    schema.upgrade(engine, "0002")
    keys = "SELECT stack_key, slots FROM leases ORDER BY id"
    assert rows(engine, keys) == [("0123456789abcdef", 1), ("", 1)]
    began = "SELECT first_data_epoch, resumed_epoch FROM attempts"
    assert rows(engine, began) == [(0, 0)]
    schema.downgrade(engine, "0001")
    assert rows(engine, "SELECT lease_id, state FROM attempts") == [(1, "running")]
    assert "stack_key" not in {c["name"] for c in inspect(engine).get_columns("leases")}
    schema.upgrade(engine)
    assert rows(engine, keys)[0] == ("0123456789abcdef", 1)
    database.close()


DIAGNOSED = """
INSERT INTO epochs (trial_id, attempt, epoch, study_id, signals)
    VALUES (1, 1, 1, 1, '{"weight_norm": {"fc1": 1.5, "b": null}}');
INSERT INTO verdicts (id, study_id, trial_id, attempt, check_name, severity, summary, evidence,
    created_at) VALUES (1, 1, 1, 1, 'plateau', 'pass', 'x', '{"loss": 0.5}', :at)
"""


def test_diagnoses_come_and_go_with_all_rows_kept(database_url: str) -> None:
    database = Database(database_url)
    engine = database.engine
    schema.upgrade(engine, "0002")
    execute(engine, FIRST_ROWS)
    execute(engine, DIAGNOSED)
    schema.upgrade(engine, "0003")
    with Session(engine) as session:
        verdict, epoch, trial, attempt = (
            session.scalars(select(kind)).one() for kind in (VerdictRow, Epoch, Trial, Attempt)
        )
        assert (verdict.causes, verdict.evidence) == ({}, {"loss": 0.5})
        assert epoch.signals == {"weight_norm": {"fc1": 1.5, "b": None}}
        assert (trial.repair_of, trial.patch, attempt.facts) == (None, None, None)
    columns = "study_id, trial_id, rank, cause, confidence, checks, created_at"
    add = f"INSERT INTO diagnoses ({columns}) VALUES (1, 1, 1, 'lr_too_low', {{}}, '[]', :at)"
    execute(engine, add.format(0.5))
    for wrong in (add.format(0.7), add.format(1.5).replace("1, 1, 1,", "1, 1, 2,")):
        with pytest.raises(IntegrityError):
            execute(engine, wrong)
    schema.downgrade(engine, "0002")
    assert "diagnoses" not in inspect(engine).get_table_names()
    assert rows(engine, "SELECT check_name, summary FROM verdicts") == [("plateau", "x")]
    assert rows(engine, "SELECT lease_id, state FROM attempts") == [(1, "running")]
    schema.upgrade(engine)
    with Session(engine) as session:
        assert session.scalars(select(Epoch)).one().signals["weight_norm"]["fc1"] == 1.5
    database.close()


def test_access_comes_and_goes_with_all_rows_kept(database_url: str) -> None:
    database = Database(database_url)
    engine = database.engine
    schema.upgrade(engine, "0003")
    execute(engine, FIRST_ROWS)
    schema.upgrade(engine, "0004")
    columns = "name, role, token_hash, created_at"
    add = f"INSERT INTO tokens ({columns}) VALUES ('a', '{{}}', '{{}}', :at)"
    execute(engine, add.format("viewer", "h"))
    for wrong in (add.format("viewer", "h"), add.format("owner", "i")):
        with pytest.raises(IntegrityError):
            execute(engine, wrong)
    schema.downgrade(engine, "0003")
    assert {"tokens", "webhooks"}.isdisjoint(inspect(engine).get_table_names())
    assert rows(engine, "SELECT lease_id, state FROM attempts") == [(1, "running")]
    schema.upgrade(engine, "0004")
    assert rows(engine, "SELECT id FROM tokens") == []
    database.close()


def execute(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements.split(";"):
            given = {"at": datetime.now(UTC)} if ":at" in statement else {}
            connection.execute(text(statement), given)


def test_models_and_migrations_agree(database_url: str) -> None:
    """`alembic check`: raises where autogenerate would write a migration."""
    database = Database(database_url)
    schema.upgrade(database.engine)
    schema.check(database.engine)
    database.close()


def test_one_step_down_says_what_to_do(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    schema.upgrade(database.engine)
    schema.downgrade(database.engine)
    assert "run `sitter db upgrade`" in str(schema.state(database.engine))
    database.close()


def test_every_constraint_has_a_name() -> None:
    unnamed = [
        (table.name, constraint)
        for table in Table.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []
