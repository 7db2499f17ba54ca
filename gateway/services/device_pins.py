"""The PIN of a merchant's device: with one, it shows the verify page and nothing that changes.

A device with a PIN stands in a kiosk: its settings, the owner's pages and leaving ask for the
PIN. It keeps staff and guests from pressing things, no more: who has the phone's own code has all.
Only an argon2 hash is stored, of the parameters that OWASP names least: ten thousand PINs are soon
tried by whoever holds the database. Tries are slowed by ``RateLimits.admit_pin``, never stopped.
"""

import re
from dataclasses import dataclass, field
from typing import Final

import argon2

from gateway.errors import RefusedError
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.devices import Device, DeviceRows, UnknownDeviceError

PIN_PATTERN: Final = re.compile(r"[0-9]{4,8}")
HASHER: Final = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PinRefusedError(RefusedError):
    """A text is no PIN: 4 to 8 digits."""

    code = "device_pin_refused"


class WrongPinError(RefusedError):
    """It is not the PIN of this device."""

    code = "device_pin_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePins:
    """Sets, takes away and asks for PINs.

    Attributes:
        hasher: Deliberately slow; a test has a quick one.
    """

    rows: DeviceRows
    hasher: argon2.PasswordHasher = field(default_factory=lambda: HASHER)

    def hash_of(self, pin: str) -> str:
        """Return what is stored of a PIN.

        Raises:
            PinRefusedError: it is none.
        """
        if not PIN_PATTERN.fullmatch(pin):
            raise PinRefusedError("a PIN is 4 to 8 digits")
        return self.hasher.hash(pin)

    def set(self, device_id: str, pin: str, acting: Acting) -> None:
        """Give a device a PIN, in place of the one that it has.

        Raises:
            PinRefusedError: it is none.
            UnknownDeviceError: there is no such device.
        """
        self._store(device_id, self.hash_of(pin), acting.note("device.pin_set", device_id))

    def clear(self, device_id: str, acting: Acting) -> None:
        """Let a device be without a PIN.

        Raises:
            UnknownDeviceError: there is no such device.
        """
        self._store(device_id, None, acting.note("device.pin_cleared", device_id))

    def check(self, device: Device, pin: str) -> None:
        """Return if this is the PIN of the device; who asks has counted the try.

        Raises:
            WrongPinError: it is not, or the device has none.
        """
        try:
            self.hasher.verify(device.pin_hash or "", pin)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError) as error:
            raise WrongPinError("not the PIN of this device") from error

    def _store(self, device_id: str, pin_hash: str | None, note: Note) -> None:
        if not self.rows.set_pin(device_id, pin_hash, note):
            raise UnknownDeviceError("there is no device of this id")
