"""An assessment service over real HTTP, with its own OAuth: good, until a test changes it."""

import base64
import contextlib
import json
import secrets
import ssl
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest

from gateway.ids import Timestamp
from gateway.remote.assessments import AssessmentsUnavailableError
from gateway.remote.client_tokens import ClientAccess
from gateway.remote.http_assessments import HttpAccess, HttpAssessments, Patience
from tests.remote.serving import served
from tests.world import NOON

SECRET = "an illustrative client secret"
Answer = dict[str, Any]


def assessed(reading: object = 812, **other: object) -> Answer:
    """Return what the service says of one person."""
    said = {"reading": reading, "assessed_on": "2027-01-10", "adult": True}
    return {name: value for name, value in (said | other).items() if value is not None}


@dataclass
class Service:
    """The service; tests change what it does.

    Attributes:
        people: What it says of each subject.
        status: Of answers about people.
        token_status: Of answers of its token endpoint.
        answer: Changes the whole answer; gets the question.
        token: Changes what the token endpoint says.
        open: While it is not set, requests about people wait.
        token_open: The same for the token endpoint.
        dripping: Seconds between the bytes of an answer.
    """

    people: dict[str, Answer] = field(default_factory=dict)
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    token_status: int = 200
    answer: Callable[[Answer], object] | None = None
    token: Callable[[Answer], object] | None = None
    open: threading.Event = field(default_factory=threading.Event)
    token_open: threading.Event = field(default_factory=threading.Event)
    dripping: float = 0.0
    content_type: str = "application/json;charset=UTF-8"
    tokens: list[str] = field(default_factory=list)
    questions: list[Answer] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    asked_tokens: int = 0
    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def access(self, **other: Any) -> HttpAccess:  # noqa: ANN401  builder of tests
        client = ClientAccess(
            token_url=f"{self.address}/oauth/token",
            client_id="gateway",
            client_secret=lambda: SECRET,
            scope="assessments.read",
        )
        access = HttpAccess(url=f"{self.address}/assessments", client=client)
        return replace(access, **other)

    def give_token(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, object]:
        self.asked_tokens += 1
        expected = base64.b64encode(f"gateway:{SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if form != {"grant_type": ["client_credentials"], "scope": ["assessments.read"]}:
            return 400, {"error": "invalid_request"}
        self.tokens.append(secrets.token_urlsafe(24))
        said = {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": 300}
        return self.token_status, said if self.token is None else self.token(said)

    def about(self, authorization: str, question: Answer) -> tuple[int, object]:
        self.questions.append(question)
        if not self.tokens or authorization != f"Bearer {self.tokens[-1]}":
            return 401, {"error": "invalid_token"}
        status = self.statuses.pop(0) if self.statuses else self.status
        if self.answer is not None:
            return status, self.answer(question)
        return status, good(question, self.people.get(question["subject"]))


def good(question: Answer, assessment: object) -> Answer:
    """Return an answer to a question."""
    return {"id": question["id"], "assessment": assessment}


@contextlib.contextmanager
def serving(service: Service, tls: ssl.SSLContext | None = None) -> Generator[Service]:
    """Run the service on loopback."""
    service.open.set()
    service.token_open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.paths.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            authorization = self.headers.get("Authorization", "")
            if self.path == "/oauth/token":
                service.token_open.wait(60)
                self.reply(*service.give_token(authorization, parse_qs(body)))
            else:
                service.open.wait(60)
                self.reply(*service.about(authorization, json.loads(body)))

        def reply(self, status: int, said: object) -> None:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", service.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.send(body)

        def send(self, body: bytes) -> None:
            if not service.dripping:
                self.wfile.write(body)
                return
            for byte in body:
                self.wfile.write(bytes([byte]))
                threading.Event().wait(service.dripping)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
            pass

    def let_go() -> None:
        service.open.set()
        service.token_open.set()

    with served(Handler, let_go, tls) as service.port:
        yield service


PERSON = "illustrative-person-7"
HASTY = Patience(total_s=0.5, attempt_s=0.25, failures=3, rest_s=0.2, at_once=2)
PATIENT = Patience(total_s=10.0, attempt_s=5.0, failures=3, rest_s=60.0)


class NoonClock:
    def now(self) -> Timestamp:
        return NOON


def source(service: Service, patience: Patience = PATIENT) -> HttpAssessments:
    return HttpAssessments(
        service.access(), NoonClock(), allow_http_loopback=True, patience=patience
    )


def refused(assessments: HttpAssessments, subject: str = PERSON) -> str:
    """Return why there is no answer."""
    with pytest.raises(AssessmentsUnavailableError) as caught:
        assessments.read(subject)
    assert PERSON not in f"{caught.value} {caught.value.__cause__} {assessments.problem}"
    assert SECRET not in f"{caught.value} {caught.value.__cause__} {assessments.problem}"
    return assessments.problem or str(caught.value)
