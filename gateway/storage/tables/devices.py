"""Merchants' devices, and the links that enrol them; secrets as SHA-256 only."""

from sqlalchemy import BigInteger, false
from sqlmodel import Field

from gateway.storage.tables.base import TableBase


class DeviceLink(TableBase, table=True):
    """A link that nobody has spent yet."""

    secret_hash: bytes = Field(primary_key=True)
    merchant_id: str = Field(foreign_key="merchant.id")
    venue: str | None
    label: str
    expires_at: int = Field(sa_type=BigInteger)
    owner: bool = Field(sa_column_kwargs={"server_default": false()})
    pin_hash: str | None


class Device(TableBase, table=True):
    """An enrolled device; ``pin_hash`` is argon2's, of the PIN that opens its settings."""

    id: str = Field(primary_key=True)
    secret_hash: bytes = Field(unique=True)
    merchant_id: str = Field(foreign_key="merchant.id")
    venue: str | None
    label: str
    enrolled_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    owner: bool = Field(sa_column_kwargs={"server_default": false()})
    pin_hash: str | None
