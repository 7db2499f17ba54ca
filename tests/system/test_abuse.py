"""Raw HTTP against a real server: every attack by its name, and good guests are still served."""

import json
import resource
import statistics
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from gateway.clock import monotonic_s
from gateway.ids import UnverifiedText
from tests.system.raw_http import Said, chunked, head, listen, open_to, say
from tests.system.tills import Till, until
from tests.system.towns import Pair, Server
from tests.world import HOTEL

MARK = "illustrative-echo-7f3a"
"""Stands in every attack; no answer may hold it."""

HALF_OPEN = 400
GOOD_S = 0.5


@dataclass(frozen=True)
class Target:
    port: int
    token: str
    body: bytes

    def sized(self, body: bytes, *lines: str) -> tuple[bytes, bytes]:
        """Return a request with a right Content-Length."""
        return head(self.token, *lines, f"Content-Length: {len(body)}") + b"\r\n", body


Attack = Callable[[Target], Said]


def over_64_kib() -> bytes:
    return json.dumps({"code": MARK + "x" * 70_000, "scenario": HOTEL}).encode()


ATTACKS: dict[str, tuple[Attack, set[int | None]]] = {
    "a body over 64 KiB": (lambda t: say(t.port, *t.sized(over_64_kib())), {413}),
    "a body over 64 KiB in chunks": (
        lambda t: say(
            t.port,
            head(t.token, "Transfer-Encoding: chunked") + b"\r\n",
            chunked(over_64_kib()),
        ),
        {413},
    ),
    "a gigabyte announced": (
        lambda t: say(t.port, head(t.token, "Content-Length: 1073741824") + b"\r\n", t.body),
        {413},
    ),
    "a length over any integer": (
        lambda t: say(t.port, head(t.token, f"Content-Length: {'9' * 40}") + b"\r\n", t.body),
        {400, None},
    ),
    "a negative length": (
        lambda t: say(t.port, head(t.token, "Content-Length: -1") + b"\r\n", t.body),
        {400, None},
    ),
    "two lengths": (
        lambda t: say(
            t.port,
            head(t.token, f"Content-Length: {len(t.body)}", "Content-Length: 5") + b"\r\n",
            t.body,
        ),
        {400, None},
    ),
    "length and chunks, as smugglers send": (
        lambda t: say(
            t.port,
            head(t.token, "Content-Length: 5", "Transfer-Encoding: chunked") + b"\r\n",
            chunked(t.body),
        ),
        {200, 400, None},
    ),
    "a length that promises less than comes": (
        lambda t: say(t.port, head(t.token, "Content-Length: 10") + b"\r\n", t.body),
        {400},
    ),
    "a length that promises more than comes": (
        lambda t: say(
            # The server rightly waits for the rest.
            *(t.port, head(t.token, "Content-Length: 4000") + b"\r\n", t.body),
            timeout_s=2.0,
        ),
        {None, 400},
    ),
    "a chunk that lies about its size": (
        lambda t: say(
            t.port,
            head(t.token, "Transfer-Encoding: chunked") + b"\r\n",
            b"zz\r\n" + t.body + b"\r\n0\r\n\r\n",
        ),
        {400, None},
    ),
    "no body at all": (lambda t: say(t.port, head(t.token) + b"\r\n"), {400}),
    "garbage instead of a request": (lambda t: say(t.port, b"\x16\x03\x01\x00" * 64), {400, None}),
    "a request line of another protocol": (
        lambda t: say(t.port, f"GET /{MARK} HTTP/9.9\r\n\r\n".encode()),
        {400, None},
    ),
    "an endless request line": (
        lambda t: say(t.port, f"GET /{MARK * 40_000} HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
        {400, 404, 414, 431, None},
    ),
    "a very long header": (
        lambda t: say(t.port, *t.sized(t.body, f"Accept-Language: {MARK * 40_000}")),
        {200, 400, 431, None},
    ),
    "a thousand headers": (
        lambda t: say(t.port, *t.sized(t.body, *(f"X-{n}: {MARK}" for n in range(1000)))),
        {200, 400, 431, None},
    ),
    "a line break inside a header": (
        lambda t: say(t.port, *t.sized(t.body, f"Accept-Language: en\rSet-Cookie: {MARK}")),
        {200, 400, None},
    ),
    "languages that are none": (
        lambda t: say(t.port, *t.sized(t.body, f"Accept-Language: {MARK};q=nan, *;q=9, ;;,")),
        {200},
    ),
    "a content type that is none": (
        lambda t: say(
            t.port,
            f"POST /api/v1/verifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {t.token}\r\n"
            f"Content-Type: {MARK}/{MARK}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        ),
        {415},
    ),
    "a token of another form": (
        lambda t: say(t.port, head(f"{MARK}\t{MARK}", "Content-Length: 2") + b"\r\n{}"),
        {401},
    ),
    "text that is no JSON": (lambda t: say(t.port, *t.sized(MARK.encode())), {400}),
    "JSON of another shape": (lambda t: say(t.port, *t.sized(b'["%s"]' % MARK.encode())), {400}),
    "deep JSON": (lambda t: say(t.port, *t.sized(b'{"a":' * 3000)), {400}),
    "a method that nobody knows": (
        lambda t: say(t.port, f"BREW /{MARK} HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
        {404, 405},
    ),
    "a method that this place has not": (
        lambda t: say(t.port, b"DELETE /api/v1/verifications HTTP/1.1\r\nHost: x\r\n\r\n"),
        {405},
    ),
    "a way out of the directory": (
        lambda t: say(t.port, f"GET /../../etc/{MARK} HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
        {400, 404},
    ),
    "a percent sign and no UTF-8": (
        lambda t: say(t.port, f"GET /%ff%00{MARK} HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
        {400, 404},
    ),
    "a host that is none": (
        lambda t: say(t.port, f"GET /healthz HTTP/1.1\r\nHost: {MARK}\\@x\r\n\r\n".encode()),
        {200, 400, None},
    ),
    "an upgrade": (
        lambda t: say(
            t.port,
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        ),
        {200, 400, 404, None},
    ),
}


@pytest.fixture
def target(pair: Pair) -> Target:
    """Return the running Wenzhou with a body that is good in itself."""
    body = json.dumps({"code": pair.mint.new(pair.now()), "scenario": HOTEL}).encode()
    return Target(pair.servers["wenzhou"].port, pair.hotel_token, body)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_no_5xx_and_no_echo_and_the_next_guest_is_served(
    pair: Pair, till: Till, target: Target, name: str
) -> None:
    attack, allowed = ATTACKS[name]

    said = attack(target)

    assert said.status in allowed
    assert MARK.encode() not in said.raw
    assert b"Traceback" not in said.raw
    assert b"set-cookie" not in said.raw.lower()
    assert till.show(pair.mint.new(pair.now())).outcome == "recognised"


def test_a_body_in_chunks_is_a_body(target: Target) -> None:
    said = say(
        target.port,
        head(target.token, "Transfer-Encoding: chunked") + b"\r\n",
        chunked(target.body, 7),
    )

    assert said.status == 200
    assert b'"recognised"' in said.raw


def test_a_body_that_comes_late_is_waited_for(target: Target) -> None:
    top, body = target.sized(target.body)
    with open_to(target.port) as connection:
        connection.sendall(top + body[:20])
        # Somebody else is served while this one dawdles.
        meanwhile = say(target.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.sendall(body[20:])
        said = listen(connection)

    assert (meanwhile.status, said.status) == (200, 200)


@pytest.fixture
def many_files() -> Generator[None]:
    """Let this process hold as many connections as the test needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def half_of(target: Target, name: str) -> bytes:
    top, body = target.sized(target.body)
    return {"half a head": top[:60], "half a body": top + body[:20]}[name]


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("name", ["half a head", "half a body"])
def test_400_half_open_requests_leave_good_ones_under_half_a_second(
    pair: Pair,
    target: Target,
    crowded: Server,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    with ExitStack() as stack:
        for _ in range(HALF_OPEN):
            connection = stack.enter_context(open_to(crowded.port))
            connection.sendall(half_of(target, name))
        took: list[float] = []
        for _ in range(20):
            with Till(crowded.url, pair.hotel_token) as guest:
                started_s = monotonic_s()
                answer = guest.show(pair.mint.new(pair.now()))
                took.append(monotonic_s() - started_s)
                assert answer.outcome == "recognised"
        threads = crowded.threads()

    record_property("median_s", statistics.median(took))
    record_property("worst_s", max(took))
    record_property("threads", threads)
    record_property("resident_mb", crowded.resident_mb())
    assert statistics.median(took) < GOOD_S
    assert crowded.resident_mb() <= 250
    until(lambda: alive(crowded), within_s=60)


def alive(server: Server) -> bool:
    return say(server.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


def test_a_wrong_token_is_told_nothing_about_itself(pair: Pair, till: Till) -> None:
    url = pair.servers["wenzhou"].url
    tokens = ["ccm_" + "A" * 43, pair.hotel_token[:-1], pair.tokens.citizens[None], "x", "é"]
    code = UnverifiedText(pair.mint.new(pair.now()))

    answers = []
    for token in tokens[:-1]:
        with Till(url, token) as stranger:
            answers.append(stranger.show(code))

    assert {(answer.status, answer.raw) for answer in answers} == {(401, answers[0].raw)}
    assert till.show(code).outcome == "recognised"
