"""Whom an address is for, which decides how an error is told there."""

from typing import Final

_OAUTH: Final = ("/.well-known/openid-federation", "/anchor/", "/federation/", "/oauth2/")
_LISTING: Final = "/status"
"""Of status lists, which stand below it."""

_PROGRAMS: Final = (
    *(*_OAUTH, "/api/", "/.well-known/", "/healthz", "/readyz", "/static/"),
    *("/manifest.webmanifest", "/service-worker.js"),
    *("/merchant/facts", "/merchant/manifest.webmanifest", "/merchant/service-worker.js"),
)


def is_page(path: str) -> bool:
    """Return whether people, not programs, ask for this path."""
    return not (path.startswith(_PROGRAMS) or _is_status(path))


def takes_events(path: str) -> bool:
    """Return whether errors at this path are those of security events (RFC 8935, 2.3)."""
    return path == "/federation/events"


def speaks_oauth(path: str) -> bool:
    """Return whether errors at this path are OAuth's (RFC 6749, 5.2; OpenID Federation, 8.9)."""
    return path.startswith(_OAUTH) or _is_status(path)


def _is_status(path: str) -> bool:
    return path == _LISTING or path.startswith(f"{_LISTING}/")
