"""The lock on the settings of a device with a PIN: which browser has opened it, and until when.

A cookie says so, with a code of ours over the device, its PIN's hash and the end: another PIN, or
another device, and it opens nothing. The verify page takes it away.
"""

import hmac
from typing import Final

from flask import Response

from gateway.ids import Timestamp
from gateway.services.devices import Device
from gateway.web.browser import drop_cookie, read_cookie, set_cookie
from gateway.web.context import gateway

OPEN_S: Final = 600
_COOKIE: Final = "unlocked"


def is_locked(device: Device, now: Timestamp) -> bool:
    """Return whether this browser has yet to give the PIN of the device that it is."""
    if device.pin_hash is None:
        return False
    until, _, code = (read_cookie(_COOKIE) or "").partition(".")
    # Compared before it is read as a number.
    return (
        not hmac.compare_digest(code.encode("utf-8", "replace"), _code(device, until))
        or int(until) <= now
    )


def open_lock(response: Response, device: Device, now: Timestamp) -> None:
    """Let the settings be open in this browser for ten minutes."""
    until = str(now + OPEN_S)
    value = f"{until}.{_code(device, until).decode()}"
    set_cookie(response, _COOKIE, value, max_age_s=OPEN_S, lax=False)


def close_lock(response: Response) -> None:
    """Lock the settings of this browser, if they are open."""
    if read_cookie(_COOKIE) is not None:
        drop_cookie(response, _COOKIE)


def _code(device: Device, until: str) -> bytes:
    said = f"credit-code unlock\n{device.id}\n{device.pin_hash}\n{until}".encode("utf-8", "replace")
    return hmac.new(gateway().form_key, said, "sha256").hexdigest().encode()
