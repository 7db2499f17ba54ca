"""One connection whose every step is bounded: in time by a deadline, in size by an allowance.

A read time-out alone bounds nothing: a partner that drips one byte a second keeps it from
ever firing. Here each read waits for no longer than what is left of the whole exchange.
"""

import io
import socket
from collections.abc import Sequence
from ssl import SSLContext
from typing import TYPE_CHECKING, Self

from gateway.clock import monotonic_s
from gateway.errors import FetchError
from gateway.remote.addresses import Address
from gateway.remote.errors import (
    AddressError,
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    PeerTlsError,
    SilentPeerError,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_ADDRESSES_TRIED = 4


class Deadline:
    """The moment by which an exchange is over."""

    def __init__(self, total_s: float) -> None:
        self._end = monotonic_s() + total_s

    def step(self, most_s: float) -> float:
        """Return how long the next step may wait: ``most_s`` or what is left, if less.

        Raises:
            DeadlineError: nothing is left.
        """
        left = self._end - monotonic_s()
        if left <= 0:
            raise DeadlineError("the whole exchange takes too long")
        return min(most_s, left)


class Wire:
    """A connected socket, plain or TLS, read under a deadline and an allowance of bytes.

    Looks enough like a socket for ``http.client.HTTPConnection`` to talk through it.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, read_s: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._read_s = read_s
        self._allowance = 0
        self._excess: FetchError = BrokenConnectionError("nothing was asked for")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def allow(self, count: int, excess: FetchError) -> None:
        """Let ``count`` more bytes arrive; the read after those raises ``excess``."""
        self._allowance, self._excess = count, excess

    def hurry(self, read_s: float) -> None:
        """Wait no longer than ``read_s`` in each read from now on."""
        self._read_s = read_s

    def sendall(self, data: bytes) -> None:
        """Send everything within the time of one read."""
        self._sock.settimeout(self._deadline.step(self._read_s))
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise self._failure(error) from error

    def receive(self, buffer: "WriteableBuffer") -> int:
        """Fill ``buffer`` with what is there and return how much; 0 at the end."""
        if self._allowance <= 0:
            raise self._excess
        self._sock.settimeout(self._deadline.step(self._read_s))
        try:
            count = self._sock.recv_into(buffer)
        except OSError as error:
            raise self._failure(error) from error
        self._allowance -= count
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a buffered reader over ``receive``."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Do nothing: the connection is closed by leaving the ``with`` block."""

    def _failure(self, error: OSError) -> FetchError:
        if not isinstance(error, TimeoutError):
            return BrokenConnectionError("the connection broke")
        try:
            self._deadline.step(self._read_s)
        except DeadlineError as late:
            return late
        return SilentPeerError("the partner is silent for too long")


class _Reader(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        return self._wire.receive(buffer)


def connect(
    addresses: Sequence[Address], port: int, deadline: Deadline, connect_s: float
) -> socket.socket:
    """Return a socket connected to one of exactly these addresses, tried in order.

    Raises:
        ConnectError: none of the first four answers.
        AddressError: the peer is another one than was connected to.
        DeadlineError: the exchange is over.
    """
    for address in addresses[:MAX_ADDRESSES_TRIED]:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004  version of IP
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(deadline.step(connect_s))
            sock.connect((str(address), port))
            _check_peer(sock, address)
        except FetchError:
            sock.close()
            raise
        except OSError:
            sock.close()
            continue
        return sock
    raise ConnectError("no address of the host accepts a connection")


def _check_peer(sock: socket.socket, address: Address) -> None:
    if sock.getpeername()[0] != str(address):
        raise AddressError("connected to another address than the checked one")


def secure(
    sock: socket.socket, context: SSLContext, host: str, deadline: Deadline, most_s: float
) -> socket.socket:
    """Return the socket under TLS, the certificate checked to be for ``host``.

    Raises:
        PeerTlsError: an untrusted, expired or other name's certificate, or no TLS.
        SilentPeerError: the handshake takes too long.
        DeadlineError: the exchange is over.
    """
    try:
        # The time-out is one for the whole handshake, so a drip cannot stretch it.
        sock.settimeout(deadline.step(most_s))
        return context.wrap_socket(sock, server_hostname=host)
    except TimeoutError as error:
        sock.close()
        raise SilentPeerError("the TLS handshake takes too long") from error
    except (OSError, ValueError) as error:
        sock.close()
        raise PeerTlsError("the TLS handshake failed, or the certificate is not valid") from error
    except DeadlineError:
        sock.close()
        raise
