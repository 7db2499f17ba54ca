"""Assessments from a service of the city: one person a question, and nothing is kept.

``docs/assessment-source.md`` says what is asked and what is an answer. The person stands in the
body, never in an address. Whoever waits for an answer waits two seconds at most, with the access
token and one more try; a service that does not answer is left alone for a while, and its first
answer afterwards is waited for by ``refresh``, not by a citizen.
"""

import re
import secrets
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final

from gateway.clock import Clock, monotonic_s
from gateway.errors import FetchError, JoseError
from gateway.ids import Timestamp
from gateway.jose import base64url, strict_json
from gateway.jose.members import Members
from gateway.remote.assessment_rows import read_assessment
from gateway.remote.assessments import AssessmentsUnavailableError
from gateway.remote.breaker import Breaker
from gateway.remote.client_tokens import ClientAccess, ClientTokens
from gateway.remote.errors import StatusError
from gateway.remote.json_post import JsonAnswer, JsonPost, post
from gateway.remote.lines import Lines, TimeLimits
from gateway.remote.resolver import Lookup, system_lookup
from gateway.remote.wire import Deadline
from gateway.services.assess import Assessment

MAX_BYTES: Final = 4096
AHEAD_S: Final = 24 * 3600
"""An assessment may be dated so far ahead: the clocks are two, and a day is a long thing."""

_EVERYWHERE: Final = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
"""The city file names this service, and most stand in the city's own network."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_ID_BYTES: Final = 16
_NOT_YET: Final = "not asked yet"
_PASSING: Final = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Statuses after which another try may help; 401 since it gets another token."""
_ABOUT_THE_QUESTION: Final = frozenset({400, 404, 409, 410, 422})
"""Statuses of a service that works and has something against one question."""


