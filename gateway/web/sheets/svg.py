"""A drawing as an SVG document of one page, which needs no font of whoever looks at it."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from gateway.web.sheets.drawing import MM_PER_PT, Drawing, Line, Symbol, Words
from gateway.web.sheets.lettering import EM, Glyph, Lettering

_LINE_MM: Final = 0.25


def svg(drawing: Drawing, lettering: Lettering) -> str:
    """Return the document; each letter is there once, and used wherever it stands.

    Raises:
        SheetFontError: the font is not whole.
    """
    letters = dict[tuple[str, int], str]()
    body = list(_marks(drawing, lettering, letters))
    glyphs = (_glyph(name, lettering.glyphs(*key)[0]) for key, name in letters.items())
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    size = f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(drawing.title)}</title>",
            f"<desc>{escape(_said(drawing))}</desc>",
            f"<defs>{''.join(glyphs)}</defs>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _said(drawing: Drawing) -> str:
    """Return all text of the drawing, for who cannot see it."""
    return "\n".join(mark.text for mark in drawing.marks if isinstance(mark, Words))


def _marks(
    drawing: Drawing, lettering: Lettering, letters: dict[tuple[str, int], str]
) -> Iterator[str]:
    for mark in drawing.marks:
        match mark:
            case Words():
                yield _words(mark, lettering, letters)
            case Line():
                dash = ' stroke-dasharray="2 1.5"' if mark.dashed else ""
                yield (
                    f'<path d="M{mark.x1:g} {mark.y1:g}L{mark.x2:g} {mark.y2:g}" '
                    f'stroke="#000" stroke-width="{_LINE_MM}"{dash}/>'
                )
            case Symbol():
                scale = mark.side / len(mark.rows)
                bars = "".join(f"M{x} {y}h{long}v1h-{long}z" for x, y, long in mark.bars())
                where = f"translate({mark.x:g} {mark.y:g}) scale({scale:.6f})"
                yield f'<path transform="{where}" d="{bars}"/>'


def _words(mark: Words, lettering: Lettering, letters: dict[tuple[str, int], str]) -> str:
    at, used = 0, list[str]()
    for glyph in lettering.glyphs(mark.text, mark.weight):
        if glyph.strokes:
            name = letters.setdefault((glyph.char, glyph.weight), f"g{len(letters)}")
            used.append(f'<use href="#{name}" x="{at}"/>' if at else f'<use href="#{name}"/>')
        at += glyph.advance
    scale = mark.size_pt * MM_PER_PT / EM
    # Outlines have y upwards, and so has what moves them inside.
    where = f"translate({mark.x:.3f} {mark.y:.3f}) scale({scale:.6f} -{scale:.6f})"
    return f'<g transform="{where}">{"".join(used)}</g>'


def _glyph(name: str, glyph: Glyph) -> str:
    steps = (f"{each.kind.upper()}{' '.join(map(str, each.at))}" for each in glyph.strokes)
    return f'<path id="{name}" d="{"".join(steps)}"/>'
