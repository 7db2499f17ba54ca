"""Printed sheets: drawn once, as SVG and as PDF, and read by a scanner as paper would be."""

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from PIL import Image

from gateway.codes import qr
from gateway.web.pages.printed import lettering
from gateway.web.sheets.drawing import Drawing, Line, Symbol, Words
from gateway.web.sheets.layout import HEIGHT, MARGIN, WIDTH, Facts, Named, draw_sheet
from gateway.web.sheets.lettering import BOLD, REGULAR, Lettering, SheetFontError
from gateway.web.sheets.pdf import pdf
from gateway.web.sheets.svg import svg
from tests.scanners import only_qr

SVG = "{http://www.w3.org/2000/svg}"
VERSION_9 = 262
"""Characters that fill version 9, which a printed code of the founding cities needs."""
SHEET = "ABCDEFGHIJKLMNOP"
FACTS = Facts(
    home=Named(zh="湖州", en="Huzhou"),
    city=Named(zh="温州", en="Wenzhou"),
    scenario=Named(zh="酒店住宿", en="Hotels"),
    holder="张*",
    last_day=date(2026, 12, 3),
    hotline="0572-12345",
    sheet=SHEET,
    texts=tuple(f"CC1:{at}{'A7 $%*+-./:' * 40}"[:VERSION_9] for at in range(6)),
)


