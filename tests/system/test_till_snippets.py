"""The examples of docs/tills.md, as they stand, against a running gateway."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.clock import CHINA
from gateway.ids import MerchantId
from gateway.jose.keys import generate
from gateway.services.audit import Acting
from gateway.services.tills import parse_till_key
from tests.project.tree import ROOT
from tests.system.towns import Pair

HOTEL_ID = MerchantId("demo-lodging-hotel")
NAMES = {"python": "till.py", "js": "till.mjs", "sh": "till.sh"}
RECEIPT = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}")
VERIFY, TOKEN = "/api/v1/verifications", "/oauth2/token"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One of the examples, on disk, for one till."""

    command: list[str]
    environ: dict[str, str]

    def __call__(self, *codes: str, city: str | None = None) -> list[str]:
        """Return the lines that it prints about codes that are scanned one after the other."""
        environ = self.environ | ({"CITY": city} if city else {})
        scanned = "".join(f"{code}\n" for code in codes)
        done = subprocess.run(  # noqa: S603  our own documents
            self.command,
            env=environ,
            input=scanned,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


def blocks() -> dict[str, str]:
    text = (ROOT / "docs/tills.md").read_text("utf-8")
    return dict(re.findall(r"^```(\w+(?: \w+)?)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def program(language: str) -> str:
    if language == "python":
        return sys.executable
    wanted = {"js": "node", "sh": "sh"}[language]
    found = shutil.which(wanted)
    if found is None or (language == "sh" and shutil.which("curl") is None):
        pytest.skip(f"no {wanted} with what it needs")
    return found


@pytest.fixture(params=NAMES)
def run(request: pytest.FixtureRequest, pair: Pair, tmp_path: Path) -> Run:
    path = tmp_path / NAMES[request.param]
    path.write_text(blocks()[request.param], "utf-8")
    acting = Acting(by="console:tester", at=pair.now())
    till, secret = pair.away_city.till_desk.add(HOTEL_ID, "till", None, None, None, acting)
    assert secret is not None
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251  where programs are
        "CITY": pair.servers["wenzhou"].url,
        "CLIENT_ID": till.id,
        "CLIENT_SECRET": secret,
    }
    return Run(command=[program(request.param), str(path)], environ=environ)


def test_an_example_prints_the_outcome_of_every_code(run: Run, pair: Pair) -> None:
    code = pair.mint.new(pair.now())

    outcome, message, receipt, *others = run(code, code, 'not "a" \\code')

    assert outcome == "recognised"
    assert "可享" in message
    assert RECEIPT.fullmatch(receipt)
    assert others == ["present_again", "not_a_code"]


@pytest.mark.parametrize("language", NAMES)
def test_an_example_uploads_a_queue_takes_one_back_and_reads_the_month(
    pair: Pair, tmp_path: Path, language: str
) -> None:
    path = tmp_path / f"later-{NAMES[language]}"
    if language == "js":
        path = path.with_suffix(".mjs")
    path.write_text(blocks()[f"{language} later"], "utf-8")
    now = pair.now()
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251  where programs are
        "CITY": pair.servers["wenzhou"].url,
        "TOKEN": pair.hotel_token,
        "MONTH": f"{datetime.fromtimestamp(now, CHINA):%Y-%m}",
    }
    item: dict[str, object] = {"scenario": "lodging.hotel", "scanned_at": now}
    codes = [pair.mint.new(now), pair.mint.new(now), "no code"]
    queue = [
        item | {"code": code, "request_id": f"{language}-{number}"}
        for number, code in enumerate(codes)
    ]
    queue.append(queue[0] | {"request_id": f"{language}-late", "scanned_at": 1})

    printed = Run(command=[program(language), str(path)], environ=environ)(
        *(json.dumps(each) for each in queue)
    )

    assert printed[:5] == [
        *("recognised", "recognised", "not_a_code", "scanned_at_refused"),
        "void 204",
    ]
    rows = [row.split() for row in printed[5:]]
    assert all(RECEIPT.fullmatch(receipt) for receipt, _, _ in rows)
    assert [voided for _, checked, voided in rows if checked == "later"].count("yes") >= 1


@dataclass
class Way:
    """A way to the city on which some answers of one path are lost or replaced.

    Attributes:
        path: Whose answers are spoilt.
        spoilt: How many of them, from the first on.
        status: What comes instead; None is nothing at all.
        retry_after: What such an answer says.
        asked: Every path and body that was sent, in order.
    """

    city: str
    path: str = VERIFY
    spoilt: int = 0
    status: int | None = None
    retry_after: int = 1
    asked: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    url: str = ""

    def bodies(self, path: str) -> list[bytes]:
        """Return what was sent to a path."""
        return [body for each, body in self.asked if each == path]


def handler(way: Way, http: urllib3.PoolManager) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            way.asked.append((self.path, body))
            kept = {
                name: value
                for name, value in self.headers.items()
                if name.lower() in {"authorization", "content-type"}
            }
            answer = http.request("POST", way.city + self.path, body=body, headers=kept)
            if self.path == way.path and len(way.bodies(way.path)) <= way.spoilt:
                self.spoil()
                return
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.data)))
            self.end_headers()
            self.wfile.write(answer.data)

        def spoil(self) -> None:
            if way.status is not None:
                self.send_response(way.status)
                self.send_header("Retry-After", str(way.retry_after))
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's
            pass

    return Handler


