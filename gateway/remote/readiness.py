"""Asking the server of a city on this machine whether it is ready: its own ``/readyz``."""

import http.client
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from gateway.errors import JoseError
from gateway.jose import strict_json
from gateway.jose.members import Members

WAIT_S: Final = 8.0
"""For each step; a server whose database is locked needs some seconds to say so."""

_MAX_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What a server says of itself.

    Attributes:
        ready: Whether every check of it passes.
        failing: Names of the checks that do not.
    """

    ready: bool
    failing: tuple[str, ...]


def ask_readiness(host: str, port: int) -> Readiness | None:
    """Return what the server at ``host`` and ``port`` says; None if no gateway answers there."""
    connection = http.client.HTTPConnection(host, port, timeout=WAIT_S)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        status, body = response.status, response.read(_MAX_BYTES)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    try:
        checks = Members(strict_json.parse(body, max_bytes=_MAX_BYTES), "readiness").inner("checks")
    except JoseError:
        return None
    failing = tuple(name for name, passes in checks.values.items() if passes is not True)
    return Readiness(ready=status == HTTPStatus.OK and not failing, failing=failing)
