"""What devices on a merchant's counter decide beside verifying; found by its pages."""

from dataclasses import dataclass

from gateway.services.device_pins import DevicePins
from gateway.services.devices import EnrolDevices
from gateway.services.pauses import PauseOffers


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Use cases of the settings of a device, and of the owner's."""

    devices: EnrolDevices
    pins: DevicePins
    pauses: PauseOffers
