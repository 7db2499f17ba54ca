"""A migrated store on each kind of database."""

from collections.abc import Generator

import pytest

from gateway.storage.store import Store


@pytest.fixture
def store(migrated_url: str) -> Generator[Store]:
    """Yield the ports on an empty, migrated database of each kind in turn."""
    opened = Store.open(migrated_url, ledger_key=bytes(range(32)))
    yield opened
    opened.close()
