"""Who acts in the settings of a device, and what is said where an act is refused."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Response

from gateway.errors import RefusedError
from gateway.services.audit import Acting
from gateway.services.device_pins import PinRefusedError, WrongPinError
from gateway.services.devices import Device, DeviceRefusedError, UnknownDeviceError
from gateway.services.errors import UnauthorizedError
from gateway.services.pauses import OfferNotHereError
from gateway.web.admission import LockedError, till
from gateway.web.context import gateway
from gateway.web.counter import Counter
from gateway.web.errors import NotFoundError
from gateway.web.pages.moves import see_other

SETTINGS_SAID: Final[Mapping[type[RefusedError], str]] = {
    DeviceRefusedError: "名称须为 1 到 40 个普通字符,不含电话、证件号;网点须是本店的。",
    UnknownDeviceError: "没有这台设备,可能已停用。",
    PinRefusedError: "密码须为 4 到 8 位数字。",
    WrongPinError: "密码不对,请再试。忘了密码,请店主在自己的手机上或信用办重设。",
    OfferNotHereError: "本店没有这项优惠,或它没有暂停。",
}
"""What is said of each refusal."""

REFUSED: Final = tuple(SETTINGS_SAID)
"""What the settings refuse in words of their own."""


def counter() -> Counter:
    """Return what devices decide.

    Raises:
        NotFoundError: this process enrols no devices.
    """
    found = gateway().counter
    if found is None:
        raise NotFoundError("no devices are enrolled here")
    return found


def own_device() -> Device:
    """Return the device that asks.

    Raises:
        UnauthorizedError: it is none.
    """
    found = till().enrolled
    if found is None:
        raise UnauthorizedError("no device asks")
    return found


def opened_device() -> Device:
    """Return the device that asks, if its settings are open.

    Raises:
        LockedError: it has a PIN, which this browser has yet to give.
    """
    if till().locked:
        raise LockedError("the settings of this device are locked")
    return own_device()


def acting() -> Acting:
    """Return the device that asks, for the ledger.

    Raises:
        RateLimitedError: it changed too much within an hour.
    """
    gateway().limits.admit_change(own_device().id)
    return Acting(by=f"device:{own_device().id}", at=gateway().clock.now())


def said_of(error: RefusedError) -> str:
    """Return what is said of a refusal; a page translates it."""
    return SETTINGS_SAID[type(error)]


def done(act: Callable[[], object], then: str, again: Callable[[str], Response]) -> Response:
    """Perform an act and go on; if it is refused, show ``again`` with the words for it."""
    try:
        act()
    except REFUSED as error:
        return again(said_of(error))
    return see_other(then)
