"""Runs migrations on the connection that `service.schema` hands over."""

from typing import Literal

from alembic import context

from service.tables import Table, Utc


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations name SQL's own types, so that they outlive our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
