"""HTTP by hand: what no client library would send."""

import re
import socket
from contextlib import suppress
from dataclasses import dataclass

from gateway.demo.layout import HOST

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


@dataclass(frozen=True)
class Said:
    """Everything that came back before the connection ended or fell silent.

    Attributes:
        status: Of the first answer; None if there was none.
    """

    status: int | None
    raw: bytes


def open_to(port: int, timeout_s: float = 30.0) -> socket.socket:
    """Return a connection."""
    return socket.create_connection((HOST, port), timeout=timeout_s)


def head(token: str, *lines: str, path: str = "/api/v1/verifications") -> bytes:
    """Return a request's head for a till, without the empty line that ends it."""
    first = (f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {token}")
    return "\r\n".join((*first, "Content-Type: application/json", *lines, "")).encode()


def say(port: int, *parts: bytes, timeout_s: float = 30.0) -> Said:
    """Send the parts and return what was said; a server that waits is left after ``timeout_s``."""
    with open_to(port, timeout_s) as connection:
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
        return listen(connection)


def listen(connection: socket.socket) -> Said:
    """Return what is said until one whole answer is there, the end, or the time is over."""
    raw = b""
    with suppress(OSError):
        while not _whole(raw) and (received := connection.recv(65_536)):
            raw += received
    found = _STATUS.match(raw)
    return Said(None if found is None else int(found[1]), raw)


def chunked(body: bytes, size: int = 4096) -> bytes:
    """Return a body in chunks."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _whole(raw: bytes) -> bool:
    top, found, body = raw.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", top)
    return bool(found) and length is not None and len(body) >= int(length[1])
