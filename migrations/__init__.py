"""Alembic's migrations: how our tables came to be, up and down, on SQLite and Postgres."""
