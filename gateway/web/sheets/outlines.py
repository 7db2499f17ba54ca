"""Outlines out of a font file. The only importer of ``fontTools``, which has no types.

Import it where somebody prints: it takes a tenth of a second.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fontTools.pens import basePen, recordingPen  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # has no types

Point = tuple[float, float]
Step = tuple[str, tuple[Point, ...]]

_split: Any = basePen.decomposeQuadraticSegment  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # no types either
_new_pen: Any = recordingPen.DecomposingRecordingPen
_open: Any = TTFont


class FontFile:
    """One variable font, read as far as it is needed."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            OSError, ValueError: it is not there, or no font.
        """
        try:
            self._font = _open(io.BytesIO(path.read_bytes()), lazy=True)
            self._names: dict[int, str] = self._font.getBestCmap()
        except (OSError, ValueError):
            raise
        except Exception as error:  # whatever its decoders say of bytes that are no font
            raise ValueError("not a font") from error
        self._weights: dict[int, Any] = {}

    def has(self, char: str) -> bool:
        """Return whether there is such a letter."""
        return ord(char) in self._names

    def draw(self, char: str, weight: int) -> tuple[float, list[Step]]:
        """Return the advance of a letter and the steps of its outline, with cubic curves only.

        Raises:
            KeyError: the font has no such letter.
        """
        glyphs = self._weights.get(weight)
        if glyphs is None:
            glyphs = self._weights[weight] = self._font.getGlyphSet(location={"wght": weight})
        glyph, pen = glyphs[self._names[ord(char)]], _new_pen(glyphs)
        glyph.draw(pen)
        return glyph.width, list(_steps(pen.value))


def _steps(recorded: list[tuple[str, tuple[Point, ...]]]) -> Iterator[Step]:
    here = (0.0, 0.0)
    for what, points in recorded:
        match what:
            case "moveTo":
                yield "m", points
            case "lineTo":
                yield "l", points
            case "qCurveTo":
                for control, end in _split(points):
                    yield "c", (_third(here, control), _third(end, control), end)
                    here = end
            case "curveTo":
                yield "c", points
            case _:
                yield "z", ()
        here = points[-1] if points else here


def _third(end: Point, control: Point) -> Point:
    """Return the cubic control point that a quadratic one becomes."""
    return end[0] + 2 / 3 * (control[0] - end[0]), end[1] + 2 / 3 * (control[1] - end[1])
