"""Merchants' devices and the links that enrol them."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select

from gateway.ids import MerchantId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.devices import DEVICE_S, Device, Link
from gateway.services.ports import ConflictError
from gateway.storage import tables
from gateway.storage.ledger import SqlLedger
from gateway.storage.reader import Reader
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, equal, generate, insert_new
from gateway.storage.tables import table_of


class SqlDeviceRows:
    """``DeviceRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, ledger: SqlLedger) -> None:
        self._reader = reader
        self._ledger = ledger
        device, link = table_of(tables.devices.Device), table_of(tables.devices.DeviceLink)
        self._add_link = insert_new(dialect, tables.devices.DeviceLink)
        self._add = insert_new(dialect, tables.devices.Device)
        spend = delete(link).where(
            equal(tables.devices.DeviceLink, "secret_hash"), link.c.expires_at > bindparam("now")
        )
        # The database says which of two spends was first: only one delete returns the row.
        self._spend = generate(
            dialect, spend.returning(link.c.merchant_id, link.c.venue, link.c.label)
        )
        columns = (
            device.c.id,
            device.c.merchant_id,
            device.c.venue,
            device.c.label,
            device.c.enrolled_at,
            device.c.expires_at,
        )
        whole = select(*columns)
        living = whole.where(device.c.expires_at > bindparam("now"))
        self._by_secret = generate(
            dialect, living.where(equal(tables.devices.Device, "secret_hash"))
        )
        self._all = generate(dialect, whole.order_by(device.c.enrolled_at, device.c.id))
        self._revoke = generate(dialect, delete(device).where(equal(tables.devices.Device, "id")))

    def add_link(self, secret_hash: bytes, link: Link, note: Note) -> None:
        """Store a link; durable on return."""
        values = {
            "secret_hash": secret_hash,
            "merchant_id": link.merchant,
            "venue": link.venue,
            "label": link.label,
            "expires_at": link.expires_at,
        }
        self._ledger.noted(partial(self._store_link, values), note)

    def enrol(
        self, link_hash: bytes, device_id: str, secret_hash: bytes, now: Timestamp
    ) -> Device | None:
        """Delete a link that has not expired and store its device, in one transaction."""

        def enrol(cursor: Cursor) -> Device | None:
            return self._enrol(link_hash, device_id, secret_hash, now, cursor)

        return self._ledger.noted(enrol, lambda device: _enrolled(now, device))

    def by_secret(self, secret_hash: bytes, now: Timestamp) -> Device | None:
        """Return a device that has not expired."""
        row = self._reader.one(self._by_secret, {"secret_hash": secret_hash, "now": now})
        return None if row is None else _device(row)

    def list_of(self, merchant: MerchantId | None) -> tuple[Device, ...]:
        """Return the devices of a merchant, or of all, oldest first."""
        found = map(_device, self._reader.all(self._all, {}))
        return tuple(each for each in found if merchant in {None, each.merchant})

    def revoke(self, device_id: str, note: Note) -> bool:
        """Delete a device; return whether it was there."""
        operation = partial(self._write_revoke, {"id": device_id})
        return self._ledger.noted(operation, lambda found: note if found else None) > 0

    def _write_revoke(self, values: Values, cursor: Cursor) -> int:
        return self._revoke.run(cursor, values)

    def _store_link(self, values: Values, cursor: Cursor) -> None:
        if not self._add_link.run(cursor, values):
            raise ConflictError("this link is stored already")

    def _enrol(
        self, link_hash: bytes, device_id: str, secret_hash: bytes, now: Timestamp, cursor: Cursor
    ) -> Device | None:
        parameters = self._spend.parameters({"secret_hash": link_hash, "now": now})
        cursor.execute(self._spend.sql, parameters)
        spent = cursor.fetchone()
        if spent is None:
            return None
        merchant, venue, label = spent
        device = _device((device_id, merchant, venue, label, now, now + DEVICE_S))
        values: Values = {
            "id": device.id,
            "secret_hash": secret_hash,
            "merchant_id": device.merchant,
            "venue": device.venue,
            "label": device.label,
            "enrolled_at": device.enrolled_at,
            "expires_at": device.expires_at,
        }
        if not self._add.run(cursor, values):
            raise ConflictError("this device is stored already")
        return device


def _enrolled(now: Timestamp, device: Device | None) -> Note | None:
    if device is None:
        return None
    return Acting(by="device", at=now).note(
        "device.enrolled", device.id, merchant=device.merchant, label=device.label
    )


def _device(row: Row) -> Device:
    device_id, merchant, venue, label, enrolled_at, expires_at = row
    return Device(
        id=cast("str", device_id),
        merchant=MerchantId(cast("str", merchant)),
        venue=None if venue is None else VenueId(cast("str", venue)),
        label=cast("str", label),
        enrolled_at=Timestamp(cast("int", enrolled_at)),
        expires_at=Timestamp(cast("int", expires_at)),
    )
