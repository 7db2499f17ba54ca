"""A merchant's phone or tablet: enrolled once, bound to one merchant and venue.

Whoever enrols it gets a link whose fragment is a secret: good for ten minutes, spent by the first
POST. The device then has a secret of its own. Both are stored as hashes only.

The office makes the first one the *owner's*: it enrols and ends others of its merchant, and is
never bound to one venue. Only the office makes an owner's device.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.errors import PolicyError, RefusedError
from gateway.ids import MerchantId, Timestamp, VenueId
from gateway.ledger.entries import Note
from gateway.policy.free_text import parse_free_text
from gateway.services.access import token_hash
from gateway.services.audit import Acting
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.ports import Merchant, MerchantDirectory
from gateway.services.remembered import Remembered
from gateway.trust import wording

LINK_S: Final = 600
DEVICE_S: Final = 180 * 24 * 3600
MAX_LABEL_CHARS: Final = 40

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6


class LinkSpentError(RefusedError):
    """The link was used, is over ten minutes old, or was never made; which one is not told."""

    code = "device_link_spent"


class DeviceRefusedError(RefusedError):
    """A device cannot be enrolled as described; the message says what is allowed."""

    code = "device_refused"


class UnknownDeviceError(RefusedError):
    """There is no device of this id."""

    code = "device_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One enrolled device.

    Attributes:
        id: Public name, for lists and for revoking.
        venue: The only venue that it verifies for; None is the merchant as a whole.
        label: What the office calls it.
        expires_at: First moment at which it is refused.
        owner: Whether it is the owner's, and decides about the others.
        pin_hash: Of the PIN that opens its settings (``services/device_pins``); None without one.
    """

    id: str
    merchant: MerchantId
    venue: VenueId | None
    label: str
    enrolled_at: Timestamp
    expires_at: Timestamp
    owner: bool = False
    pin_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link will enrol; ``owner`` and ``pin_hash`` are the device's."""

    merchant: MerchantId
    venue: VenueId | None
    label: str
    expires_at: Timestamp
    owner: bool = False
    pin_hash: str | None = field(default=None, repr=False)


