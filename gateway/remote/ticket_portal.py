"""A city portal that signs people in with tickets (CAS 3.0, answers in JSON).

The browser comes back with a ticket that says nothing by itself. We ask the portal, server to
server, whom it stands for. The ticket was made for one address, ours with the state of this
attempt in it, so that it is good for no other attempt; the portal takes it once. Of all that the
answer says of a person only what the city asks for is looked at.
"""

import re
import threading
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode

import requests

from gateway.clock import monotonic_s
from gateway.errors import JoseError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.remote.bounded_session import MAX_BYTES, bounded
from gateway.remote.breaker import Breaker
from gateway.services.identity import NOTHING_ASKED, AskedClaims, Identity
from gateway.services.sign_in import Attempt, ProviderUnavailableError, SignInRefusedError

CHECKS: Final = 16
"""So many tickets are checked at once; more would only hold threads at a slow portal."""

BACK_OFF_S: Final = 5.0
"""After a failure nobody asks for so long."""

_TICKET: Final = re.compile(r"ST-[A-Za-z0-9._~-]{1,253}")


class TicketPortal:
    """``Provider`` over a ticket portal.

    Args:
        address: Of the portal, without a slash at the end; ``/login`` and the rest stand below.
        client_id: What the portal calls us.
        client_secret: What we show it when we ask about a ticket (HTTP Basic).
        callback: Where the browser comes back to.
        asked: Which attributes are looked at beside ``user``.
    """

    def __init__(
        self,
        *,
        address: str,
        client_id: str,
        client_secret: str,
        callback: str,
        asked: AskedClaims = NOTHING_ASKED,
    ) -> None:
        self._address, self._callback, self._asked = address, callback, asked
        self._credentials = (client_id, client_secret)
        self._checks = threading.BoundedSemaphore(CHECKS)
        self._breaker = Breaker(after=1, rest_s=BACK_OFF_S)

    def authorization_url(self, attempt: Attempt) -> str:
        """Return where the browser goes."""
        return f"{self._address}/login?{urlencode(self._about(attempt))}"

    def identify(self, code: str, attempt: Attempt, now: Timestamp) -> Identity:
        """Ask the portal about the ticket ``code`` and return for whom it stands."""
        del now
        if not _TICKET.fullmatch(code):
            raise SignInRefusedError("this is no ticket")
        said = self._ask({"ticket": code, "format": "JSON"} | self._about(attempt))
        success = said.get("authenticationSuccess")
        if not isinstance(success, dict) or "authenticationFailure" in said:
            raise SignInRefusedError("the portal refused the ticket")
        named = cast("Mapping[str, object]", success)
        # Under ``renew`` the portal takes tickets of a new proof only (CAS 3.0, 2.5.1), and this
        # one was made for this attempt: the proof is no older than it.
        proved_at = attempt.began_at if attempt.fresh else None
        found = self._asked.identity(named.get("user"), _attributes(named), proved_at)
        if found is None:
            raise SignInRefusedError("the portal names nobody")
        return found

    def greet(self) -> None:
        """Return if the portal answers as one; a ticket that it never gave asks it nothing.

        Raises:
            ProviderUnavailableError: it does not.
        """
        self._ask({"ticket": "ST-0", "format": "JSON", "service": self._callback})

    def names_itself(self) -> bool:
        """Return that it does not: that the ticket is good there says where it comes from."""
        return False

    def sign_out_url(self) -> str:
        """Return the portal's sign-out page."""
        return f"{self._address}/logout"

    def _about(self, attempt: Attempt) -> dict[str, str]:
        """Return what login and check must agree on."""
        service = f"{self._callback}?{urlencode({'state': attempt.state})}"
        return {"service": service} | ({"renew": "true"} if attempt.fresh else {})

    def _ask(self, query: Mapping[str, str]) -> Mapping[str, object]:
        if not self._breaker.admits(monotonic_s()):
            raise ProviderUnavailableError("the portal did not answer just now")
        if not self._checks.acquire(blocking=False):
            raise ProviderUnavailableError("too many wait for the portal")
        try:
            body = self._answer(query)
        finally:
            self._checks.release()
        try:
            return (
                Members(strict_json.parse(body, max_bytes=MAX_BYTES), "answer")
                .inner("serviceResponse")
                .values
            )
        except JoseError as error:
            raise ProviderUnavailableError("the portal does not answer as one") from error

    def _answer(self, query: Mapping[str, str]) -> bytes:
        with requests.Session() as session:
            bounded(session)
            session.auth = self._credentials
            try:
                answer = session.get(
                    f"{self._address}/p3/serviceValidate", params=query, allow_redirects=False
                )
            except requests.RequestException as error:
                # Silence only: an answer that somebody's odd ticket brings about stops nobody else.
                self._breaker.failed(monotonic_s())
                raise ProviderUnavailableError("the portal does not answer") from error
        self._breaker.answered()
        if answer.status_code != requests.codes.ok:
            raise ProviderUnavailableError("the portal does not answer as one")
        return answer.content


def _attributes(success: Mapping[str, object]) -> Mapping[str, object]:
    """Return the attributes, each as one value: portals send lists, and truth as a word."""
    found = success.get("attributes")
    if not isinstance(found, dict):
        return {}
    listed = cast("Mapping[str, object]", found)
    return {name: _single(value) for name, value in listed.items()}


def _single(value: object) -> object:
    if isinstance(value, list):
        values = cast("list[object]", value)
        value = values[0] if len(values) == 1 else None
    return True if value == "true" else value