class AnswerFormError(FetchError):
    """The assessment service answered, and not in the documented form."""

    code = "fetch_assessment_form"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAccess:
    """Where the service is, and how this gateway signs in there.

    Attributes:
        url: Where people are asked for.
        ca_file: The only authorities that count; None for those of this machine.
    """

    url: str
    client: ClientAccess
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long anybody waits, and when nobody does.

    Attributes:
        total_s: For one person's assessment, whatever it takes.
        attempt_s: For the first try, so that time is left for a second.
        failures: So many questions without an answer, in a row, open the breaker.
        rest_s: Then the service is tried once in so long.
        at_once: So many may wait at the same time.
    """

    total_s: float = 2.0
    attempt_s: float = 1.2
    failures: int = 5
    rest_s: float = 5.0
    at_once: int = 16


class HttpAssessments:
    """An ``AssessmentSource`` over one service. Safe to share between threads."""

    def __init__(
        self,
        access: HttpAccess,
        clock: Clock,
        *,
        allow_http_loopback: bool = False,
        patience: Patience | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._access, self._clock = access, clock
        self._patience = patience or Patience()
        self._lines = Lines(
            _EVERYWHERE,
            allow_http_loopback=allow_http_loopback,
            ca_file=access.ca_file,
            limits=TimeLimits(connect_s=1.0, read_s=1.0, total_s=self._patience.total_s),
            lookup=lookup,
        )
        self._tokens = ClientTokens(access.client, self._lines)
        self._breaker = Breaker(after=self._patience.failures, rest_s=self._patience.rest_s)
        self._waiting = threading.BoundedSemaphore(self._patience.at_once)
        self._problem: str | None = _NOT_YET
        self._told: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the last question had no good answer; None if it had one."""
        return self._problem

    @property
    def usable(self) -> bool:
        """Whether it has answered, and is not left alone now."""
        return self._problem != _NOT_YET and not self._breaker.resting

    def read(self, subject: str) -> Assessment | None:
        """Return the assessment of ``subject``; None for whoever has none.

        Raises:
            AssessmentsUnavailableError: there is no good answer within the bounds.
        """
        # (1) Has the service answered lately?
        if not self._breaker.admits(monotonic_s()):
            raise AssessmentsUnavailableError("the assessment service is left alone for a while")
        # (2) Are there threads left for whatever else this city does?
        if not self._waiting.acquire(blocking=False):
            raise AssessmentsUnavailableError("too many wait for the assessment service")
        try:
            return self._read(subject)
        except FetchError as error:
            self._problem = f"{error.code}: {error}"
            raise AssessmentsUnavailableError(
                "the assessment service has no good answer"
            ) from error
        finally:
            self._waiting.release()

    def probe(self) -> None:
        """Ask for nobody: whether an answer of the documented form comes shows in ``problem``."""
        try:
            self.read(f"probe-{secrets.token_hex(16)}")
        except AssessmentsUnavailableError:
            return

    def refresh(self, now: Timestamp) -> bool:
        """Do what nobody should have to wait for: get the next token, try a silent service.

        Takes ``total_s`` at most: not for a thread that answers requests.

        Returns:
            Whether there is something to say: another problem, or none any more.
        """
        del now
        if self._problem == _NOT_YET or self._breaker.resting:
            self.probe()
        elif self._tokens.due:
            # Without the next one the present one goes on until its end.
            with suppress(FetchError):
                self._tokens.get(Deadline(self._patience.total_s), renew=True)
        before, self._told = self._told, self._problem
        return before != self._told

    def _read(self, subject: str) -> Assessment | None:
        request_id = base64url.encode(secrets.token_bytes(_ID_BYTES))
        question = strict_json.encode({"id": request_id, "subject": subject})
        # (3) Does it answer in time?
        try:
            answer = self._asked(question)
        except FetchError as error:
            if isinstance(error, StatusError) and error.status in _ABOUT_THE_QUESTION:
                # One person whom the service cannot take stops nobody else's assessment.
                self._breaker.answered()
            else:
                self._breaker.failed(monotonic_s())
            raise
        self._breaker.answered()
        # (4) Is that an answer to this very question, in the one form there is?
        found = _parse(answer.body, request_id)
        # (5) Can it be true at this time?
        if found is not None and found.assessed_on > self._clock.now() + AHEAD_S:
            raise AnswerFormError("the assessment is dated ahead")
        self._problem = None
        return found

    def _asked(self, question: bytes) -> JsonAnswer:
        """Return the answer to the first try or, where it may be another one, to the second."""
        deadline = Deadline(self._patience.total_s)
        if self._breaker.resting:
            return self._ask(question, deadline)
        try:
            return self._ask(question, Deadline(self._patience.attempt_s))
        except FetchError as error:
            if isinstance(error, StatusError) and error.status not in _PASSING:
                raise
        return self._ask(question, deadline)

    def _ask(self, question: bytes, deadline: Deadline) -> JsonAnswer:
        token = self._tokens.get(deadline)
        what = JsonPost(
            url=self._access.url,
            fields={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=question,
            max_bytes=MAX_BYTES,
        )
        answer = post(self._lines, what, deadline)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.drop(token)
        if answer.status != HTTPStatus.OK:
            raise StatusError(answer.status)
        return answer


def _parse(body: bytes, request_id: str) -> Assessment | None:
    try:
        answer = Members(strict_json.parse(body, max_bytes=MAX_BYTES), "answer")
        answer.only("id", "assessment")
        if answer.text("id", _ID) != request_id:
            raise AnswerFormError("an answer to another question")
        if answer.has("assessment") and answer.values["assessment"] is None:
            return None
        inner = answer.inner("assessment")
        inner.only("reading", "assessed_on", "scale_version", "adult")
        adult = inner.values.get("adult")
        if not isinstance(adult, bool):
            raise AnswerFormError("answer.assessment.adult must be true or false")
        found = read_assessment(inner)
    except (JoseError, ValueError) as error:
        # Not chained, and without its words: they might repeat what the service said.
        raise AnswerFormError(f"not of the documented form ({_kind(error)})") from None
    return Assessment(
        reading=found.reading,
        assessed_on=found.assessed_on,
        scale_version=found.scale_version,
        adult=adult,
    )


def _kind(error: Exception) -> str:
    return error.code if isinstance(error, JoseError) else "date"
