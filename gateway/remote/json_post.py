"""One bounded POST that is answered in JSON, for systems of our own city.

Over the same lines as the fetcher's, so that everything has a limit: no redirects, proxies,
cookies or compression, one deadline for whatever the caller asks in a row. Authlib, which gets
access tokens, speaks over them too: ``LineAdapter``.
"""

import http.client
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import requests
from requests.adapters import BaseAdapter

from gateway.errors import FetchError
from gateway.remote.answers import AnswerHead
from gateway.remote.errors import (
    ContentEncodingError,
    ContentTypeError,
    LengthError,
    RedirectError,
)
from gateway.remote.exchange import bounded_body
from gateway.remote.letters import post_letter
from gateway.remote.lines import Lines
from gateway.remote.wire import Deadline, Wire

_JSON: Final = re.compile(r'application/json(?:; ?charset="?utf-8"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonAnswer:
    """An answer as it arrived; nothing in it may be believed yet."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPost:
    """What is sent.

    Attributes:
        fields: Beside those that every request has.
        max_bytes: Largest answer.
    """

    url: str
    fields: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    max_bytes: int


def post(lines: Lines, what: JsonPost, deadline: Deadline) -> JsonAnswer:
    """Return the answer to one POST.

    Raises:
        FetchError: there is none within the bounds, or none in JSON; the request may have
            arrived or not.
    """
    place = lines.place(what.url)
    with (
        lines.open(place, deadline) as line,
        closing(post_letter(line, place, what.fields, what.body)) as response,
    ):
        head = AnswerHead(response)
        head.check_form()
        if HTTPStatus.MULTIPLE_CHOICES <= head.status < HTTPStatus.BAD_REQUEST:
            raise RedirectError("the answer redirects")
        if response.msg.get_all("Content-Encoding"):
            raise ContentEncodingError("an encoded body, though identity was asked for")
        said = [str(value) for value in response.msg.get_all("Content-Type", [])]
        if head.status == HTTPStatus.OK and not (len(said) == 1 and _JSON.fullmatch(said[0])):
            raise ContentTypeError("the content type is not application/json")
        return JsonAnswer(status=head.status, body=_body(line, response, head, what.max_bytes))


def _body(
    line: Wire, response: http.client.HTTPResponse, head: AnswerHead, max_bytes: int
) -> bytes:
    length = head.length(max_bytes)
    body = bounded_body(line, response, max_bytes)
    if length is not None and len(body) != length:
        raise LengthError("the body is not as long as stated")
    return body


class LineAdapter(BaseAdapter):
    """Lets a ``requests`` session post over our lines, until one deadline."""

    def __init__(self, lines: Lines, deadline: Deadline, max_bytes: int) -> None:
        super().__init__()
        self._lines, self._deadline, self._max_bytes = lines, deadline, max_bytes

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]  # the options are ours to set
        """Return the answer to ``request``, whatever its method: all are sent by POST.

        Raises:
            requests.ConnectionError: as ``post``; its cause is the ``FetchError``.
        """
        body = request.body or b""
        what = JsonPost(
            url=request.url or "",
            fields=_own_fields(request),
            body=body.encode("ascii") if isinstance(body, str) else body,
            max_bytes=self._max_bytes,
        )
        try:
            answer = post(self._lines, what, self._deadline)
        except FetchError as error:
            raise requests.ConnectionError from error
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status, request, what.url
        # Where requests itself keeps a body that was read.
        response._content = answer.body  # noqa: SLF001  read within bounds, as requests would have
        return response

    def close(self) -> None:
        """Do nothing: a line ends with its exchange."""


def _own_fields(request: requests.PreparedRequest) -> dict[str, str]:
    kept = ("authorization", "content-type")
    return {name: str(value) for name, value in request.headers.items() if name.lower() in kept}
