"""A table of merchants as a spreadsheet saves it: bytes in, rows of named cells out.

Office programs save CSV as UTF-8 or, in China, as GBK. Nobody can tell every file of one from one
of the other, so a guess is never silent: what is surely UTF-8 is taken, anything else has to be
named, or confirmed by somebody who saw the first rows. GB18030 holds all of GBK.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from gateway.errors import RefusedError

MAX_SHEET_BYTES: Final = 1024 * 1024
MAX_SHEET_ROWS: Final = 2000

Encoding = Literal["utf-8", "gb18030"]

COLUMNS: Final[Mapping[str, str]] = {
    "id": "编号",
    "name": "名称",
    "uscc": "统一社会信用代码",
    "uscc_reason": "代码说明",
    "scenarios": "场景",
    "venues": "网点",
    "commitment_due": "承诺书期限",
    "commitment_returned": "承诺书交回",
}
"""Columns by their English names, with the Chinese ones; any order, three of them needed."""

NEEDED: Final = ("id", "name", "scenarios")

TEMPLATE: Final = (
    ",".join(COLUMNS.values()) + "\r\n"
    'river-hotel,江滨酒店(示例),91350100M000100Y43,,酒店住宿,"west 西楼;east 东楼",2026-12-31,\r\n'
)
"""A file to begin with: the head, and one made-up row to be overwritten."""

_NAMES: Final = {zh: name for name, zh in COLUMNS.items()} | {name: name for name in COLUMNS}
_FIRST_OF_THREE: Final = "\u0800"
"""From here on UTF-8 takes three bytes. GBK may look like some of two; of three is no chance."""


class SheetError(RefusedError):
    """A file is no table of merchants; the message says what is allowed."""

    code = "merchant_sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row.

    Attributes:
        number: As a spreadsheet counts: the head is 1.
        cells: By English column name, without blanks around; a missing cell is empty.
        too_long: Whether there are more cells than columns.
    """

    number: int
    cells: Mapping[str, str]
    too_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table.

    Attributes:
        sure: Whether the encoding was named, or is beyond doubt.
    """

    encoding: Encoding
    sure: bool
    rows: tuple[SheetRow, ...]

    @classmethod
    def parse(cls, raw: bytes, encoding: Encoding | None = None) -> "Sheet":
        """Return the table in a file.

        Args:
            raw: The file.
            encoding: If somebody knows it.

        Raises:
            SheetError: it is none, in no encoding that it could be.
        """
        if len(raw) > MAX_SHEET_BYTES:
            raise SheetError(f"the file is too large; allowed: {MAX_SHEET_BYTES} bytes")
        found, text, sure = _decoded(raw, encoding)
        return cls(encoding=found, sure=sure, rows=tuple(_rows(text)))


def _decoded(raw: bytes, named: Encoding | None) -> tuple[Encoding, str, bool]:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        raise SheetError("the file is no CSV; allowed: CSV UTF-8, or CSV in GBK")
    if raw.startswith(codecs.BOM_UTF8):
        named, raw = "utf-8", raw[len(codecs.BOM_UTF8) :]
    if named is not None:
        text = _strict(raw, named)
        if text is None:
            raise SheetError(f"the file is not {named}; allowed: the other encoding, saved anew")
        return named, text, True
    utf8, gbk = _strict(raw, "utf-8"), _strict(raw, "gb18030")
    if utf8 is not None and (utf8.isascii() or max(utf8) >= _FIRST_OF_THREE):
        return "utf-8", utf8, True
    if gbk is None:
        raise SheetError("the file is neither UTF-8 nor GBK; allowed: CSV UTF-8, or CSV in GBK")
    return "gb18030", gbk, False


def _strict(raw: bytes, encoding: Encoding) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _rows(text: str) -> Iterator[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        columns = _columns(next(reader, list[str]()))
        for number, cells in enumerate(reader, start=2):
            if number > MAX_SHEET_ROWS + 1:
                raise SheetError(f"too many rows; allowed: {MAX_SHEET_ROWS}")
            if not any(cell.strip() for cell in cells):
                continue
            # Spreadsheets fill short rows up with nothing, and long ones with empty cells.
            extra = any(cell.strip() for cell in cells[len(columns) :])
            filled = [*cells, *([""] * len(columns))]
            named = {name: filled[place].strip() for place, name in enumerate(columns)}
            yield SheetRow(number=number, cells=named, too_long=extra)
    except csv.Error as error:
        raise SheetError(f"after row {number or 1} the file is no CSV; see its quotes") from error


def _columns(head: list[str]) -> tuple[str, ...]:
    while head and not head[-1].strip():
        head = head[:-1]
    names = list[str]()
    for place, cell in enumerate(head, start=1):
        name = _NAMES.get(cell.strip())
        if name is None or name in names:
            said = ", ".join(f"{zh} ({name})" for name, zh in COLUMNS.items())
            raise SheetError(f"column {place} is unknown or stands twice; allowed: {said}")
        names.append(name)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise SheetError(f"no column {', '.join(missing)}; needed: {', '.join(NEEDED)}")
    return tuple(names)
