"""Cookies, and forms that only our own pages can send.

Cookies have the ``__Host-`` prefix (RFC 6265bis, 4.1.3.2): this host, over TLS, all paths. On a
loopback demonstration four cities share one host, so there the name ends with the port.
The form token is an HMAC over the browser's own visit cookie: another browser's, or none, fits no
form of this one. Requests that say they come from another origin are refused before that.
"""

import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Response, after_this_request, g, request

from gateway.services.errors import ForbiddenError
from gateway.web.context import gateway

CSRF_FIELD: Final = "form_token"
_VISIT: Final = "visit"
_VISIT_BYTES: Final = 32
_MAX_COOKIE_CHARS: Final = 1024
_JSON: Final = "application/json"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgedFormError(ForbiddenError):
    """A form was not sent by a page that this browser got from us."""

    code = "form_refused"


def cookie_name(kind: str) -> str:
    """Return the name of our cookie of one kind, such as ``__Host-citizen``."""
    leaf = urlsplit(gateway().leaf)
    suffix = f"-{leaf.port}" if leaf.scheme == "http" else ""
    return f"__Host-{kind}{suffix}"


def read_cookie(kind: str) -> str | None:
    """Return the value of our cookie of one kind, unverified, if there is one of sane length."""
    found = request.cookies.get(cookie_name(kind))
    return found if found and len(found) <= _MAX_COOKIE_CHARS else None


def set_cookie(
    response: Response, kind: str, value: str, *, max_age_s: int | None = None, lax: bool = True
) -> None:
    """Store a cookie in the browser; without ``max_age_s`` until the browser is closed."""
    response.set_cookie(
        cookie_name(kind),
        value,
        max_age=max_age_s,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax" if lax else "Strict",
    )


def drop_cookie(response: Response, kind: str) -> None:
    """Let the browser forget a cookie."""
    response.delete_cookie(cookie_name(kind), path="/", secure=True, httponly=True, samesite="Lax")


def renew_visit(response: Response) -> None:
    """Give the browser another visit: a form drawn for whoever sat here before fits no more."""
    set_cookie(response, _VISIT, secrets.token_urlsafe(_VISIT_BYTES))


def form_token() -> str:
    """Return the token for every form of the page that is being drawn."""
    visit = read_cookie(_VISIT) or g.get("visit")
    if visit is None:
        visit = g.visit = secrets.token_urlsafe(_VISIT_BYTES)
        fresh: str = visit

        @after_this_request
        def remember(response: Response) -> Response:
            set_cookie(response, _VISIT, fresh)
            return response

    return _token(visit)


def check_form() -> None:
    """Refuse an unsafe request that none of our pages in this browser sent.

    Raises:
        ForgedFormError: another origin, no visit cookie, or a token that does not fit it.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != own_origin():
        raise ForgedFormError("the request comes from another origin")
    visit, sent = read_cookie(_VISIT), _sent_token()
    if visit is None or not hmac.compare_digest(_token(visit).encode(), sent.encode()):
        raise ForgedFormError("the form is not one of this browser's")


def _sent_token() -> str:
    sent = request.headers.get("X-Form-Token")
    if sent or request.mimetype == _JSON:
        # JSON holds no form: looking for one would refuse what is larger than a form may be.
        return sent or ""
    return request.form.get(CSRF_FIELD, "")


def own_origin() -> str:
    """Return the origin under which browsers see this city."""
    leaf = urlsplit(gateway().leaf)
    return f"{leaf.scheme}://{leaf.netloc}"


def _token(visit: str) -> str:
    # The browser chooses its visit: without a purpose before it, it would choose what we vouch for.
    said = f"credit-code form\n{visit}".encode()
    return hmac.new(gateway().form_key, said, "sha256").hexdigest()
