"""A TCP proxy before PostgreSQL that can be cut, or made to hang, and mended."""

import selectors
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url


class Proxy:
    """Passes bytes both ways; ``cut`` breaks every connection and refuses new ones."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._hanging = False
        # Bound, it refuses who connects and keeps the port for us while nobody listens.
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(("127.0.0.1", 0))
        self.port: int = self._kept.getsockname()[1]
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", self.port))
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()

    def cut(self) -> None:
        """Break every connection; refuse new ones."""
        with self._lock:
            if self._listener is not None:
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = None
            for end in list(self._pairs):
                self._drop(end)

    def mend(self) -> None:
        """Accept connections again, and pass bytes on."""
        with self._lock:
            self._hanging = False
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self.port))
                self._selector.register(self._listener, selectors.EVENT_READ)

    def hang(self) -> None:
        """Keep connections open, and accept new ones, but pass nothing on."""
        self._hanging = True

    def close(self) -> None:
        """End the thread."""
        self._over = True
        self._thread.join()
        self.cut()
        self._kept.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._over:
            for key, _ in self._selector.select(0.02):
                with self._lock, suppress(OSError, ValueError, KeyError):
                    self._handle(key.fileobj)

    def _handle(self, ready: object) -> None:
        if ready is self._listener and self._listener is not None:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._target)
            self._pairs.update({client: server, server: client})
            for end in (client, server):
                self._selector.register(end, selectors.EVENT_READ)
        elif isinstance(ready, socket.socket) and ready in self._pairs:
            received = ready.recv(65536)
            if not received:
                self._drop(ready)
            elif not self._hanging:
                self._pairs[ready].sendall(received)

    def _drop(self, end: socket.socket) -> None:
        other = self._pairs.pop(end, None)
        if other is None:
            return
        self._pairs.pop(other, None)
        for one in (end, other):
            self._selector.unregister(one)
            one.close()


@contextmanager
def proxied(url: str) -> Generator[tuple[Proxy, str]]:
    """Yield a proxy before the database at ``url``, and the address that leads through it."""
    parsed = make_url(url)
    proxy = Proxy(parsed.host or "127.0.0.1", parsed.port or 5432)
    through = parsed.set(host="127.0.0.1", port=proxy.port)
    try:
        yield proxy, through.render_as_string(hide_password=False)
    finally:
        proxy.close()
