"""Runs migrations on the connection, and in the transaction, that ``schema`` has opened."""

from typing import cast

from alembic import context
from sqlalchemy import Connection

from gateway.storage.tables import METADATA

context.configure(
    connection=cast("Connection", context.config.attributes["connection"]),
    target_metadata=METADATA,
    # SQLite cannot alter a column: later migrations copy the table (alembic's batch mode).
    render_as_batch=True,
)
context.run_migrations()
