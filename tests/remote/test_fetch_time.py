import socket
from threading import Event

import pytest

from gateway.clock import monotonic_s
from gateway.errors import FetchError
from gateway.remote.fetch import Fetcher, TimeLimits
from tests.remote.peers import (
    HASTY,
    JWT,
    LOOPBACK_ALLOWED,
    Authority,
    Call,
    NoonClock,
    Script,
    answer,
    demo_fetcher,
    peer,
)

HEAD, BODY = answer(b"a" * 900).split(b"\r\n\r\n")
NOTICEABLY_S = 15.0
"""A bound between the limits of these tests and what an attack here would take (45 s)."""


def drip_all(call: Call) -> None:
    call.drip(answer(b"a" * 900))


def drip_body(call: Call) -> None:
    call.sock.sendall(HEAD + b"\r\n\r\n")
    call.drip(BODY)


def drip_chunks(call: Call) -> None:
    head = answer(b"", drop=["Content-Length"], transfer_encoding="chunked")
    call.sock.sendall(head)
    call.drip(b"1\r\na\r\n" * 200)


def drip_continues(call: Call) -> None:
    call.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 40)


def say_nothing(call: Call) -> None:
    call.hold()


def stop_in_the_body(call: Call) -> None:
    call.sock.sendall(HEAD + b"\r\n\r\na")
    call.hold()


SLOW: dict[str, Script] = {
    "slow drip from the first byte": drip_all,
    "slow drip body": drip_body,
    "slow drip chunks": drip_chunks,
    "slow drip of 100 Continue": drip_continues,
    "silence": say_nothing,
    "silence in the body": stop_in_the_body,
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_the_whole_exchange_ends_at_the_deadline(script: Script) -> None:
    started = monotonic_s()

    with peer(script) as partner, pytest.raises(FetchError) as caught:
        demo_fetcher(HASTY).get(partner.url, accept=JWT, max_bytes=1000)

    assert caught.value.code == "fetch_deadline"
    assert monotonic_s() - started < NOTICEABLY_S


@pytest.mark.parametrize("script", [say_nothing, stop_in_the_body])
def test_one_silence_ends_before_the_deadline(script: Script) -> None:
    limits = TimeLimits(connect_s=5, read_s=0.2, total_s=20)

    with peer(script) as partner, pytest.raises(FetchError) as caught:
        demo_fetcher(limits).get(partner.url, accept=JWT, max_bytes=1000)

    assert caught.value.code == "fetch_timeout"


def test_a_handshake_that_never_ends_is_cut_off(authority: Authority) -> None:
    limits = TimeLimits(connect_s=0.2, read_s=5, total_s=20)
    fetcher = Fetcher(
        LOOPBACK_ALLOWED,
        allow_http_loopback=False,
        clock=NoonClock(),
        ca_file=authority.file,
        limits=limits,
        lookup=lambda *_: ["127.0.0.1"],
    )
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(FetchError) as caught:
        fetcher.get(f"https://city.test:{mute.getsockname()[1]}/x", accept=JWT, max_bytes=1000)

    assert caught.value.code == "fetch_timeout"


def test_a_name_lookup_that_never_ends_is_left_behind() -> None:
    hang = Event()

    def lookup(*_: object) -> list[str]:
        hang.wait(30)
        return ["127.0.0.1"]

    fetcher = Fetcher(
        LOOPBACK_ALLOWED,
        allow_http_loopback=False,
        clock=NoonClock(),
        limits=TimeLimits(connect_s=0.1),
        lookup=lookup,
    )
    with pytest.raises(FetchError) as caught:
        fetcher.get("https://city.test/x", accept=JWT, max_bytes=1000)
    hang.set()

    assert caught.value.code == "fetch_resolve"


def test_a_reset_connection_is_named_as_broken() -> None:
    def reset(call: Call) -> None:
        linger_zero = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        call.sock.sendall(HEAD + b"\r\n\r\na")
        call.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_zero)

    with peer(reset) as partner, pytest.raises(FetchError) as caught:
        demo_fetcher().get(partner.url, accept=JWT, max_bytes=1000)

    assert caught.value.code in {"fetch_broken", "fetch_length"}


def test_a_closed_port_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(FetchError) as caught:
        demo_fetcher().get(f"http://127.0.0.1:{port}/x", accept=JWT, max_bytes=1000)

    assert caught.value.code == "fetch_connect"
