"""A city's database, opened: for the whole city, or alone where no key is at hand."""

from typing import Final

from gateway.settings import Settings
from gateway.storage.errors import SchemaError
from gateway.storage.schema import SchemaState, schema_state
from gateway.storage.store import Store

LEDGER_KEY: Final = "seal/ledger"
"""Label of the key that seals the head of the audit ledger."""


def open_store(settings: Settings, ledger_key: bytes = b"") -> Store:
    """Return the ports on the city's database.

    Args:
        settings: Which one.
        ledger_key: Seals the ledger's head; without it the store is for reading and pruning.

    Raises:
        UnavailableError: it cannot be read.
        SchemaError: its tables are not those of this version.
    """
    store = Store.open(
        settings.database.url,
        synchronous=settings.database.synchronous.value,
        ledger_key=ledger_key,
    )
    try:
        _check_schema(store)
    except BaseException:
        store.close()
        raise
    return store


def _check_schema(store: Store) -> None:
    state = schema_state(store.engine)
    if state is not SchemaState.CURRENT:
        raise SchemaError(f"the tables are {state.value}; run `credit-gateway database migrate`")
