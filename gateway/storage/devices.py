"""Merchants' devices and the links that enrol them."""

from functools import partial
from typing import cast

from sqlalchemy import Dialect, bindparam, delete, select, update

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
        given = (link.c.merchant_id, link.c.venue, link.c.label, link.c.owner, link.c.pin_hash)
        self._spend = generate(dialect, spend.returning(*given))
        columns = (
            device.c.id,
            device.c.merchant_id,
            device.c.venue,
            device.c.label,
            device.c.enrolled_at,
            device.c.expires_at,
            device.c.owner,
            device.c.pin_hash,
        )
        whole = select(*columns)
        living = whole.where(device.c.expires_at > bindparam("now"))
        self._by_secret = generate(
            dialect, living.where(equal(tables.devices.Device, "secret_hash"))
        )
        self._all = generate(dialect, whole.order_by(device.c.enrolled_at, device.c.id))
        of_merchant = device.c.merchant_id == bindparam("merchant_id")
        self._of_merchant = generate(
            dialect, whole.where(of_merchant).order_by(device.c.enrolled_at, device.c.id)
        )
        gone = delete(device).where(equal(tables.devices.Device, "id"))
        self._revoke = generate(dialect, gone.returning(device.c.merchant_id, device.c.owner))
        self._end_links = generate(
            dialect, delete(link).where(equal(tables.devices.DeviceLink, "merchant_id"))
        )
        pinned = update(device).values(pin_hash=bindparam("new_pin"))
        self._set_pin = generate(dialect, pinned.where(device.c.id == bindparam("of_device")))

    def add_link(self, secret_hash: bytes, link: Link, note: Note) -> None:
        """Store a link; durable on return."""
        values = {
            "secret_hash": secret_hash,
            "merchant_id": link.merchant,
            "venue": link.venue,
            "label": link.label,
            "expires_at": link.expires_at,
            "owner": link.owner,
            "pin_hash": link.pin_hash,
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
        if merchant is None:
            return tuple(map(_device, self._reader.all(self._all, {})))
        return tuple(map(_device, self._reader.all(self._of_merchant, {"merchant_id": merchant})))

    def revoke(self, device_id: str, note: Note) -> bool:
        """Delete a device, and with an owner's its merchant's links; return whether it was."""
        operation = partial(self._write_revoke, {"id": device_id})
        return self._ledger.noted(operation, lambda found: note if found else None)

    def set_pin(self, device_id: str, pin_hash: str | None, note: Note) -> bool:
        """Store the hash of a device's PIN, or that it has none; return whether it is there."""
        operation = partial(self._write_pin, {"new_pin": pin_hash, "of_device": device_id})
        return self._ledger.noted(operation, lambda found: note if found else None)

    def _write_pin(self, values: Values, cursor: Cursor) -> bool:
        return self._set_pin.run(cursor, values) > 0

    def _write_revoke(self, values: Values, cursor: Cursor) -> bool:
        cursor.execute(self._revoke.sql, self._revoke.parameters(values))
        gone = cursor.fetchone()
        if gone is None:
            return False
        merchant, owner = gone
        if owner:
            # Whoever holds the phone that is ended may have made one a moment before.
            self._end_links.run(cursor, {"merchant_id": merchant})
        return True

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
        merchant, venue, label, owner, pin_hash = spent
        device = _device((device_id, merchant, venue, label, now, now + DEVICE_S, owner, pin_hash))
        values: Values = {
            "id": device.id,
            "secret_hash": secret_hash,
            "merchant_id": device.merchant,
            "venue": device.venue,
            "label": device.label,
            "enrolled_at": device.enrolled_at,
            "expires_at": device.expires_at,
            "owner": device.owner,
            "pin_hash": device.pin_hash,
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
    device_id, merchant, venue, label, enrolled_at, expires_at, owner, pin_hash = row
    return Device(
        id=cast("str", device_id),
        merchant=MerchantId(cast("str", merchant)),
        venue=None if venue is None else VenueId(cast("str", venue)),
        label=cast("str", label),
        enrolled_at=Timestamp(cast("int", enrolled_at)),
        expires_at=Timestamp(cast("int", expires_at)),
        owner=bool(owner),
        pin_hash=cast("str | None", pin_hash),
    )
