from sqlalchemy import inspect

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
