"""The two forms of an assessment file, and what one row may hold.

CSV begins with the line ``subject,reading,assessed_on,scale_version``; JSONL has one object
a line with the same members, ``scale_version`` optional. ``assessed_on`` is a civil date,
``2026-10-24``, and means midnight in China. A reading is a whole number or the name of a
level, and has to be on the version of the city's scale that its row names, or on the one in force.
The order of rows means nothing, and a subject has one row.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType

from gateway.clock import CHINA
from gateway.errors import JoseError, PolicyError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.policy.errors import ScaleNotInForceError, ScaleVersionUnknownError
from gateway.policy.scale import Scales
from gateway.services.assess import Assessment

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_LINE_BYTES = 1024
MAX_ROWS = 200_000
MAX_BAD_LINES = 20
"""Bad lines that are named for each reason; whoever mends a file does it in rounds anyway."""

CSV_HEADER = "subject,reading,assessed_on,scale_version"

_FIELDS = tuple(CSV_HEADER.split(","))
_SUBJECT = re.compile(r"[!-~]{1,128}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_LEVEL = re.compile(r"[^\x00-\x1f\x7f-\x9f\s\"\\,]{1,32}")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,32}")
_MALFORMED = "malformed, or a subject again"
_DATE = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")

Row = tuple[str, Assessment]
RowReader = Callable[[str], Row]
MisfitOf = Callable[[Assessment], str | None]
Table = Mapping[str, Assessment]


class BadFileError(Exception):
    """A file is not taken; ``args[0]`` says why without a word of its content."""


def parse_csv(text: str, scales: Scales, now: Timestamp) -> Table:
    """Return the assessments by subject, each on the scale at ``now``.

    Raises:
        BadFileError: another header, a bad line, a reading off the scale, or too many rows.
    """
    header, _, rows = text.partition("\n")
    if header.removesuffix("\r") != CSV_HEADER:
        raise BadFileError(f"line 1 must be {CSV_HEADER}")
    return _parse_lines(rows, _csv_row, partial(_misfit, scales, now), first_line=2)


def parse_jsonl(text: str, scales: Scales, now: Timestamp) -> Table:
    """Return the assessments by subject, each on the scale at ``now``.

    Raises:
        BadFileError: a bad line, a reading off the scale, too many rows, or none.
    """
    if not text:
        # More likely cut off than meant; a CSV that means nobody has its header.
        raise BadFileError("is empty")
    return _parse_lines(text, _json_row, partial(_misfit, scales, now), first_line=1)


def _parse_lines(text: str, read: RowReader, misfit: MisfitOf, *, first_line: int) -> Table:
    lines = text.removesuffix("\n").split("\n") if text else []
    if len(lines) > MAX_ROWS:
        raise BadFileError(f"more than {MAX_ROWS} rows")
    table: dict[str, Assessment] = {}
    bad: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines, first_line):
        row = _row(line, read)
        if row is None or row[0] in table:
            bad[_MALFORMED].append(number)
            continue
        table[row[0]] = row[1]
        if (why := misfit(row[1])) is not None:
            bad[why].append(number)
    if bad:
        raise BadFileError("; ".join(_named(why, numbers) for why, numbers in bad.items()))
    return MappingProxyType(table)


def _named(why: str, numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - MAX_BAD_LINES} more" if len(numbers) > MAX_BAD_LINES else ""
    return f"bad lines ({why}): {', '.join(map(str, numbers[:MAX_BAD_LINES]))}{more}"


def _misfit(scales: Scales, now: Timestamp, assessment: Assessment) -> str | None:
    """Return why nobody can say what a reading is worth, in words of the city file alone."""
    try:
        scale = scales.edition(assessment.scale_version, now)
    except ScaleVersionUnknownError:
        known = ", ".join(each.version for each in scales.versions)
        return f"of a version of the scale that the city file does not have; allowed: {known}"
    except ScaleNotInForceError:
        return "of a version of the scale that is not in force yet"
    try:
        scale.tier_of(assessment.reading)
    except PolicyError:
        return f"not on the scale {scale.id} {scale.version}; allowed: {scale.allowed}"
    return None


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
    return members.text("subject", _SUBJECT), read_assessment(members)


def read_assessment(members: Members) -> Assessment:
    """Return the assessment that the members ``reading`` to ``scale_version`` make.

    Raises:
        JoseError, ValueError: one of them is missing, or not of its form.
    """
    reading: int | str
    if isinstance(members.values.get("reading"), str):
        reading = members.text("reading", _LEVEL)
    else:
        reading = members.integer("reading", maximum=999_999)
    has_version = members.has("scale_version")
    return Assessment(
        reading=reading,
        assessed_on=_midnight(members.text("assessed_on", _DATE)),
        scale_version=members.text("scale_version", _VERSION) if has_version else None,
    )


def _midnight(date: str) -> Timestamp:
    moment = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=CHINA)
    return Timestamp(int(moment.timestamp()))
