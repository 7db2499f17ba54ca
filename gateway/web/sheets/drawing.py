"""A drawing: marks on a page of paper, in millimetres from its upper left corner.

``svg`` and ``pdf`` both draw it, from the same outlines, so that neither needs a font elsewhere.
"""

from dataclasses import dataclass, field
from typing import Final

MM_PER_PT: Final = 25.4 / 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text.

    Attributes:
        x: Its left end.
        y: Its base line.
        size_pt: Size of the letters, in points.
    """

    text: str = field(repr=False)
    x: float
    y: float
    size_pt: float
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A thin straight line.

    Attributes:
        dashed: Where to cut.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A QR code with its white border.

    Attributes:
        side: Of the square, border included.
        rows: Dark modules are True.
    """

    x: float
    y: float
    side: float
    rows: tuple[tuple[bool, ...], ...] = field(repr=False)

    def bars(self) -> list[tuple[int, int, int]]:
        """Return the dark bars: column and row, in modules, and how many modules long."""
        found = list[tuple[int, int, int]]()
        for y, row in enumerate(self.rows):
            start: int | None = None
            for x, dark in enumerate((*row, False)):
                if dark and start is None:
                    start = x
                elif not dark and start is not None:
                    found.append((start, y, x - start))
                    start = None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A page.

    Attributes:
        title: For the window that shows it, and a screen reader.
        width: 210 for A4.
        height: 297 for A4.
    """

    title: str
    width: float
    height: float
    marks: tuple[Words | Line | Symbol, ...] = field(repr=False)
