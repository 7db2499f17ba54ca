"""Two offices over real HTTP on loopback, with the real bounded fetcher."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.clock import SystemClock
from gateway.ids import CityId, EntityId, Timestamp
from gateway.remote.fetch import Fetcher
from gateway.services.federate import Federation
from gateway.services.partner_cycle import statement_url
from gateway.services.trust_view import Published
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import DAY, HOTEL, Office, Web


class _Statements(BaseHTTPRequestHandler):
    """Serves what ``pages`` holds, as docs/federation.md says."""

    pages: dict[str, str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        token = self.pages.get(self.path)
        if token is None:
            self.send_error(404)
            return
        etag = Published.of(token).etag
        same = self.headers.get("If-None-Match") == etag
        body = b"" if same else token.encode()
        self.send_response(304 if same else 200)
        self.send_header("Content-Type", "application/entity-statement+jwt")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as in the base
        pass


@contextmanager
def _serving(pages: dict[str, str]) -> Generator[int]:
    handler = type("Handler", (_Statements,), {"pages": pages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _office(division: str, port: int, path: str, now: Timestamp) -> Office:
    leaf = EntityId(f"http://127.0.0.1:{port}{path}")
    city = Office(division=CityId(division), leaf=leaf, web=Web())
    city.sign_all(now)
    return city


def _pages(city: Office, port: int) -> dict[str, str]:
    origin = f"http://127.0.0.1:{port}"
    return {
        statement_url(city.leaf, role).removeprefix(origin): city.statements.tokens[role]
        for role in Role
    }


def test_two_cities_join_and_sync_over_http() -> None:
    clock, pages = SystemClock(), dict[str, str]()
    now = clock.now()
    with _serving(pages) as port:
        one = _office("330700", port, "/jinhua", now)
        other = _office("330300", port, "/wenzhou", now)
        pages.update(_pages(other, port))
        federation: Federation = replace(
            one.federation,
            members={other.leaf: CityId("330300")},
            fetch=Fetcher(allowed_networks=(), allow_http_loopback=True, clock=clock),
            allow_loopback=True,
        )

        added = federation.add(other.leaf, now)
        number = other.number_with(one)
        for officer in ("Li", "Wang"):
            asked = federation.challenge(other.leaf, officer, now)
            federation.confirm(other.leaf, officer, [number[g - 1] for g in asked.groups], now)
        first = federation.accept(other.leaf, (HOTEL,), Timestamp(now + DAY), now)
        (again,) = federation.sync(now)
        other.sign_leaf(now, other.k3next.public)
        pages.update(_pages(other, port))
        (changed,) = federation.sync(now)
        pages.clear()
        (gone,) = federation.sync(now)

    assert added.safety_number == number
    assert first.state is PartnerState.ACTIVE
    assert [outcome.result for outcome in again.outcomes] == ["unchanged"] * 3
    assert [outcome.result for outcome in changed.outcomes] == [
        "unchanged",
        "unchanged",
        "accepted",
    ]
    assert gone.problem == "fetch_status"
    contact = one.rows.contacts[other.anchor]
    assert contact.clock_offset_s is not None
    assert abs(contact.clock_offset_s) <= 2
    issuer = one.view(now).keyring.issuer(CityId("330300"))
    assert issuer is not None
    assert [key.public for key in issuer.keys] == [other.k3next.public]
