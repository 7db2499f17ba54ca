"""What stands behind the words where a page without JavaScript shows no code.

Grey squares without the corners of a code: no scanner takes them for one, and from two metres
nobody sees whose page shows them. In the page, ``drawMosaic`` (``draw.js``) draws the same.
"""

import base64
import functools
import hashlib
import io
from typing import Final

from PIL import Image

_SIDE: Final = 53
"""Modules of a scenario code with its border."""

_BORDER: Final = 4
_GREY: Final = 0x55
_WHITE: Final = 0xFF


@functools.cache
def mosaic() -> str:
    """Return a PNG in base64, the same for everybody: nothing about anybody is in it."""
    # What looks like chance must not change: a difference between two pages would say something.
    bits = hashlib.shake_256(b"mosaic").digest(_SIDE * _SIDE)
    picture = Image.new("L", (_SIDE, _SIDE), _WHITE)
    for at, bit in enumerate(bits):
        y, x = divmod(at, _SIDE)
        if bit & 1 and min(x, y) >= _BORDER and max(x, y) < _SIDE - _BORDER:
            picture.putpixel((x, y), _GREY)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")
