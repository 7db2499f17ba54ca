"""The two forms of an assessment file, and what one row may hold.

CSV begins with the line ``subject,reading,assessed_on,scale_version``; JSONL has one object
a line with the same members, ``scale_version`` optional. ``assessed_on`` is a civil date,
``2026-10-24``, and means midnight in China. A reading is a whole number or the name of a
level. The order of rows means nothing, and a subject has one row.
"""

import csv
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from gateway.clock import CHINA
from gateway.errors import JoseError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.assess import Assessment

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_LINE_BYTES = 1024
MAX_ROWS = 200_000
MAX_BAD_LINES = 20
"""Bad lines that are named; whoever mends a file does it in rounds anyway."""

CSV_HEADER = "subject,reading,assessed_on,scale_version"

_FIELDS = tuple(CSV_HEADER.split(","))
_SUBJECT = re.compile(r"[!-~]{1,128}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_LEVEL = re.compile(r"[^\x00-\x1f\x7f-\x9f\s\"\\,]{1,32}")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,32}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")

Row = tuple[str, Assessment]
RowReader = Callable[[str], Row]
Table = Mapping[str, Assessment]


class BadFileError(Exception):
    """A file is not taken; ``args[0]`` says why without a word of its content."""


def parse_csv(text: str) -> Table:
    """Return the assessments by subject.

    Raises:
        BadFileError: another header, a bad line, or too many.
    """
    header, _, rows = text.partition("\n")
    if header.removesuffix("\r") != CSV_HEADER:
        raise BadFileError(f"line 1 must be {CSV_HEADER}")
    return _parse_lines(rows, _csv_row, first_line=2)


def parse_jsonl(text: str) -> Table:
    """Return the assessments by subject.

    Raises:
        BadFileError: a bad line, too many, or none.
    """
    if not text:
        # More likely cut off than meant; a CSV that means nobody has its header.
        raise BadFileError("is empty")
    return _parse_lines(text, _json_row, first_line=1)


def _parse_lines(text: str, read: RowReader, *, first_line: int) -> Table:
    lines = text.removesuffix("\n").split("\n") if text else []
    if len(lines) > MAX_ROWS:
        raise BadFileError(f"more than {MAX_ROWS} rows")
    table: dict[str, Assessment] = {}
    bad: list[int] = []
    for number, line in enumerate(lines, first_line):
        row = _row(line, read)
        if row is None or row[0] in table:
            bad.append(number)
        else:
            table[row[0]] = row[1]
    if bad:
        more = f" and {len(bad) - MAX_BAD_LINES} more" if len(bad) > MAX_BAD_LINES else ""
        named = ", ".join(str(number) for number in bad[:MAX_BAD_LINES])
        raise BadFileError(f"bad lines (malformed, or a subject again): {named}{more}")
    return MappingProxyType(table)


def _row(line: str, read: RowReader) -> Row | None:
    if len(line.encode()) > MAX_LINE_BYTES:
        return None
    try:
        return read(line.removesuffix("\r"))
    except (JoseError, ValueError, csv.Error):
        return None


def _csv_row(line: str) -> Row:
    # A line break inside quotes would make it another number of rows, or of fields: ValueError.
    [[subject, reading, assessed_on, version]] = csv.reader([line], strict=True)
    row: dict[str, object] = {
        "subject": subject,
        "reading": int(reading) if _NUMBER.fullmatch(reading) else reading,
        "assessed_on": assessed_on,
    }
    return _checked(row | {"scale_version": version} if version else row)


def _json_row(line: str) -> Row:
    return _checked(strict_json.parse(line.encode(), max_bytes=MAX_LINE_BYTES))


def _checked(row: Mapping[str, object]) -> Row:
    members = Members(row, "row")
    members.only(*_FIELDS)
    reading: int | str
    if isinstance(members.values.get("reading"), str):
        reading = members.text("reading", _LEVEL)
    else:
        reading = members.integer("reading", maximum=999_999)
    has_version = members.has("scale_version")
    return members.text("subject", _SUBJECT), Assessment(
        reading=reading,
        assessed_on=_midnight(members.text("assessed_on", _DATE)),
        scale_version=members.text("scale_version", _VERSION) if has_version else None,
    )


def _midnight(date: str) -> Timestamp:
    moment = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=CHINA)
    return Timestamp(int(moment.timestamp()))
