"""Whom an address is for, which decides how an error is told there."""

from typing import Final

_OAUTH: Final = ("/.well-known/openid-federation", "/anchor/", "/federation/", "/oauth2/")
_PROGRAMS: Final = (*_OAUTH, "/api/", "/.well-known/", "/healthz", "/readyz", "/static/")


def is_page(path: str) -> bool:
    """Return whether people, not programs, ask for this path."""
    return not path.startswith(_PROGRAMS)


def speaks_oauth(path: str) -> bool:
    """Return whether errors at this path are OAuth's (RFC 6749, 5.2; OpenID Federation, 8.9)."""
    return path.startswith(_OAUTH)
