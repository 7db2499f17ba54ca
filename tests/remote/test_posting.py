"""Posting an event to partners that answer with exactly the bytes that a test gives them."""

import contextlib
import socket
from ipaddress import IPv4Network

import pytest

from gateway.errors import FetchError
from gateway.remote.lines import TimeLimits
from gateway.remote.posting import EventPoster
from gateway.services.event_ports import Posted
from tests.remote.peers import HASTY, PATIENT, Authority, Call, Script, peer, saying

TOKEN = "head.payload.signature"
TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def poster(limits: TimeLimits = PATIENT) -> EventPoster:
    return EventPoster((), allow_http_loopback=True, limits=limits)


def posted(script: Script, limits: TimeLimits = PATIENT) -> Posted:
    with peer(script) as running:
        return poster(limits).post(f"http://127.0.0.1:{running.port}/federation/events", TOKEN)


def refusal(body: bytes, *fields: str, status: str = "400 Bad Request") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


def test_an_event_is_posted_as_it_is_and_tells_nothing_about_us() -> None:
    with peer(saying(TAKEN)) as running:
        answer = poster().post(f"http://127.0.0.1:{running.port}/federation/events", TOKEN)

    # In one packet: a recipient that refuses by the head alone closes, and a body that came after
    # would be answered with a reset, and the refusal be lost.
    head, _, body = running.requests[0].partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    assert answer == Posted(status=202)
    assert first == "POST /federation/events HTTP/1.1"
    assert sorted(fields) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Connection: close",
        f"Content-Length: {len(TOKEN)}",
        "Content-Type: application/secevent+jwt",
        f"Host: 127.0.0.1:{running.port}",
        "User-Agent: credit-code-gateway",
    ]
    assert body == TOKEN.encode()


@pytest.mark.parametrize(
    ("body", "err"),
    [
        (b'{"err":"invalid_key","description":"x"}', "invalid_key"),
        (b'{"err":"access_denied"}', "access_denied"),
        (b'{"err":"<script>"}', None),
        (b'{"err":1}', None),
        (b'{"err":"invalid_key","err":"invalid_key"}', None),
        (b"[" * 900, None),
        (b"<html>", None),
        (b"", None),
        (b'{"err":"invalid_key","x":"' + b"x" * 2000 + b'"}', None),
    ],
)
def test_of_a_refusal_only_a_known_code_is_kept(body: bytes, err: str | None) -> None:
    assert posted(saying(refusal(body))) == Posted(status=400, err=err)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (["Retry-After: 7"], 7),
        (["Retry-After: 999999"], 999_999),
        (["Retry-After: 0"], None),
        (["Retry-After: -1"], None),
        (["Retry-After: 1000000"], None),
        (["Retry-After: \u0667"], None),
        (["Retry-After: Sat, 24 Oct 2026 12:00:00 GMT"], None),
        (["Retry-After: 7", "Retry-After: 8"], None),
        ([], None),
    ],
)
def test_when_to_come_again_is_seconds_or_nothing(said: list[str], seconds: int | None) -> None:
    answer = posted(saying(refusal(b"", *said, status="429 Too Many Requests")))

    assert answer == Posted(status=429, retry_after_s=seconds)


def test_a_partner_whose_event_endpoint_redirects_is_not_followed() -> None:
    redirect = refusal(b"", "Location: http://127.0.0.1:1/", status="307 Temporary Redirect")

    assert posted(saying(redirect)) == Posted(status=307)


def flood(call: Call) -> None:
    with contextlib.suppress(OSError):
        for _ in range(10_000):
            call.sock.sendall(b"X-A: " + b"a" * 4096 + b"\r\n")


def huge_head(call: Call) -> None:
    call.sock.sendall(b"HTTP/1.1 202 Accepted\r\n")
    flood(call)


def huge_body(call: Call) -> None:
    call.sock.sendall(b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood(call)


def test_a_partner_whose_event_endpoint_is_huge_is_cut_off() -> None:
    with pytest.raises(FetchError) as caught:
        posted(huge_head)

    assert caught.value.code == "fetch_head"
    assert posted(huge_body) == Posted(status=400)


@pytest.mark.parametrize(
    ("script", "limits", "code"),
    [
        (lambda call: call.drip(TAKEN * 99), HASTY, "fetch_deadline"),
        (Call.hold, TimeLimits(connect_s=5, read_s=0.2, total_s=20), "fetch_timeout"),
        (lambda _: None, PATIENT, "fetch_head"),
        (saying(b"SSH-2.0-x\r\n\r\n"), PATIENT, "fetch_head"),
    ],
    ids=["drips", "holds", "hangs up", "speaks otherwise"],
)
def test_a_partner_whose_event_endpoint_is_slow_or_odd_is_left(
    script: Script, limits: TimeLimits, code: str
) -> None:
    with pytest.raises(FetchError) as caught:
        posted(script, limits)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "192.168.1.1"],
)
def test_a_partner_whose_event_endpoint_is_a_private_address_is_not_visited(address: str) -> None:
    post = EventPoster((), allow_http_loopback=False, lookup=lambda _host, _port: [address])

    with pytest.raises(FetchError) as caught:
        post.post("https://credit.wenzhou.example/federation/events", TOKEN)

    assert caught.value.code == "fetch_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80/federation/events",
        "https://user@credit.example/federation/events",
        "https://2130706433/federation/events",
        "https://credit.example/federation/events#x",
    ],
)
def test_a_url_that_is_not_visited_is_not_looked_up(url: str) -> None:
    def lookup(_host: str, _port: int) -> list[str]:
        raise AssertionError

    with pytest.raises(FetchError) as caught:
        EventPoster((), allow_http_loopback=False, lookup=lookup).post(url, TOKEN)

    assert caught.value.code == "fetch_url"


def test_the_certificate_must_be_that_of_the_name(authority: Authority) -> None:
    allowed = (IPv4Network("127.0.0.0/8"),)

    def visit(host: str) -> Posted:
        with peer(saying(TAKEN), authority.server("credit.wenzhou.example")) as running:
            post = EventPoster(
                allowed,
                allow_http_loopback=False,
                ca_file=authority.file,
                lookup=lambda _host, _port: ["127.0.0.1"],
            )
            return post.post(f"https://{host}:{running.port}/federation/events", TOKEN)

    assert visit("credit.wenzhou.example") == Posted(status=202)
    with pytest.raises(FetchError) as caught:
        visit("credit.jinhua.example")
    assert caught.value.code == "fetch_tls"


def test_a_closed_port_is_no_delivery() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(FetchError) as caught:
        poster().post(f"http://127.0.0.1:{port}/federation/events", TOKEN)

    assert caught.value.code == "fetch_connect"
