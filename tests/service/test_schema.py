from datetime import UTC, datetime

from sqlalchemy import Engine, inspect, text

from service import schema
from service.db import Database
from service.tables import Table


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
    with engine.begin() as connection:
        for statement in FIRST_ROWS.split(";"):
            given = {"at": datetime.now(UTC)} if ":at" in statement else {}
            connection.execute(text(statement), given)
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
