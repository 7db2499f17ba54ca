"""Reading the head of an answer: only one shape brings a document."""

import calendar
import http.client
import re
from datetime import datetime

from gateway.ids import Timestamp
from gateway.remote.errors import (
    AnswerHeadError,
    BodyTooLargeError,
    ContentEncodingError,
    ContentTypeError,
    LengthError,
    RedirectError,
    StatusError,
)

MAX_ETAG_CHARS = 128

_STRONG_ETAG = re.compile(rf'"[!#-~]{{1,{MAX_ETAG_CHARS - 2}}}"')
_LENGTH = re.compile(r"0|[1-9][0-9]{0,15}")
_HTTP_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OK, _NOT_MODIFIED = 200, 304


class AnswerHead:
    """Status and fields of an answer, not yet believed."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self._fields = response.msg

    def check_form(self) -> None:
        """Raise ``AnswerHeadError`` where the field lines are not all fields."""
        if self._fields.defects or self._fields.get_payload():
            raise AnswerHeadError("a line in the head that is no field")

    def check_status(self, *, asked_if_changed: bool) -> None:
        """Raise unless the status is 200, or 304 where we named a validator."""
        if self.status == _OK or (self.status == _NOT_MODIFIED and asked_if_changed):
            return
        if 300 <= self.status < 400 and self.status != _NOT_MODIFIED:  # noqa: PLR2004  HTTP redirects
            raise RedirectError("the partner redirects")
        raise StatusError(self.status)

    def check_type(self, accept: str) -> None:
        """Raise unless there is one content type, exactly ``accept``, and no encoding."""
        if self._all("Content-Encoding"):
            raise ContentEncodingError("an encoded body, though identity was asked for")
        if self._all("Content-Type") != [accept]:
            raise ContentTypeError(f"the content type is not exactly {accept}")

    def length(self, max_bytes: int) -> int | None:
        """Return the stated length of the body; None where it comes in chunks.

        Raises:
            LengthError: no length, two, a malformed one, or a length and chunks.
            BodyTooLargeError: larger than ``max_bytes``.
        """
        lengths, transfers = self._all("Content-Length"), self._all("Transfer-Encoding")
        if transfers == ["chunked"] and not lengths:
            return None
        if transfers or len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
            raise LengthError("not exactly one well-formed length")
        if int(lengths[0]) > max_bytes:
            raise BodyTooLargeError(max_bytes)
        return int(lengths[0])

    def etag(self) -> str | None:
        """Return the strong validator; None where there is none, or a weak or odd one.

        A weak one names a meaning, not bytes: it could keep an old statement in force.
        """
        etags = self._all("ETag")
        return etags[0] if len(etags) == 1 and is_strong_etag(etags[0]) else None

    def date(self) -> Timestamp | None:
        """Return the partner's clock (RFC 9110, 5.6.7, IMF-fixdate); None if not exactly that."""
        dates = self._all("Date")
        return _parse_date(dates[0]) if len(dates) == 1 else None

    def _all(self, name: str) -> list[str]:
        return [str(value) for value in self._fields.get_all(name, [])]


def is_strong_etag(text: str) -> bool:
    """Return whether ``text`` is a strong validator of at most 128 visible ASCII characters."""
    return _STRONG_ETAG.fullmatch(text) is not None


def _parse_date(text: str) -> Timestamp | None:
    match = _HTTP_DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[i]) for i in (1, 3, 4, 5, 6))
    try:
        moment = datetime(year, _MONTHS.index(match[2]) + 1, day, hour, minute, second)  # noqa: DTZ001  timegm reads it as UTC
    except ValueError:
        return None
    return Timestamp(calendar.timegm(moment.timetuple()))
