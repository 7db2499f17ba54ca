"""QR codes that stand in a page itself, so that nothing else has to be fetched."""

import base64

from gateway.codes import qr


def picture_of(address: str) -> str:
    """Return the QR code of an address, a PNG in base64."""
    return base64.b64encode(qr.address_png(address)).decode("ascii")
