"""Alembic's entry: run the revisions inside the transaction that the store hands over."""

from __future__ import annotations

from alembic import context

from auxcord.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
