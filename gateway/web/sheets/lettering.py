"""Letters of printed sheets as outlines, so that they look alike on every screen and printer.

The font is the variable Noto Sans SC (OFL 1.1), which ``make assets`` puts beside the page code:
a hundred small files by range of Unicode, of which a sheet needs some twenty (docs/adr/0115).
"""

import functools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.errors import JoseError, UnavailableError
from gateway.jose import strict_json

if TYPE_CHECKING:
    from gateway.web.sheets.outlines import FontFile

EM: Final = 1000
"""Units of an outline in one em; the font's own."""

REGULAR: Final = 400
BOLD: Final = 700

_LACKING: Final = "□"
_RANGES: Final = "unicode.json"
_MAX_RANGES_BYTES: Final = 512 * 1024
_MAX_GLYPHS: Final = 4096
"""What a process keeps drawn; a sheet has about 150."""


class SheetFontError(UnavailableError):
    """The font of printed sheets is not there, or not whole; ``make assets`` brings it."""

    code = "sheet_font"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One step of an outline.

    Attributes:
        kind: ``m`` begins at a point, ``l`` is a line to one, ``c`` a cubic curve by two control
            points to a third, ``z`` closes.
        at: Coordinates, x and y in turn, in units of ``EM``, y upwards.
    """

    kind: str
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One letter in one weight.

    Attributes:
        advance: Width, in units of ``EM``.
        strokes: Filled by the non-zero rule; none for a space.
    """

    char: str
    weight: int
    advance: int
    strokes: tuple[Stroke, ...]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, lower, right and upper bound, control points included."""
        xs = [x for each in self.strokes for x in each.at[::2]] or [0]
        ys = [y for each in self.strokes for y in each.at[1::2]] or [0]
        return min(xs), min(ys), max(xs), max(ys)


class Lettering:
    """The font. It is read as it is needed and kept: a second sheet costs little."""

    def __init__(self, where: Path) -> None:
        """Find the files.

        Raises:
            SheetFontError: they are not there.
        """
        self._where = where
        self._files = _files(where / _RANGES)
        self._glyph = functools.lru_cache(maxsize=_MAX_GLYPHS)(self._drawn)
        # Laying out asks for the same letters thousands of times, of a hundred files with ranges.
        self._file = functools.lru_cache(maxsize=_MAX_GLYPHS)(self._listed)
        self._font = functools.cache(self._opened)
        self._reading = threading.Lock()

    def has(self, text: str) -> bool:
        """Return whether every letter of a text can be drawn.

        Raises:
            SheetFontError: a file of the font cannot be read.
        """
        return all(self._holds(char) for char in text)

    def shown(self, text: str) -> str:
        """Return a text with a box for each letter that the font lacks."""
        return "".join(char if self.has(char) else _LACKING for char in text)

    def glyphs(self, text: str, weight: int) -> Sequence[Glyph]:
        """Return the letters of a text.

        Raises:
            SheetFontError: the font lacks one, or a file of it cannot be read.
        """
        # A file that is read lazily has one position, whoever reads.
        with self._reading:
            return [self._glyph(char, weight) for char in text]

    def width(self, text: str, weight: int) -> float:
        """Return the width of a text in ems."""
        return sum(glyph.advance for glyph in self.glyphs(text, weight)) / EM

    def _holds(self, char: str) -> bool:
        # The table of ranges names more than the files hold, such as Hangul.
        name = self._file(char)
        try:
            return name is not None and self._font(name).has(char)
        except (OSError, ValueError) as error:
            raise SheetFontError("the font is not whole") from error

    def _listed(self, char: str) -> str | None:
        return next((name for name, held in self._files.items() if held.has(ord(char))), None)

    def _drawn(self, char: str, weight: int) -> Glyph:
        try:
            advance, steps = self._font(self._file(char)).draw(char, weight)
        except (OSError, ValueError, KeyError) as error:
            raise SheetFontError("the font is not whole, or lacks a letter") from error
        strokes = (
            Stroke(kind=kind, at=tuple(round(value) for point in points for value in point))
            for kind, points in steps
        )
        return Glyph(char=char, weight=weight, advance=round(advance), strokes=tuple(strokes))

    def _opened(self, name: str | None) -> "FontFile":
        from gateway.web.sheets.outlines import FontFile  # noqa: PLC0415  (only who prints waits)

        if name is None:
            raise KeyError(name)
        return FontFile(self._where / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What one file has: ranges of code points, ends included."""

    ranges: tuple[tuple[int, int], ...]

    def has(self, point: int) -> bool:
        return any(first <= point <= last for first, last in self.ranges)


def _files(path: Path) -> Mapping[str, _Held]:
    """Return the files by name, as the package's table of ranges says."""
    try:
        told = strict_json.parse(path.read_bytes(), max_bytes=_MAX_RANGES_BYTES)
        return {
            f"noto-sans-sc-{part.strip('[]')}-wght-normal.woff2": _held(str(ranges))
            for part, ranges in told.items()
        }
    except (OSError, JoseError, ValueError) as error:
        raise SheetFontError("the font was not built") from error


def _held(ranges: str) -> _Held:
    """Return the ranges of a text such as ``U+4e00-4e10,U+9fa5``."""
    parts = (each.removeprefix("U+").partition("-") for each in ranges.split(","))
    return _Held(ranges=tuple((int(first, 16), int(last or first, 16)) for first, _, last in parts))
