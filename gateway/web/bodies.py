"""Request bodies and tokens, bounded and typed before any service sees them."""

import re
from typing import Final

from flask import request

from gateway.jose import strict_json
from gateway.jose.errors import TooLargeError
from gateway.jose.members import Members
from gateway.services.errors import UnauthorizedError
from gateway.web.errors import UnsupportedMediaTypeError

MAX_BODY_BYTES: Final = 16 * 1024
"""Unless a route says otherwise."""
MAX_TOKEN_CHARS: Final = 128

_JSON = "application/json"
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/-]+=*)")


def read_object(where: str, *, max_bytes: int = MAX_BODY_BYTES) -> Members:
    """Return the JSON object in the body.

    Raises:
        UnsupportedMediaTypeError: another content type.
        TooLargeError: over ``max_bytes``.
        StrictJsonError: not one strict JSON object.
    """
    if not _is_json():
        raise UnsupportedMediaTypeError("send application/json")
    return Members(strict_json.parse(_read(max_bytes), max_bytes=max_bytes), where)


def bearer_token() -> str:
    """Return the access token of the request (RFC 6750, 2.1; never from URL or body).

    Raises:
        UnauthorizedError: there is none, or it cannot be one.
    """
    found = _BEARER.fullmatch(request.environ.get("HTTP_AUTHORIZATION", ""))
    if found is None or len(found[1]) > MAX_TOKEN_CHARS:
        raise UnauthorizedError("a bearer token is needed")
    return found[1]


def _read(max_bytes: int) -> bytes:
    """Return the body, or as much of one without a length as shows that it is too large."""
    said = request.environ.get("CONTENT_LENGTH", "")
    if "HTTP_TRANSFER_ENCODING" in request.environ or not _LENGTH.fullmatch(said):
        # In chunks, or nonsense: werkzeug knows every case, and takes its time for it.
        # One more than is taken: too much must be told from enough.
        request.max_content_length = max_bytes + 1
        return request.stream.read(max_bytes + 1)
    if int(said) > max_bytes:
        raise TooLargeError(max_bytes)
    body: bytes = request.environ["wsgi.input"].read(int(said))
    return body


def _is_json() -> bool:
    # Almost always it is spelled so; only otherwise is it worth taking apart.
    if request.content_type == _JSON:
        return True
    return request.mimetype == _JSON
