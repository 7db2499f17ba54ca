"""Every table of one city's database, by topic.

A table class validates nothing: it says what is stored, and the ports say what it means.
"""

from typing import cast

from sqlalchemy import MetaData, Table, inspect
from sqlmodel import SQLModel

from gateway.storage.tables import (
    cases,
    catalogues,
    citizens,
    devices,
    documents,
    events,
    issuance,
    ledger,
    merchants,
    staff,
    status,
    tills,
    trust,
    verifications,
    worker,
)

__all__ = [
    "METADATA",
    "cases",
    "catalogues",
    "citizens",
    "devices",
    "documents",
    "events",
    "issuance",
    "ledger",
    "merchants",
    "staff",
    "status",
    "table_of",
    "tills",
    "trust",
    "verifications",
    "worker",
]

METADATA: MetaData = SQLModel.metadata
"""What the migrations must lead to; a test compares."""


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table behind a table class."""
    return cast("Table", inspect(model).local_table)
