"""Assessments from a file that the city office replaces, CSV or JSONL by its ending.

The whole file counts or none of it: a table with one bad line, or with one reading that is not on
the city's scale, would deny somebody a tier.
``refresh`` looks at the file and may take seconds; ``read`` looks into the table in force and
never at the disk. A file that is missing or bad changes nothing but ``state``: the last good
table stays in force, and before there was one nobody can be given a code.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from gateway.errors import PolicyError, UnavailableError
from gateway.ids import Timestamp
from gateway.policy.scale import Scales
from gateway.remote.assessment_rows import (
    MAX_FILE_BYTES,
    BadFileError,
    Table,
    parse_csv,
    parse_jsonl,
)
from gateway.services.assess import Assessment

_FORMS: Final[dict[str, Callable[[str, Scales, Timestamp], Table]]] = {
    ".csv": parse_csv,
    ".jsonl": parse_jsonl,
}
_NOT_YET: Final = "not looked at yet"
_UNREADABLE: Final = "missing, or not a file that may be read"
_MAY_PASS: Final = frozenset({_NOT_YET, _UNREADABLE})
"""Problems that may be gone although the file has not changed."""

_NS: Final = 10**9


class AssessmentsUnavailableError(UnavailableError):
    """The assessment source cannot say: no good file yet, or no good answer now."""

    code = "assessments_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentState:
    """Whether assessments are there, for an operator; nothing in it is about a person.

    Attributes:
        rows: People in the table in force; None before there was one.
        written_at: When the file of that table was written; None before there was one.
        problem: Why the file on disk is not the table in force; None if it is.
    """

    rows: int | None
    written_at: Timestamp | None
    problem: str | None


class _Stamp(NamedTuple):
    """What changes when a file is replaced or written; the last two if its time is set back."""

    modified_ns: int
    size: int
    inode: int
    changed_ns: int


class FileAssessments:
    """An ``AssessmentSource`` over one file: one thread refreshes it, any may read.

    Replace the file by a rename: one that is written in place may be seen half.
    """

    def __init__(self, path: Path, scales: Scales) -> None:
        """Take the path, and what its readings are measured by; see ``refresh``."""
        self._path = path
        self._scales = scales
        self._seen: tuple[_Stamp | None, str | None] = (None, None)
        self._table: Table | None = None
        self._state = AssessmentState(rows=None, written_at=None, problem=_NOT_YET)

    def read(self, subject: str) -> Assessment | None:
        """Return the assessment of ``subject`` in the table in force; None for who has none.

        Raises:
            AssessmentsUnavailableError: there has been no good file yet.
        """
        table = self._table
        if table is None:
            raise AssessmentsUnavailableError("there has been no good assessment file yet")
        return table.get(subject)

    def state(self) -> AssessmentState:
        """Return what the last ``refresh`` found."""
        return self._state

    def refresh(self, now: Timestamp) -> bool:
        """Look at the file, and put it in force if it is another and good.

        The same file is read again when another version of the scale comes into force. The cost
        is one ``stat``, or for a new file of the largest size about two seconds.

        Returns:
            Whether there is something to say: another file, or another problem.
        """
        stamp = _stamp(self._path)
        seen = stamp, self._version(now)
        if seen == self._seen and self._state.problem not in _MAY_PASS:
            return False
        before = self._seen, self._state
        problem = _UNREADABLE if stamp is None else self._take(stamp, now)
        if problem is not None:
            self._state = replace(self._state, problem=problem)
        # From before reading: what was written meanwhile is another file at the next look.
        self._seen = seen
        return before != (seen, self._state)

    def _version(self, now: Timestamp) -> str | None:
        """Return the version of the scale in force; None before the first."""
        try:
            return self._scales.at(now).version
        except PolicyError:
            return None

    def _take(self, stamp: _Stamp, now: Timestamp) -> str | None:
        """Put the file in force, or return why it is not."""
        try:
            table = self._load(now)
        except BadFileError as error:
            return str(error)
        self._table = table
        written_at = Timestamp(stamp.modified_ns // _NS)
        self._state = AssessmentState(rows=len(table), written_at=written_at, problem=None)
        return None

    def _load(self, now: Timestamp) -> Table:
        form = _FORMS.get(self._path.suffix)
        if form is None:
            raise BadFileError("must end in .csv or .jsonl")
        try:
            return form(_read(self._path).decode("utf-8"), self._scales, now)
        except OSError as error:
            raise BadFileError(_UNREADABLE) from error
        except UnicodeDecodeError as error:
            # Not chained: this error carries the bytes.
            raise BadFileError(f"not UTF-8 at byte {error.start}") from None


def _stamp(path: Path) -> _Stamp | None:
    """Return the stamp of a file; None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns)


def _read(path: Path) -> bytes:
    # Not blocking: opening a pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadFileError("must be a regular file")
        raw = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise BadFileError(f"larger than {MAX_FILE_BYTES} bytes")
    return raw