@pytest.fixture
def way(pair: Pair) -> Generator[Way]:
    made = Way(pair.servers["wenzhou"].url)
    with (
        urllib3.PoolManager() as http,
        ThreadingHTTPServer(("127.0.0.1", 0), handler(made, http)) as server,
    ):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", [VERIFY, TOKEN])
@pytest.mark.parametrize("status", [503, None])
def test_an_example_gets_its_receipt_although_the_first_answer_was_lost(
    run: Run, pair: Pair, way: Way, path: str, status: int | None
) -> None:
    way.path, way.spoilt, way.status = path, 1, status

    outcome, _, receipt = run(pair.mint.new(pair.now()), city=way.url)

    assert outcome == "recognised"
    assert RECEIPT.fullmatch(receipt)
    assert len(way.bodies(path)) == 2
    assert len(set(way.bodies(path))) == 1


def test_an_example_signs_in_once_for_many_showings(run: Run, pair: Pair, way: Way) -> None:
    codes = [pair.mint.new(pair.now()) for _ in range(3)]

    assert run(*codes, city=way.url)[::3] == ["recognised"] * 3
    assert [path for path, _ in way.asked] == [TOKEN, VERIFY, VERIFY, VERIFY]


FAILURES: dict[str, tuple[int | None, int, int]] = {
    "too many requests, twice": (429, 1, 2),
    "too many requests, for longer than a guest waits": (429, 900, 1),
    "not available, twice": (503, 1, 2),
    "silence, twice": (None, 1, 2),
    "a suspended merchant": (400, 1, 1),
}


@pytest.mark.parametrize("what", FAILURES)
def test_an_example_ends_in_the_ordinary_price_if_it_cannot_sign_in(
    run: Run, pair: Pair, way: Way, what: str
) -> None:
    way.path, way.spoilt = TOKEN, 2
    way.status, way.retry_after, tries = FAILURES[what]

    assert run(pair.mint.new(pair.now()), city=way.url) == ["undetermined"]
    assert [path for path, _ in way.asked] == [TOKEN] * tries


def test_the_example_with_a_key_gets_a_token(pair: Pair, tmp_path: Path) -> None:
    pem = tmp_path / "till.pem"
    pem.write_bytes(
        generate().private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    environ = {"CITY": pair.away_city.leaf, "KEY_FILE": str(pem)}

    (public,) = example("python jwk", tmp_path, environ)()
    key = parse_till_key(json.loads(public))
    acting = Acting(by="console:tester", at=pair.now())
    till, _ = pair.away_city.till_desk.add(HOTEL_ID, "till", None, None, key, acting)
    (scope,) = example("python key", tmp_path, environ | {"CLIENT_ID": till.id})()

    assert "scenario:lodging.hotel" in scope


def example(name: str, directory: Path, environ: dict[str, str]) -> Run:
    path = directory / "example.py"
    path.write_text(blocks()[name], "utf-8")
    return Run(command=[sys.executable, str(path)], environ=environ)
