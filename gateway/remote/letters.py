"""One POST over a line of ours: head and body in one piece, and the head of the answer."""

import http.client
import io
import socket
from collections.abc import Mapping
from typing import cast

from gateway.remote.errors import AnswerHeadError
from gateway.remote.exchange import HEAD_MAX_BYTES
from gateway.remote.urls import FetchUrl
from gateway.remote.wire import Wire


def post_letter(
    line: Wire, place: FetchUrl, fields: Mapping[str, str], body: bytes
) -> http.client.HTTPResponse:
    """Return the answer to a POST; its body is still to be read, and may come in no encoding.

    Args:
        line: To the authority of ``place``.
        place: What is asked.
        fields: Beside those that every request has.
        body: What is sent.

    Raises:
        FetchError: no head of an answer came within the bounds of the line.
    """
    connection = http.client.HTTPConnection(place.host, place.port)
    # Given a socket, the connection opens none; the letter has what it uses of one.
    connection.sock = cast("socket.socket", _Letter(line))
    line.allow(HEAD_MAX_BYTES, AnswerHeadError("the head of the answer is too large"))
    everywhere = {
        "Host": place.authority,
        "User-Agent": "credit-code-gateway",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request("POST", place.target, body=body, headers={**fields, **everywhere})
    try:
        return connection.getresponse()
    except http.client.HTTPException as error:
        raise AnswerHeadError("the answer is not HTTP/1") from error


class _Letter:
    """Holds head and body back until both can go at once.

    A recipient that refuses by the head alone closes; a body that comes after would be answered
    with a reset, and the refusal be lost.
    """

    def __init__(self, line: Wire) -> None:
        self._line = line
        self._written = b""

    def sendall(self, data: bytes) -> None:
        """Write a part of the request."""
        self._written += data

    def makefile(self, mode: str) -> io.BufferedReader:
        """Send what was written, since now the answer is to be read, and return its reader."""
        self._line.sendall(self._written)
        return self._line.makefile(mode)

    def close(self) -> None:
        """Do nothing, as the line does."""
