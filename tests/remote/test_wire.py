import socket
import ssl
from ipaddress import ip_address

import pytest

from gateway.remote import wire
from gateway.remote.errors import (
    AddressError,
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    SilentPeerError,
)
from gateway.remote.wire import Deadline, Wire

LOOPBACK = ip_address("127.0.0.1")
OVER = Deadline(0)


def test_a_step_takes_what_it_may_or_what_is_left() -> None:
    assert Deadline(100).step(3) == 3
    assert 2 < Deadline(3).step(100) <= 3


def test_nothing_begins_after_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = Wire(ours, OVER, 1)
        line.allow(10, BrokenConnectionError())

        with pytest.raises(DeadlineError):
            wire.connect([LOOPBACK], port, OVER, 1)
        with pytest.raises(DeadlineError):
            wire.secure(ours, ssl.create_default_context(), "city.test", OVER, 1)
        with pytest.raises(DeadlineError):
            line.receive(bytearray(1))
        with pytest.raises(DeadlineError):
            line.sendall(b"a")


def test_at_most_four_addresses_are_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        dead = [ip_address(f"127.0.0.{last}") for last in (2, 3, 4, 5)]

        wire.connect([*dead[:3], LOOPBACK], port, Deadline(9), 3).close()
        with pytest.raises(ConnectError):
            wire.connect([*dead, LOOPBACK], port, Deadline(9), 3)


def test_a_connection_is_made_over_ipv6_too() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on loopback")
    with server:
        address = ip_address("::1")

        sock = wire.connect([address], server.getsockname()[1], Deadline(9), 3)

        with sock:
            assert sock.getpeername()[0] == "::1"


def test_a_peer_at_another_address_than_asked_for_is_left() -> None:
    # Linux takes 0.0.0.0 for this host: the connection ends at 127.0.0.1.
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(AddressError):
        wire.connect([ip_address(0)], server.getsockname()[1], Deadline(9), 3)


def test_a_partner_that_takes_nothing_in_is_silent() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(SilentPeerError):
        Wire(ours, Deadline(9), 0.05).sendall(b"a" * 10_000_000)


def test_a_partner_that_is_gone_has_broken_the_connection() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(BrokenConnectionError):
        Wire(ours, Deadline(9), 3).sendall(b"a" * 10_000_000)


def test_bytes_after_the_allowance_are_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"abc")
        line = Wire(ours, Deadline(9), 3)
        line.allow(2, ConnectError("enough"))

        received = line.receive(bytearray(2))

        assert received == 2
        with pytest.raises(ConnectError, match="enough"):
            line.receive(bytearray(1))


def test_nothing_is_read_before_something_is_allowed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(BrokenConnectionError):
        Wire(ours, Deadline(9), 3).receive(bytearray(1))
