"""The bounded poster: one POST of an event to a partner, in which everything has a limit.

As the fetcher, and over the same lines; of an answer only the status is needed, when to come
again, and of a refusal its code, if it is one that RFC 8935 has.
"""

import http.client
import re
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

from gateway.errors import FetchError, JoseError
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.remote.addresses import Network
from gateway.remote.errors import BodyTooLargeError
from gateway.remote.letters import post_letter
from gateway.remote.lines import Lines, TimeLimits
from gateway.remote.resolver import Lookup, system_lookup
from gateway.remote.urls import FetchUrl
from gateway.remote.wire import Wire
from gateway.services.event_ports import Posted

EVENT_TYPE: Final = "application/secevent+jwt"

_ERRS: Final = frozenset(
    {
        "access_denied",
        "authentication_failed",
        "invalid_audience",
        "invalid_issuer",
        "invalid_key",
        "invalid_request",
    }
)
"""What a recipient may say of an event (RFC 8935, 2.4); anything else is not kept."""

_MAX_BODY_BYTES: Final = 1024
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


class EventPoster:
    """Posts events to partners; keeps no connection and no state between two calls.

    Safe to share between threads. A caller waits for ``limits.total_s`` at most.
    """

    def __init__(
        self,
        allowed_networks: tuple[Network, ...],
        allow_http_loopback: bool,  # noqa: FBT001 (always given by name)
        *,
        ca_file: Path | None = None,
        limits: TimeLimits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._lines = Lines(
            allowed_networks, allow_http_loopback, ca_file=ca_file, limits=limits, lookup=lookup
        )

    def post(self, url: str, token: str) -> Posted:
        """Send an event to ``url``, which is from the agreement record, and return the answer.

        Raises:
            FetchError: there is none within the bounds; the event may have arrived or not.
        """
        place = self._lines.place(url)
        with self._lines.open(place) as line, closing(_posted(line, place, token)) as response:
            return Posted(
                status=response.status,
                err=_err(line, response),
                retry_after_s=_retry_after_s(response),
            )


def _posted(line: Wire, place: FetchUrl, token: str) -> http.client.HTTPResponse:
    return post_letter(line, place, {"Content-Type": EVENT_TYPE}, token.encode("ascii"))


def _retry_after_s(response: http.client.HTTPResponse) -> int | None:
    """Return in how many seconds to come again; a date, or two values, is none."""
    said = response.msg.get_all("Retry-After", [])
    return int(said[0]) if len(said) == 1 and _SECONDS.fullmatch(str(said[0])) else None


def _err(line: Wire, response: http.client.HTTPResponse) -> str | None:
    """Return the code of a refusal; whatever else stands there is not worth an error."""
    if response.status != HTTPStatus.BAD_REQUEST:
        return None
    line.allow(2 * _MAX_BODY_BYTES, BodyTooLargeError(_MAX_BODY_BYTES))
    with suppress(FetchError, JoseError, http.client.HTTPException, ValueError):
        body = response.read(_MAX_BODY_BYTES + 1)
        err = Members(strict_json.parse(body, max_bytes=_MAX_BODY_BYTES), "refusal").text("err")
        return err if err in _ERRS else None
    return None
