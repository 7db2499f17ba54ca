"""The examples of docs/tills.md, as they stand, against a running gateway."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from gateway.ids import MerchantId
from gateway.services.audit import Acting
from tests.project.tree import ROOT
from tests.system.towns import Pair

HOTEL_ID = MerchantId("demo-lodging-hotel")
NAMES = {"python": "till.py", "js": "till.mjs", "sh": "till.sh"}
RECEIPT = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){3}")
VERIFY = "/api/v1/verifications"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One of the examples, on disk, for one till."""

    command: list[str]
    environ: dict[str, str]

    def __call__(self, code: str, city: str | None = None) -> list[str]:
        """Return the lines that it prints about a code."""
        environ = self.environ | {"CODE": code} | ({"CITY": city} if city else {})
        done = subprocess.run(  # noqa: S603  our own documents
            self.command, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


def blocks() -> dict[str, str]:
    text = (ROOT / "docs/tills.md").read_text("utf-8")
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


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

    outcome, message, receipt = run(code)

    assert outcome == "recognised"
    assert "可享" in message
    assert RECEIPT.fullmatch(receipt)
    assert run(code) == ["present_again"]
    assert run('not "a" \\code') == ["not_a_code"]


@dataclass
class Lossy:
    """A way to the city on which the first answer to a showing is lost or replaced."""

    url: str
    asked: list[bytes]


@pytest.fixture(params=["replaced by 503", "lost"])
def lossy(request: pytest.FixtureRequest, pair: Pair) -> Generator[Lossy]:
    asked: list[bytes] = []
    city = pair.servers["wenzhou"].url

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept = {
                name: value
                for name, value in self.headers.items()
                if name.lower() in {"authorization", "content-type"}
            }
            answer = http.request("POST", city + self.path, body=body, headers=kept)
            if self.path == VERIFY:
                asked.append(body)
                if len(asked) == 1:
                    self.spoil()
                    return
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.data)))
            self.end_headers()
            self.wfile.write(answer.data)

        def spoil(self) -> None:
            if request.param != "lost":
                self.send_response(503)
                self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's
            pass

    with urllib3.PoolManager() as http, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Lossy(f"http://127.0.0.1:{server.server_port}", asked)
        server.shutdown()
        thread.join()


def test_an_example_gets_its_receipt_although_the_first_answer_was_lost(
    run: Run, pair: Pair, lossy: Lossy
) -> None:
    outcome, _, receipt = run(pair.mint.new(pair.now()), lossy.url)

    assert outcome == "recognised"
    assert RECEIPT.fullmatch(receipt)
    first, second = lossy.asked
    assert first == second
