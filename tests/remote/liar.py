"""A provider over real HTTP that says what a test wants it to say."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws
from joserfc.jwk import ECKey

from gateway.ids import Timestamp
from gateway.remote.oidc import OidcProvider
from gateway.services.identity import NOTHING_ASKED, AskedClaims
from gateway.services.sign_in import Attempt
from tests.remote.serving import served
from tests.world import NOON

ATTEMPT = Attempt(
    state="s" * 43,
    nonce="n" * 43,
    verifier="v" * 43,
    return_to="/code",
    expires_at=Timestamp(NOON + 600),
)


@dataclass
class Liar:
    """A provider; tests change what it says."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    metadata: dict[str, object] = field(default_factory=dict)
    claims: dict[str, object] = field(default_factory=dict)
    token: Callable[["Liar"], object] | None = None
    status: int = 200
    body: bytes | None = None
    more_keys: list[object] = field(default_factory=list)
    slow_s: float = 0.0
    answers: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/op"

    def answer(self, path: str) -> object:
        if path == "/op/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/end",
            } | self.metadata
        if path == "/op/jwks":
            return {"keys": [*self.more_keys, self.key.as_dict(private=False)]}
        id_token = self.signed() if self.token is None else self.token(self)
        return {"access_token": "a", "token_type": "Bearer", "id_token": id_token}

    def all_claims(self) -> dict[str, object]:
        return {
            "iss": self.issuer,
            "aud": "gateway",
            "sub": "illustrative-1",
            "nonce": ATTEMPT.nonce,
            "iat": NOON,
            "exp": NOON + 300,
        } | self.claims

    def signed(self) -> str:
        said = {name: value for name, value in self.all_claims().items() if value is not None}
        # With escapes: JSON may spell half of a pair of surrogates, which no text holds.
        head = {"alg": "ES256", "kid": str(self.key.kid)}
        return jws.serialize_compact(head, json.dumps(said), self.key, ["ES256"])


@contextmanager
def lying() -> Generator[Liar]:
    """Yield a provider that answers; tests spoil it."""
    liar = Liar()
    liar.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            self.reply(form | {"authorization": self.headers["Authorization"]})

        def reply(self, asked: dict[str, Any]) -> None:
            liar.asked.append({"path": self.path} | asked)
            time.sleep(liar.slow_s)
            liar.answers.wait()
            body = json.dumps(liar.answer(self.path)).encode() if liar.body is None else liar.body
            self.send_response(liar.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", f"{liar.issuer}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
            pass

    with served(Handler, liar.answers.set) as liar.port:
        yield liar


def client(
    liar: Liar, *, issuer: str | None = None, asked: AskedClaims = NOTHING_ASKED
) -> OidcProvider:
    """Return our client of it."""
    return OidcProvider(
        issuer=issuer or liar.issuer,
        client_id="gateway",
        client_secret="a secret of the client",
        redirect_uri="http://127.0.0.1:1/sign-in/callback",
        asked=asked,
    )
