"""One question and one answer over an open connection, by ``http.client``.

The standard library's client does nothing that we would have to switch off: no redirects,
proxies, cookies, netrc, retries or decoding (ADR 0030).
"""

import http.client
import socket
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal, cast

from gateway.clock import Clock
from gateway.errors import FetchError
from gateway.ids import Timestamp
from gateway.remote.answers import AnswerHead
from gateway.remote.errors import AnswerHeadError, BodyTooLargeError, LengthError
from gateway.remote.urls import FetchUrl
from gateway.remote.wire import Wire

HEAD_MAX_BYTES = 16 * 1024
"""Bytes of status lines and fields after which no more are read."""

_READ_AHEAD_BYTES = 8 * 1024
_SURPLUS_WAIT_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document as it arrived.

    Attributes:
        status: 200 with a body, or 304 with none: what was stored under ``etag`` still holds.
        body: The bytes; nothing in them may be believed yet.
        etag: Strong validator to send next time, if there is one.
        date: The partner's clock in the answer, if it said.
        received_at: Our clock when the head had arrived, to compare ``date`` with.
    """

    status: Literal[200, 304]
    body: bytes = field(repr=False)
    etag: str | None
    date: Timestamp | None
    received_at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for, and what will do as an answer.

    Attributes:
        accept: The exact content type.
        max_bytes: Largest body.
        etag: Strong validator of the stored copy, if there is one.
    """

    place: FetchUrl
    accept: str
    max_bytes: int
    etag: str | None

    def fields(self) -> dict[str, str]:
        """Return the header fields to send; nothing in them tells who we are."""
        fields = {
            "Host": self.place.authority,
            "User-Agent": "credit-code-gateway",
            "Accept": self.accept,
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
            "Connection": "close",
        }
        return fields if self.etag is None else fields | {"If-None-Match": self.etag}


def ask(line: Wire, question: Question, clock: Clock) -> Fetched:
    """Return the answer to one GET.

    Raises:
        FetchError: by subclass.
    """
    with closing(_response(line, question)) as response:
        head, received_at = AnswerHead(response), clock.now()
        head.check_form()
        head.check_status(asked_if_changed=question.etag is not None)
        if head.status == http.HTTPStatus.NOT_MODIFIED:
            return Fetched(
                status=304, body=b"", etag=question.etag, date=head.date(), received_at=received_at
            )
        head.check_type(question.accept)
        length = head.length(question.max_bytes)
        body = _body(line, response, length, question.max_bytes)
        return Fetched(
            status=200, body=body, etag=head.etag(), date=head.date(), received_at=received_at
        )


def _response(line: Wire, question: Question) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(question.place.host, question.place.port)
    # Given a socket, the connection opens none; the wire has what it uses of one.
    connection.sock = cast("socket.socket", line)
    line.allow(HEAD_MAX_BYTES, AnswerHeadError("the head of the answer is too large"))
    connection.request("GET", question.place.target, headers=question.fields())
    try:
        return connection.getresponse()
    except http.client.HTTPException as error:
        raise AnswerHeadError("the answer is not HTTP/1") from error


def _body(
    line: Wire, response: http.client.HTTPResponse, length: int | None, max_bytes: int
) -> bytes:
    if length is None:
        return bounded_body(line, response, max_bytes)
    line.allow(length + _READ_AHEAD_BYTES, BodyTooLargeError(max_bytes))
    # Read below HTTPResponse, which would close the stream before a surplus can be seen.
    body = response.fp.read(length)
    if len(body) < length or _has_surplus(line, response):
        raise LengthError("the body is not as long as stated")
    return body


def _has_surplus(line: Wire, response: http.client.HTTPResponse) -> bool:
    """Return whether more follows: we asked for the connection to end here."""
    line.hurry(_SURPLUS_WAIT_S)
    try:
        return response.fp.read(1) != b""
    except FetchError:
        # Kept open or reset: impolite, but not a lie.
        return False


def bounded_body(line: Wire, response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    """Return a body, in chunks or of a stated length, that has at most ``max_bytes``.

    Raises:
        FetchError: it is larger, or not of one piece.
    """
    # Twice the size is room for every honest way to cut a body into chunks.
    line.allow(2 * max_bytes + _READ_AHEAD_BYTES, BodyTooLargeError(max_bytes))
    try:
        body = response.read(max_bytes + 1)
    except (http.client.HTTPException, ValueError) as error:
        raise LengthError("the chunks do not add up") from error
    if len(body) > max_bytes:
        raise BodyTooLargeError(max_bytes)
    return body
