"""A city portal that signs people in with tickets, as a real HTTP server; tests spoil it."""

import base64
import json
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.remote.serving import served

CLIENT, SECRET = "gateway", "illustrative secret of the client"
PERSON = "illustrative-1"


@dataclass(frozen=True, kw_only=True)
class _Made:
    """For which address a ticket was made, and whether somebody proved who it is for it."""

    service: str
    proved: bool


@dataclass
class Portal:
    """Gives tickets and says once for whom each stands.

    Attributes:
        remembers: Whether it signs people in without a new proof.
        attributes: What it says of everybody beside the name.
        success: What it says of a good ticket instead.
        body: What it answers to everything instead; ``status`` likewise.
        asked: Set once somebody asked.
        answers: Cleared, it keeps everybody waiting.
    """

    remembers: bool = False
    attributes: dict[str, object] = field(default_factory=dict)
    success: object = None
    failure_too: bool = False
    status: int = 200
    body: bytes | None = None
    asked: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)
    checked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    _made: dict[str, _Made] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/cas"

    def sign_in(self, url: str) -> str:
        """Sign somebody in as the browser at ``url`` would; return the ticket."""
        asked = _asked(url)
        ticket = f"ST-{secrets.token_urlsafe(16)}"
        proved = not self.remembers
        self._made[ticket] = _Made(service=asked["service"], proved=proved)
        return ticket

    def check(self, url: str, authorization: str | None) -> object:
        asked = _asked(url)
        self.checked.append(asked)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        # Whatever comes of it, a ticket is tried once.
        made = self._made.pop(asked.get("ticket", ""), None)
        if authorization != f"Basic {known}" or asked.get("format") != "JSON" or made is None:
            return _refusal("INVALID_TICKET")
        if made.service != asked.get("service"):
            return _refusal("INVALID_SERVICE")
        if asked.get("renew") == "true" and not made.proved:
            return _refusal("INVALID_TICKET")
        success = {"user": PERSON, "attributes": self.attributes}
        answer = {"authenticationSuccess": success if self.success is None else self.success}
        return {
            "serviceResponse": answer
            | (_refusal("x")["serviceResponse"] if self.failure_too else {})
        }


def _asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _refusal(code: str) -> dict[str, dict[str, object]]:
    return {"serviceResponse": {"authenticationFailure": {"code": code, "description": "no"}}}


@contextmanager
def portal() -> Generator[Portal]:
    """Yield a portal that answers."""
    made = Portal()
    made.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.set()
            made.answers.wait()
            said = made.check(self.path, self.headers["Authorization"])
            body = json.dumps(said).encode() if made.body is None else made.body
            self.send_response(made.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", f"{made.address}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
            pass

    with served(Handler, made.answers.set) as made.port:
        yield made
