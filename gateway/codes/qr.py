"""Draw a code as a QR symbol (ISO/IEC 18004), level M, for paper, pages and terminals."""

import io
from typing import Final

import qrcode
import qrcode.constants
import qrcode.image.svg
import qrcode.util
from qrcode.image.pil import PilImage

from gateway.codes.errors import CodeTooLargeError

QUIET_ZONE_MODULES: Final = 4
"""White border that ISO/IEC 18004, 9.1 asks for."""

MAX_VERSION: Final = 40
MAX_CHARS: Final = 3391
"""What version 40 holds at level M (ISO/IEC 18004, table 7)."""

MAX_ADDRESS_BYTES: Final = 2331
"""The same in byte mode."""

_ALPHANUMERIC: Final = 2
"""``qrcode.util.MODE_ALPHA_NUM``, whose stub has no literal type."""


def symbol(text: str) -> "qrcode.QRCode[qrcode.image.svg.SvgPathImage]":
    """Return the smallest level-M symbol that holds ``text`` in alphanumeric mode.

    Raises:
        CodeTooLargeError: no symbol holds so much; nobody hands out such a text.
        ValueError: a character outside the QR code's alphanumeric set.
    """
    if len(text) > MAX_CHARS:
        raise CodeTooLargeError("this text", MAX_VERSION + 1, MAX_VERSION)
    drawing = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=QUIET_ZONE_MODULES,
        image_factory=qrcode.image.svg.SvgPathImage,
    )
    data = qrcode.util.QRData(text.encode("ascii"), mode=_ALPHANUMERIC)
    drawing.add_data(data, optimize=0)
    drawing.make(fit=True)
    return drawing


def version(text: str) -> int:
    """Return the QR version, 1 to 40; its side is 17 + 4 * version modules."""
    found = symbol(text).version
    return int(found)


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of the symbol with its white border; dark is True."""
    return tuple(tuple(map(bool, row)) for row in symbol(text).get_matrix())


def svg(text: str) -> str:
    """Return an SVG document: one black path on white, so that a dark page changes nothing."""
    image = symbol(text).make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    return image.to_string(encoding="unicode")


def png(text: str, *, module_px: int = 8) -> bytes:
    """Return a black-on-white PNG with ``module_px`` pixels per module."""
    drawing = symbol(text)
    drawing.box_size = module_px
    out = io.BytesIO()
    drawing.make_image(image_factory=PilImage).save(out, "PNG")
    return out.getvalue()


def address_png(address: str, *, module_px: int = 6) -> bytes:
    """Return a black-on-white PNG of an address, in byte mode.

    Raises:
        CodeTooLargeError: over 2,331 bytes, what version 40 holds at level M.
    """
    drawing = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        border=QUIET_ZONE_MODULES,
        box_size=module_px,
        image_factory=PilImage,
    )
    drawing.add_data(address.encode("utf-8"), optimize=0)
    if len(address.encode("utf-8")) > MAX_ADDRESS_BYTES:
        raise CodeTooLargeError("this address", MAX_VERSION + 1, MAX_VERSION)
    drawing.make(fit=True)
    out = io.BytesIO()
    drawing.make_image().save(out, "PNG")
    return out.getvalue()


def terminal(text: str) -> str:
    """Return the symbol in half blocks, where a light module is drawn and a dark one is not.

    Right on a dark terminal; on a light one it appears inverted, which most readers forgive.
    """
    # A symbol has an odd number of rows; a light one makes them even.
    rows = symbol(text).get_matrix()
    rows = [*rows, [False] * len(rows)]
    blocks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(blocks[upper, lower] for upper, lower in zip(top, bottom, strict=True))
        for top, bottom in zip(rows[::2], rows[1::2], strict=True)
    )
