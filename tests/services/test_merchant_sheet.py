"""A table of merchants: encodings, heads, rows."""

import pytest

from gateway.errors import GatewayError
from gateway.services.merchant_sheet import (
    COLUMNS,
    MAX_SHEET_BYTES,
    MAX_SHEET_ROWS,
    TEMPLATE,
    Encoding,
    Sheet,
)

HEAD = "编号,名称,场景\r\n"
ROW = "river,江滨酒店,lodging.hotel\r\n"
LATIN = "id,name,scenarios\r\nriver,Ãé,lodging.hotel\r\n"
"""What UTF-8 writes with two bytes each: GBK reads two of its own signs there."""

READ: dict[str, tuple[bytes, Encoding, bool]] = {
    "UTF-8": ((HEAD + ROW).encode(), "utf-8", True),
    "UTF-8 with its mark": ((HEAD + ROW).encode("utf-8-sig"), "utf-8", True),
    "GBK": ((HEAD + ROW).encode("gbk"), "gb18030", False),
    "a sign that only GB18030 has": (
        (HEAD + ROW).replace("江", "𠮷").encode("gb18030"),
        "gb18030",
        False,
    ),
    "ASCII": (b"id,name,scenarios\nriver,River,lodging.hotel\n", "utf-8", True),
    "what both could be": (LATIN.encode(), "gb18030", False),
}

REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "only a head of blanks": b",,\r\n",
    "a workbook": b"PK\x03\x04\x00\x00" + bytes(100),
    "UTF-16": (HEAD + ROW).encode("utf-16"),
    "no encoding": b"id,name,scenarios\n\xff\xff\n",
    "an unknown column": "编号,名称,场景,电话\r\n".encode(),
    "a column twice": "编号,名称,场景,id\r\n".encode(),
    "a column missing": "编号,名称\r\n".encode(),
    "a quote that does not end": (HEAD + '"river,x,y\r\n').encode(),
    "a quote inside": (HEAD + '"river"x,x,y\r\n').encode(),
    "too large": HEAD.encode() + b"x" * MAX_SHEET_BYTES,
    "too many rows": (HEAD + "a,b,c\r\n" * (MAX_SHEET_ROWS + 1)).encode(),
}


@pytest.mark.parametrize("case", READ)
def test_a_table_is_read_and_a_guess_is_never_silent(case: str) -> None:
    raw, encoding, sure = READ[case]

    sheet = Sheet.parse(raw)

    assert (sheet.encoding, sheet.sure) == (encoding, sure)
    assert [each.cells["id"] for each in sheet.rows] == ["river"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_named_encoding_is_taken_at_its_word(encoding: Encoding) -> None:
    sheet = Sheet.parse((HEAD + ROW).encode(encoding), encoding)

    assert sheet.sure
    assert sheet.rows[0].cells["name"] == "江滨酒店"


def test_a_named_encoding_that_is_not_the_files_is_refused() -> None:
    with pytest.raises(GatewayError) as caught:
        Sheet.parse((HEAD + ROW).encode("gbk"), "utf-8")

    assert caught.value.code == "merchant_sheet"


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_without_being_repeated(case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        Sheet.parse(REFUSED[case])

    assert caught.value.code == "merchant_sheet"
    assert "river" not in str(caught.value)
    assert "电话" not in str(caught.value)


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    text = 'id,name,scenarios,venues\r\na,A,x,"w W\ne E"\r\n\r\n,,,\r\n'
    text += "b,B,y\r\nc,C,z,,\r\nd,D,z,,more\r\n"

    rows = Sheet.parse(text.encode()).rows

    assert [(each.number, each.cells["id"], each.too_long) for each in rows] == [
        *((2, "a", False), (5, "b", False), (6, "c", False), (7, "d", True)),
    ]
    assert rows[0].cells["venues"] == "w W\ne E"
    assert rows[1].cells["venues"] == ""


def test_as_many_rows_as_allowed_are_read() -> None:
    text = HEAD + "a,b,c\r\n" * MAX_SHEET_ROWS

    assert len(Sheet.parse(text.encode()).rows) == MAX_SHEET_ROWS


def test_the_template_is_a_table_of_every_column() -> None:
    (row,) = Sheet.parse(TEMPLATE.encode("utf-8-sig")).rows

    assert set(row.cells) == set(COLUMNS)
    assert not row.too_long
