"""Partner cities without gateways: their signed documents, served as files by one process.

``python -m benchmarks.peers N`` opens N loopback ports and prints them; each line on its stdin
is one JSON object, from ``port`` and path to the document that is served there from now on.
``GET /count`` says how many answers of each status were given.
"""

import hashlib
import json
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote, urlsplit

from benchmarks.servers import HOST
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import SoftwareSigner, generate
from gateway.trust import entity
from gateway.trust.safety import half
from gateway.trust.statements import (
    STATEMENT_TYP,
    AnchorConfiguration,
    AnnouncedKey,
    IssuerMetadata,
    LeafConfiguration,
    Life,
    SubordinateStatement,
    VerifierMetadata,
)

_DAY_S: Final = 24 * 3600
_TYPE: Final = "application/entity-statement+jwt"
_ROOT: Final = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One city with all its keys."""

    division: CityId
    port: int
    k1: SoftwareSigner = field(default_factory=generate)
    k1s: SoftwareSigner = field(default_factory=generate)
    k2: SoftwareSigner = field(default_factory=generate)
    k2next: SoftwareSigner = field(default_factory=generate)
    k3: SoftwareSigner = field(default_factory=generate)

    @property
    def leaf(self) -> EntityId:
        """Its address."""
        return EntityId(f"http://{HOST}:{self.port}")

    @property
    def anchor(self) -> EntityId:
        """Its trust anchor."""
        return entity.anchor_of(self.leaf)

    def half(self) -> tuple[str, ...]:
        """Return its half of a safety number."""
        return half(self.anchor, (self.k1.public.kid, self.k1s.public.kid))

    def documents(self, now: Timestamp) -> dict[str, str]:
        """Return the three statements, signed now, by path."""
        below = f"/anchor/fetch?sub={quote(self.leaf, safe='')}"
        anchor = AnchorConfiguration(
            anchor=self.anchor,
            life=_life(now, 90),
            keys=(self.k1.public, self.k1s.public),
            organization_name="Credit office (illustrative)",
        )
        subordinate = SubordinateStatement(
            leaf=self.leaf, life=_life(now, 90), keys=(self.k2.public, self.k2next.public)
        )
        return {
            "/anchor/.well-known/openid-federation": _signed(anchor.payload(), self.k1),
            below: _signed(subordinate.payload(), self.k1),
        } | self.leaf_document(now)

    def leaf_document(self, now: Timestamp) -> dict[str, str]:
        """Return the leaf configuration alone, signed now."""
        code_key = AnnouncedKey(
            public=self.k3.public,
            issued_at=Timestamp(now - _DAY_S),
            not_before=Timestamp(now - _DAY_S),
            expires_at=Timestamp(now + 400 * _DAY_S),
        )
        leaf = LeafConfiguration(
            leaf=self.leaf,
            life=_life(now, 1),
            keys=(self.k2.public, self.k2next.public),
            trust_anchor_hints=(self.anchor,),
            issuer=IssuerMetadata(
                organization_name="Credit office (illustrative)",
                organization_name_zh="信用办(示例)",
                division_code=self.division,
                contacts=("federation@city.example",),
                code_keys=(code_key,),
                code_lifetime_max_s=31 * _DAY_S,
            ),
            verifier=VerifierMetadata(scenarios_supported=(ScenarioId("lodging.hotel"),)),
        )
        return {"/.well-known/openid-federation": _signed(leaf.payload(), self.k2)}


@dataclass(frozen=True, slots=True)
class Peers:
    """The cities, and the process that serves their documents."""

    cities: Sequence[Peer]
    _process: "subprocess.Popen[str]"

    def serve(self, documents: dict[int, dict[str, str]]) -> None:
        """Serve these from now on, by port and path; others stay."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the peers have no pipes")
        stdin.write(json.dumps(documents) + "\n")
        stdin.flush()
        stdout.readline()

    def sign_all(self, now: Timestamp) -> None:
        """Sign and serve everything of every city."""
        self.serve({peer.port: peer.documents(now) for peer in self.cities})

    def sign_leaves(self, now: Timestamp) -> None:
        """Sign every leaf configuration anew."""
        self.serve({peer.port: peer.leaf_document(now) for peer in self.cities})

    def answers(self) -> Counter[int]:
        """Return how many answers of each status were given to requests for leaves."""
        with urllib.request.urlopen(f"{self.cities[0].leaf}/count", timeout=10) as answer:  # noqa: S310  loopback
            return Counter({int(status): count for status, count in json.load(answer).items()})


@contextmanager
def serving(count: int) -> Generator[Peers]:
    """Yield so many cities, whose documents are not signed yet."""
    with subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-m", "benchmarks.peers", str(count)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the peers have no pipes")
        ports: list[int] = json.loads(process.stdout.readline())
        divisions = (CityId(str(410_100 + number)) for number in range(count))
        cities = [
            Peer(division=division, port=port)
            for division, port in zip(divisions, ports, strict=True)
        ]
        try:
            yield Peers(cities, process)
        finally:
            process.stdin.close()
            process.wait(10)


def _life(now: Timestamp, days: int) -> Life:
    return Life(issued_at=now, expires_at=Timestamp(now + days * _DAY_S))


def _signed(payload: bytes, signer: SoftwareSigner) -> str:
    return jws.sign(payload, signer, typ=STATEMENT_TYP)


class _Files(BaseHTTPRequestHandler):
    """Answers as file hosting does: strong ETags, 304, no code of ours."""

    protocol_version = "HTTP/1.1"
    served: ClassVar[dict[tuple[int, str], bytes]] = {}
    counted: ClassVar[Counter[int]] = Counter()

    def do_GET(self) -> None:
        port = int(self.connection.getsockname()[1])
        if self.path == "/count":
            self._say(200, "application/json", json.dumps(self.counted).encode(), "")
            return
        found = self.served.get((port, self.path))
        etag = f'"{hashlib.sha256(found or b"").hexdigest()[:32]}"'
        status = 404 if found is None else 304 if self.headers["If-None-Match"] == etag else 200
        if urlsplit(self.path).path == "/.well-known/openid-federation":
            self.counted[status] += 1
        self._say(status, _TYPE, found or b"", etag)

    def _say(self, status: int, kind: str, body: bytes, etag: str) -> None:
        body = b"" if status == 304 else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(count: int) -> None:
    servers = [ThreadingHTTPServer((HOST, 0), _Files) for _ in range(count)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps([server.server_port for server in servers]), flush=True)
    for line in sys.stdin:
        for port, documents in json.loads(line).items():
            for path, text in documents.items():
                _Files.served[int(port), path] = text.encode("ascii")
        print("served", flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
