"""Security headers of every answer."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gateway.ids import EntityId

_ALWAYS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
_HSTS: Final = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)

_QUERY_SAFE: Final = "%&=+/?:@!$'()*,;-._~"

_Failure = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


def secured(inner: WSGIApplication, leaf: EntityId) -> WSGIApplication:
    """Return ``inner`` with the headers on every answer; one that it set itself it keeps.

    They are added below Flask, where an answer's headers are a plain list: asking Flask's
    own for seven names took as long as all the rest of the framework.
    """
    always = _ALWAYS + _HSTS if leaf.startswith("https://") else _ALWAYS
    wanted = tuple((header[0].lower(), header) for header in always)

    def serve(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        query: str = environ.get("QUERY_STRING", "")
        if not query.isascii():
            # No address has such characters (RFC 3986, 2), and Werkzeug fails on them.
            environ["QUERY_STRING"] = quote(query, safe=_QUERY_SAFE)

        def start_secured(
            status: str, headers: list[tuple[str, str]], failure: _Failure | None = None, /
        ) -> Callable[[bytes], object]:
            there = {name.lower() for name, _ in headers}
            missing = [header for name, header in wanted if name not in there]
            return start(status, headers + missing, failure)

        return inner(environ, start_secured)

    return serve
