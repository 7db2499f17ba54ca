"""Request bodies and tokens, bounded and typed before any service sees them."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from flask import Flask, Response, request

from gateway.jose import strict_json
from gateway.jose.errors import TooLargeError
from gateway.jose.members import Members
from gateway.services.errors import UnauthorizedError
from gateway.web.errors import UnsupportedMediaTypeError

MAX_BODY_BYTES: Final = 16 * 1024
"""Unless a route says otherwise."""
MAX_TOKEN_CHARS: Final = 128

_LARGER: Final = dict[str, int]()
"""Bounds of views with larger forms, by module and name."""

_JSON = "application/json"
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_SMALL = re.compile(r"[0-9]{1,3}", re.ASCII)
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/-]+=*)")


_View = TypeVar("_View", bound=Callable[..., Response])


def takes_up_to(max_bytes: int) -> Callable[[_View], _View]:
    """Let a view's form be so large; for views that ask who sends it."""

    def mark(view: _View) -> _View:
        _LARGER[f"{view.__module__}.{view.__name__}"] = max_bytes
        return view

    return mark


def allow_larger(app: Flask) -> None:
    """Give views with larger forms their bound, before anything reads the form."""

    def allow() -> None:
        view = app.view_functions.get(request.endpoint or "")
        max_bytes = _LARGER.get(f"{view.__module__}.{view.__name__}") if view else None
        if max_bytes is not None:
            request.max_content_length = request.max_form_memory_size = max_bytes

    app.before_request(allow)


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


def read_text(media_type: str, *, max_bytes: int) -> str:
    """Return the body as text; what is not ASCII becomes a character that no token has.

    Raises:
        UnsupportedMediaTypeError: another content type, or one with parameters.
        TooLargeError: over ``max_bytes``, as far as its length says so beforehand.
    """
    if request.content_type != media_type:
        raise UnsupportedMediaTypeError(f"send {media_type}")
    return _read(max_bytes).decode("ascii", errors="replace")


def form_number(name: str) -> int:
    """Return a whole number of one to three digits in a form; 0 for whatever else stands there."""
    typed = request.form.get(name, "")
    return int(typed) if _SMALL.fullmatch(typed) else 0


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