def printed(document: bytes, tool: str, *options: str) -> bytes:
    """Return what one of poppler's tools makes of a document."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"no {tool} (Debian package poppler-utils)")
    command = [path, *options, "-", *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(command, input=document, capture_output=True, check=True).stdout  # noqa: S603  (a fixed tool)


def modules_of(path: str) -> tuple[tuple[bool, ...], ...]:
    """Return the symbol that a path of bars draws."""
    bars = [tuple(map(int, bar)) for bar in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)]
    side = len(qr.modules(FACTS.texts[0]))
    dark = {(x + more, y) for x, y, long in bars for more in range(long)}
    return tuple(tuple((x, y) in dark for x in range(side)) for y in range(side))


def words_of(drawing: Drawing) -> list[Words]:
    return [mark for mark in drawing.marks if isinstance(mark, Words)]


def test_a_scanner_reads_every_code_from_the_paper() -> None:
    picture = printed(pdf(draw_sheet(FACTS, lettering()), lettering()), "pdftoppm", "-r", "100")

    with Image.open(io.BytesIO(picture)) as image:
        found = zxingcpp.read_barcodes(image, formats=only_qr())

    assert {each.text for each in found} == set(FACTS.texts)


def test_the_text_of_the_pdf_can_be_searched_and_read_aloud() -> None:
    document = pdf(draw_sheet(FACTS, lettering()), lettering())

    said = "".join(printed(document, "pdftotext", "-raw").decode("utf-8").split())

    for words in (
        "温州",
        "酒店住宿",
        "持码人张*",
        "第6/6张，用一次",
        "2026年12月3日",
        "扫码并看证件",
    ):
        assert words in said
    assert said.count("遗失拨0572-12345") == 6


def test_the_pdf_names_no_time_no_program_and_nobody() -> None:
    document = pdf(draw_sheet(FACTS, lettering()), lettering())

    assert document == pdf(draw_sheet(FACTS, lettering()), lettering())
    for secret in (b"/CreationDate", b"/Producer", b"/Creator", b"/Author", b"/ID"):
        assert secret not in document


def test_the_svg_needs_no_font_and_tells_who_cannot_see_it_what_it_says() -> None:
    root = ET.fromstring(svg(draw_sheet(FACTS, lettering()), lettering()))  # noqa: S314  our own

    assert root.find(f".//{SVG}text") is None
    assert root.findtext(f"{SVG}title") == "湖州信用码打印页"
    assert "第1/6张，用一次" in (root.findtext(f"{SVG}desc") or "")
    symbols = [each for each in root.iter(f"{SVG}path") if "scale" in each.get("transform", "")]
    assert [modules_of(each.attrib["d"]) for each in symbols] == list(map(qr.modules, FACTS.texts))
    drawn = {each.attrib["id"] for each in root.iter(f"{SVG}path") if "id" in each.attrib}
    assert {each.attrib["href"] for each in root.iter(f"{SVG}use")} == {
        f"#{name}" for name in drawn
    }


def test_nothing_is_printed_where_a_printer_does_not_reach() -> None:
    long = Named(zh="很长的应用场景名称" * 4, en="a very long name of a scenario " * 2)
    drawing = draw_sheet(replace(FACTS, scenario=long, hotline="0" * 20), lettering())

    for each in words_of(drawing):
        right = each.x + lettering().width(each.text, each.weight) * each.size_pt * 25.4 / 72
        assert each.x >= MARGIN
        assert right <= WIDTH - MARGIN + 0.1
        assert MARGIN <= each.y <= HEIGHT - MARGIN


def test_what_is_cut_off_does_not_name_the_sheet() -> None:
    drawing = draw_sheet(FACTS, lettering())
    (cut, *_) = [mark for mark in drawing.marks if isinstance(mark, Line)]

    named = [each for each in words_of(drawing) if SHEET[:4] in each.text]
    assert [each.y < cut.y1 for each in named] == [True]


def test_what_matters_is_printed_large() -> None:
    (symbol, *_) = [
        mark for mark in draw_sheet(FACTS, lettering()).marks if isinstance(mark, Symbol)
    ]
    sizes = {each.text: each.size_pt for each in words_of(draw_sheet(FACTS, lettering()))}

    assert symbol.side / len(symbol.rows) > 0.8
    assert all(sizes[words] >= 18 for words in ("温州", "酒店住宿", "持码人 张*", "扫码并看证件"))
    assert min(size for words, size in sizes.items() if not words.isascii()) >= 9


@pytest.mark.parametrize("first", ["㛃", "가", "א"])
def test_a_family_name_that_the_font_lacks_is_written_by_hand(first: str) -> None:
    rare = replace(FACTS, holder=f"{first}*")

    said = [each.text for each in words_of(draw_sheet(rare, lettering()))]

    assert said.count("持码人 ____*") == 6
    assert pdf(draw_sheet(rare, lettering()), lettering())


@pytest.mark.parametrize("codes", [1, 2, 3, 5])
def test_fewer_codes_have_as_many_places(codes: int) -> None:
    drawing = draw_sheet(replace(FACTS, texts=FACTS.texts[:codes]), lettering())

    assert sum(isinstance(mark, Symbol) for mark in drawing.marks) == codes
    assert f"第{codes}/{codes}张，用一次" in {each.text for each in words_of(drawing)}


def test_more_letters_than_one_font_of_a_pdf_holds_take_another() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 320)))
    text = "".join(char for char in text if lettering().has(char))
    lines = tuple(
        Words(text=text[at : at + 20], x=10, y=10 + at / 2, size_pt=12, weight=REGULAR)
        for at in range(0, len(text), 20)
    )
    page = Drawing(title="<&>", width=WIDTH, height=HEIGHT, marks=lines)

    document = pdf(page, lettering())

    assert len(text) > 256
    assert document.count(b"/Subtype /Type3") == 2
    assert "".join(printed(document, "pdftotext", "-raw").decode("utf-8").split()) == text
    assert "<title>&lt;&amp;&gt;</title>" in svg(page, lettering())


def _nothing(_: Path) -> None: ...


def _no_font(where: Path) -> None:
    (where / "unicode.json").write_text('{"latin": "U+0000-00ff"}')


def _no_ranges(where: Path) -> None:
    (where / "unicode.json").write_text('{"latin": "all"}')


def _broken(where: Path) -> None:
    _no_font(where)
    (where / "noto-sans-sc-latin-wght-normal.woff2").write_bytes(b"wOF2" + bytes(200))


def _another(where: Path) -> None:
    source = Path(str(lettering()._where)) / "noto-sans-sc-vietnamese-wght-normal.woff2"  # noqa: SLF001  a part of the font alone
    (where / "noto-sans-sc-latin-wght-normal.woff2").write_bytes(source.read_bytes())
    (where / "unicode.json").write_text('{"latin": "U+4e00"}')


FONTS: dict[str, Callable[[Path], None]] = {
    "none was built": _nothing,
    "a part is missing": _no_font,
    "a table that is none": _no_ranges,
    "bytes that are no font": _broken,
    "a part without its letters": _another,
}


@pytest.mark.parametrize("prepare", FONTS.values(), ids=list(FONTS))
def test_without_a_whole_font_nothing_is_drawn(
    prepare: Callable[[Path], None], tmp_path: Path
) -> None:
    prepare(tmp_path)

    with pytest.raises(SheetFontError):
        Lettering(tmp_path).glyphs("一A", BOLD)