class DeviceRows(Protocol):
    """Keeps links and devices; each is found by the SHA-256 of its secret."""

    def add_link(self, secret_hash: bytes, link: Link, note: Note) -> None:
        """Store a link; durable on return."""
        ...

    def enrol(
        self, link_hash: bytes, device_id: str, secret_hash: bytes, now: Timestamp
    ) -> Device | None:
        """Delete a link that has not expired and store its device, in one transaction.

        Of any number of calls for one link, on one database, exactly one gets the device.
        """
        ...

    def by_secret(self, secret_hash: bytes, now: Timestamp) -> Device | None:
        """Return a device that has not expired."""
        ...

    def list_of(self, merchant: MerchantId | None) -> tuple[Device, ...]:
        """Return the devices of a merchant, or of all, oldest first."""
        ...

    def revoke(self, device_id: str, note: Note) -> bool:
        """Delete a device; return whether it was there.

        Links of its merchant that nobody has spent go with an owner's: it may have made them.
        """
        ...

    def set_pin(self, device_id: str, pin_hash: str | None, note: Note) -> bool:
        """Store the hash of a device's PIN, or that it has none; return whether it is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolDevices:
    """The use cases of the desk that hands out links, and of the phone that spends one."""

    rows: DeviceRows
    directory: MerchantDirectory

    def link(  # noqa: PLR0913  (what a device is)
        self,
        merchant: MerchantId,
        venue: VenueId | None,
        label: str,
        acting: Acting,
        *,
        owner: bool = False,
        pin_hash: str | None = None,
    ) -> tuple[str, Link]:
        """Return the secret of a new link, which is shown once and stored nowhere.

        Raises:
            DeviceRefusedError: no such merchant or venue, a label that is not allowed, or an
                owner's device for one venue.
        """
        found = self.directory.get(merchant)
        if found is None or found.state == "removed":
            raise DeviceRefusedError("there is no such merchant, or it was removed")
        if venue is not None and not found.is_open(venue):
            raise DeviceRefusedError("the merchant has no such venue, or it was closed")
        if owner and venue is not None:
            raise DeviceRefusedError("an owner's device is for the whole merchant")
        _check_label(label)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        expires_at = Timestamp(acting.at + LINK_S)
        made = Link(
            merchant=merchant,
            venue=venue,
            label=label,
            expires_at=expires_at,
            owner=owner,
            pin_hash=pin_hash,
        )
        kind = {"owner": "yes"} if owner else {}
        note = acting.note("device.link_made", merchant, venue=venue or "", label=label, **kind)
        self.rows.add_link(token_hash(secret), made, note)
        return secret, made

    def enrol(self, link_secret: str, now: Timestamp) -> tuple[str, Device]:
        """Spend a link; return the new device's secret and the device.

        Raises:
            LinkSpentError: it cannot be spent.
        """
        if not _SECRET.fullmatch(link_secret):
            raise LinkSpentError("the link cannot be used")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        device = self.rows.enrol(
            token_hash(link_secret), secrets.token_hex(_ID_BYTES), token_hash(secret), now
        )
        if device is None:
            raise LinkSpentError("the link cannot be used")
        return secret, device

    def revoke(self, device_id: str, acting: Acting) -> None:
        """End a device, in every worker within 5 seconds.

        Raises:
            UnknownDeviceError: there is no such device.
        """
        if not self.rows.revoke(device_id, acting.note("device.revoked", device_id)):
            raise UnknownDeviceError("there is no device of this id")

    def revoke_other(self, own: Device, device_id: str, acting: Acting) -> None:
        """End another device of the same merchant; its own end is ``leave``.

        Raises:
            UnknownDeviceError: the merchant has no such device, or it is this very one.
        """
        others = {each.id for each in self.rows.list_of(own.merchant)} - {own.id}
        if device_id not in others:
            raise UnknownDeviceError("the merchant has no other device of this id")
        self.revoke(device_id, acting)

    def leave(self, own: Device, acting: Acting) -> None:
        """End the device that asks for it; if it has gone already, that is no fault."""
        self.rows.revoke(own.id, acting.note("device.left", own.id))


def _check_label(label: str) -> None:
    """Raise unless it may stand in the ledger: an owner types it, and it is kept for years."""
    if not 1 <= len(label) <= MAX_LABEL_CHARS or not wording.is_plain(label):
        raise DeviceRefusedError(f"a label is 1 to {MAX_LABEL_CHARS} plain characters")
    try:
        parse_free_text(label)
    except PolicyError as error:
        raise DeviceRefusedError("a label holds no number or address of a person") from error


class DeviceAccess:
    """Recognises enrolled devices; remembers one for at most 5 seconds."""

    def __init__(self, rows: DeviceRows, directory: MerchantDirectory) -> None:
        self._rows, self._directory = rows, directory
        self._known = Remembered[tuple[Device, Merchant]]()

    def authenticate(
        self, secret: str, now: Timestamp, *, fresh: bool = False, suspended: bool = False
    ) -> tuple[Device, Merchant]:
        """Return the device that has this secret, and its merchant.

        Args:
            secret: As the device keeps it.
            now: When it is asked.
            fresh: Whether the database is asked even if the device is remembered: who has just
                changed something must see it.
            suspended: Whether one of a suspended merchant is let in, to read why and reply.

        Raises:
            UnauthorizedError: no device has it, or it was revoked, or its time is over.
            ForbiddenError: the merchant is suspended, and that is not let in.
        """
        if not _SECRET.fullmatch(secret):
            raise UnauthorizedError("no device has this secret")
        digest = token_hash(secret)
        device, merchant = self._ask(digest, now) if fresh else self._lookup(digest, now)
        if not merchant.verifies and not suspended:
            raise ForbiddenError("the merchant may not verify")
        return device, merchant

    def _lookup(self, digest: bytes, now: Timestamp) -> tuple[Device, Merchant]:
        known = self._known.get(digest)
        if known is not None and now < known[0].expires_at:
            return known
        return self._ask(digest, now)

    def _ask(self, digest: bytes, now: Timestamp) -> tuple[Device, Merchant]:
        device = self._rows.by_secret(digest, now)
        merchant = None if device is None else self._directory.get(device.merchant)
        if device is None or merchant is None:
            raise UnauthorizedError("no device has this secret")
        self._known.put(digest, (device, merchant))
        return device, merchant
