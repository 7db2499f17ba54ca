"""What answers in place of a city whose server is gone: a proxy with bad news, or nobody at all."""

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from gateway.demo.layout import HOST


class _BadGateway(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(502)
        self.end_headers()
        self.wfile.write(b"the city behind this proxy does not answer")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
        pass


@contextmanager
def bad_gateway(port: int) -> Generator[None]:
    """Answer 502 to everything, as a proxy does."""
    server = ThreadingHTTPServer((HOST, port), _BadGateway)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def silence(port: int) -> Generator[None]:
    """Take every connection and say nothing, as a network that carries nothing does."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(64)
        yield
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
