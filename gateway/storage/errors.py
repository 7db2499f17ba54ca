"""What storage raises beyond the errors that its ports name."""

from typing import Literal

from gateway.errors import UnavailableError
from gateway.services.ports import StorageError

Reason = Literal[
    "busy", "closed", "damaged", "full", "gone", "locked", "read_only", "schema", "timeout"
]
"""Why a database cannot be used: for the operator and for metrics, never for a merchant."""


class DatabaseUnavailableError(UnavailableError):
    """The database is of no use for the moment; recovery needs no restart."""

    code = "storage_unavailable"

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"database unavailable: {reason}")
        self.reason: Reason = reason


class DatabaseUrlError(StorageError):
    """The address of the database is none that this package can open.

    The message never repeats the address, since it may hold a password.
    """

    code = "storage_url"


class WriteRefusedError(StorageError):
    """The database refused one operation for what it contains: a bug of the caller."""

    code = "storage_write_refused"


class LedgerKeyError(StorageError):
    """This process has no key for the ledger's head, so it performs no act: a bug."""

    code = "storage_ledger_key"


class SchemaError(StorageError):
    """The tables are newer than this version of the package; nothing was changed."""

    code = "storage_schema"
