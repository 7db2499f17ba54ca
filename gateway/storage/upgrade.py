"""Alembic, which changes the tables; imported only where there is something to change."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision, in the transaction that ``connection`` is in."""
    configuration = Config()
    configuration.set_main_option("script_location", "gateway.storage:migrations")
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
