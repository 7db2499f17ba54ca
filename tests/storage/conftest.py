"""A migrated store on each kind of database."""

from collections.abc import Generator

import pytest

from gateway.storage.schema import migrate
from gateway.storage.store import Store


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    """Yield the ports on an empty, migrated database of each kind in turn."""
    opened = Store.open(database_url, ledger_key=bytes(range(32)))
    migrate(opened.engine)
    yield opened
    opened.close()
