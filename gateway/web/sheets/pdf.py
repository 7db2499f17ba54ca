"""A drawing as a PDF of one page (ISO 32000-1), with its letters inside as a font of outlines.

The letters are Type 3 glyphs (9.6.5) with a table back to Unicode (9.10.3): any outline fits, the
text can be searched and read aloud, and no viewer needs a font of its own. There is no date, no
author and no name of a program in it.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.web.sheets.drawing import MM_PER_PT, Drawing, Line, Symbol, Words
from gateway.web.sheets.lettering import EM, Glyph, Lettering

_CODES: Final = 256
"""Letters in one Type 3 font: its codes are single bytes."""
_LINE_MM: Final = 0.25
_CATALOG, _PAGES, _PAGE, _CONTENT, _INFO, _FIRST_FONT = 1, 2, 3, 4, 5, 6


def pdf(drawing: Drawing, lettering: Lettering) -> bytes:
    """Return the document; the same drawing gives the same bytes.

    Raises:
        SheetFontError: the font is not whole.
    """
    used = _Used(lettering=lettering)
    content = "\n".join(
        [f"{1 / MM_PER_PT:.6f} 0 0 -{1 / MM_PER_PT:.6f} 0 {_pt(drawing.height)} cm"]
        + [_mark(mark, used) for mark in drawing.marks]
    )
    fonts = used.fonts()
    objects: dict[int, bytes] = {}
    names = list[str]()
    number = _FIRST_FONT
    for at, glyphs in enumerate(fonts):
        names.append(f"/F{at} {number} 0 R")
        number = _add_font(objects, number, glyphs)
    box = f"0 0 {_pt(drawing.width)} {_pt(drawing.height)}"
    objects[_CATALOG] = (
        f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang (zh-CN) "
        "/ViewerPreferences << /DisplayDocTitle true /PrintScaling /None >> >>"
    ).encode()
    objects[_PAGES] = f"<< /Type /Pages /Kids [{_PAGE} 0 R] /Count 1 >>".encode()
    objects[_PAGE] = (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [{box}] /Contents {_CONTENT} 0 R "
        f"/Resources << /Font << {' '.join(names)} >> >> >>"
    ).encode()
    objects[_CONTENT] = _stream(content)
    title = "FEFF" + drawing.title.encode("utf-16-be").hex().upper()
    objects[_INFO] = f"<< /Title <{title}> >>".encode()
    return _document(objects)


@dataclass(slots=True, kw_only=True)
class _Used:
    """Which letters stand on the page, in the order in which they came."""

    lettering: Lettering
    _glyphs: dict[tuple[str, int], tuple[int, Glyph]] = field(
        default_factory=dict[tuple[str, int], "tuple[int, Glyph]"]
    )

    def place(self, glyph: Glyph) -> tuple[int, int]:
        """Return the number of the font that has a letter, and its code there."""
        number, _ = self._glyphs.setdefault((glyph.char, glyph.weight), (len(self._glyphs), glyph))
        return divmod(number, _CODES)

    def fonts(self) -> list[list[Glyph]]:
        """Return the letters of each font, in the order of their codes."""
        glyphs = [glyph for _, glyph in self._glyphs.values()]
        return [glyphs[first : first + _CODES] for first in range(0, len(glyphs), _CODES)]


def _mark(mark: Words | Line | Symbol, used: _Used) -> str:
    match mark:
        case Words():
            return _words(mark, used)
        case Line():
            dash = "[2 1.5] 0 d" if mark.dashed else "[] 0 d"
            return f"{_LINE_MM} w {dash} {mark.x1:g} {mark.y1:g} m {mark.x2:g} {mark.y2:g} l S"
        case Symbol():
            scale = mark.side / len(mark.rows)
            # One path for the whole symbol: no hair lines between its bars.
            bars = " ".join(f"{x} {y} {long} 1 re" for x, y, long in mark.bars())
            return f"q {scale:.6f} 0 0 {scale:.6f} {mark.x:g} {mark.y:g} cm {bars} f Q"


def _words(mark: Words, used: _Used) -> str:
    """Return one line of text: the font changes where a letter is in another one."""
    size = mark.size_pt * MM_PER_PT
    shown, font = list[str](), -1
    for glyph in used.lettering.glyphs(mark.text, mark.weight):
        there, code = used.place(glyph)
        if there != font:
            font = there
            shown.append(f"/F{font} {size:.4f} Tf")
        shown.append(f"<{code:02X}> Tj")
    # The page has y downwards by now; letters stand upright again.
    return f"BT 1 0 0 -1 {mark.x:.3f} {mark.y:.3f} Tm {' '.join(shown)} ET"


def _add_font(objects: dict[int, bytes], number: int, glyphs: Sequence[Glyph]) -> int:
    """Add one font with its letters; return the next free number of an object."""
    first, unicode = number + 2, number + 1
    procedures = " ".join(f"/c{code} {first + code} 0 R" for code in range(len(glyphs)))
    named = " ".join(f"/c{code}" for code in range(len(glyphs)))
    widths = " ".join(str(glyph.advance) for glyph in glyphs)
    boxes = [glyph.box for glyph in glyphs]
    box = [min(b[0] for b in boxes), min(b[1] for b in boxes)]
    box += [max(b[2] for b in boxes), max(b[3] for b in boxes)]
    objects[number] = (
        f"<< /Type /Font /Subtype /Type3 /FontBBox [{' '.join(map(str, box))}] "
        f"/FontMatrix [{1 / EM:g} 0 0 {1 / EM:g} 0 0] /CharProcs << {procedures} >> "
        f"/Encoding << /Type /Encoding /Differences [0 {named}] >> "
        f"/FirstChar 0 /LastChar {len(glyphs) - 1} /Widths [{widths}] "
        f"/Resources << >> /ToUnicode {unicode} 0 R >>"
    ).encode()
    objects[unicode] = _stream(_to_unicode(glyphs))
    for code, glyph in enumerate(glyphs):
        objects[first + code] = _stream(_procedure(glyph))
    return first + len(glyphs)


def _procedure(glyph: Glyph) -> str:
    steps = (f"{' '.join(map(str, each.at))} {_OPERATORS[each.kind]}" for each in glyph.strokes)
    outline = " ".join(steps) + " f" if glyph.strokes else ""
    return f"{glyph.advance} 0 {' '.join(map(str, glyph.box))} d1 {outline}"


_OPERATORS: Final = {"m": "m", "l": "l", "c": "c", "z": "h"}


def _to_unicode(glyphs: Sequence[Glyph]) -> str:
    pairs = [
        f"<{code:02X}> <{glyph.char.encode('utf-16-be').hex().upper()}>"
        for code, glyph in enumerate(glyphs)
    ]
    # At most 100 pairs may stand in one block (Adobe Technical Note 5411).
    blocks = (pairs[first : first + 100] for first in range(0, len(pairs), 100))
    told = "\n".join(
        f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /ToUnicode def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <FF> endcodespacerange\n{told}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )


def _stream(content: str) -> bytes:
    packed = zlib.compress(content.encode("ascii"), 9)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n"
    return head.encode() + packed + b"\nendstream"


def _document(objects: dict[int, bytes]) -> bytes:
    """Return the file: the objects by number, and where each begins."""
    # Four bytes above 127 tell whoever carries it that it is no text (7.5.2).
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = list[int]()
    for number in range(1, len(objects) + 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root {_CATALOG} 0 R /Info {_INFO} 0 R >>\n"
        f"startxref\n{start}\n%%EOF\n"
    ).encode()
    return bytes(out)


def _pt(millimetres: float) -> str:
    return f"{millimetres / MM_PER_PT:.3f}"
