"""A real HTTP server on loopback for one test, in a thread of its own."""

import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(
    handler: type[BaseHTTPRequestHandler],
    let_go: Callable[[], object],
    tls: ssl.SSLContext | None = None,
) -> Generator[int]:
    """Yield the port; ``let_go`` frees whoever is kept waiting, before the server ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            let_go()
            server.shutdown()
            thread.join()
