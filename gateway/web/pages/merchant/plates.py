"""What a plate leads to, for whoever prints it: the merchant, or the office with its first sheet.

The address names city and scenario and nobody else. The merchant's name stands on the paper only:
no page of a guest repeats what anybody could have printed (docs/adr/0140).
"""

from dataclasses import dataclass
from urllib.parse import quote

from gateway.services.ports import Merchant
from gateway.web.context import gateway
from gateway.web.pages.merchant.scenarios import Choice
from gateway.web.pages.pictures import picture_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """One plate.

    Attributes:
        picture: QR code of the address, a PNG in base64.
    """

    name: str
    address: str
    picture: str


def plate_of(choice: Choice) -> Plate:
    """Return the plate of a scenario."""
    city = gateway()
    address = f"{city.leaf}/#city={city.city.division_code}&scenario={choice.id}"
    return Plate(name=choice.name, address=address, picture=picture_of(address))


def complaints_address(merchant: Merchant) -> str:
    """Return where a guest complains about a merchant."""
    return f"{gateway().leaf}/complaints?merchant={quote(merchant.id)}"
