"""Who is connected to: names, addresses, certificates, proxies."""

import http.server
import ssl
from collections.abc import Sequence
from threading import Thread

import pytest

from gateway.errors import FetchError
from gateway.remote.addresses import Network
from gateway.remote.fetch import Fetcher
from gateway.remote.resolver import Lookup
from tests.remote.peers import (
    JWT,
    LOOPBACK_ALLOWED,
    PATIENT,
    Authority,
    NoonClock,
    answer,
    demo_fetcher,
    peer,
    saying,
)


def fetcher(
    authority: Authority | None,
    lookup: Lookup,
    allowed: tuple[Network, ...] = LOOPBACK_ALLOWED,
) -> Fetcher:
    return Fetcher(
        allowed,
        allow_http_loopback=False,
        clock=NoonClock(),
        ca_file=authority.file if authority else None,
        limits=PATIENT,
        lookup=lookup,
    )


def always(*addresses: str) -> Lookup:
    return lambda *_: addresses


def refused(asking: Fetcher, url: str) -> str:
    with pytest.raises(FetchError) as caught:
        asking.get(url, accept=JWT, max_bytes=1000)
    return caught.value.code


def test_the_certificate_of_the_name_is_enough_to_be_read(authority: Authority) -> None:
    with peer(saying(answer()), authority.server("city.test")) as partner:
        url = f"https://city.test:{partner.port}/x"

        fetched = fetcher(authority, always("127.0.0.1")).get(url, accept=JWT, max_bytes=1000)

    assert fetched.body == b"statement"
    assert f"\r\nHost: city.test:{partner.port}\r\n".encode() in partner.requests[0]


def test_the_server_is_told_the_name_that_is_wanted(authority: Authority) -> None:
    names: list[str | None] = []
    server = authority.server("city.test")
    server.sni_callback = lambda _sock, name, _context: names.append(name)
    with peer(saying(answer()), server) as partner:
        url = f"https://city.test:{partner.port}/x"

        fetcher(authority, always("127.0.0.1")).get(url, accept=JWT, max_bytes=1000)

    assert names == ["city.test"]


@pytest.mark.parametrize(
    ("host", "expired"), [("other.test", False), ("sub.city.test", False), ("city.test", True)]
)
def test_another_names_or_an_old_certificate_is_refused(
    authority: Authority, host: str, *, expired: bool
) -> None:
    with peer(saying(answer()), authority.server(host, expired=expired)) as partner:
        code = refused(
            fetcher(authority, always("127.0.0.1")), f"https://city.test:{partner.port}/x"
        )

    assert (code, partner.requests) == ("fetch_tls", [])


def test_an_untrusted_authority_is_refused(authority: Authority, stranger: Authority) -> None:
    with peer(saying(answer()), stranger.server("city.test")) as partner:
        url = f"https://city.test:{partner.port}/x"

        codes = [refused(fetcher(ca, always("127.0.0.1")), url) for ca in (authority, None)]

    assert (codes, partner.requests) == (["fetch_tls", "fetch_tls"], [])


def test_a_server_without_tls_is_refused(authority: Authority) -> None:
    with peer(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as partner:
        code = refused(
            fetcher(authority, always("127.0.0.1")), f"https://city.test:{partner.port}/x"
        )

    assert code == "fetch_tls"


def test_old_tls_is_refused(authority: Authority) -> None:
    server = authority.server("city.test")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        server.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        server.maximum_version = ssl.TLSVersion.TLSv1_1
    with peer(saying(answer()), server) as partner:
        code = refused(
            fetcher(authority, always("127.0.0.1")), f"https://city.test:{partner.port}/x"
        )

    assert code == "fetch_tls"


HIDDEN_ADDRESSES = {
    "loopback": ["127.0.0.1"],
    "private": ["10.0.0.1"],
    "link-local metadata service": ["169.254.169.254"],
    "IPv6 loopback": ["::1"],
    "IPv6-mapped loopback": ["::ffff:127.0.0.1"],
    "private behind 6to4": ["2002:0a00:0001::1"],
    "private behind NAT64": ["64:ff9b::a00:1"],
    "a private one among public ones": ["93.184.215.14", "10.0.0.1"],
    "none": [],
    "no address at all": ["city.test"],
}


@pytest.mark.parametrize("addresses", HIDDEN_ADDRESSES.values(), ids=HIDDEN_ADDRESSES)
def test_a_name_that_leads_inside_is_refused_before_a_connection(addresses: list[str]) -> None:
    asking = fetcher(None, always(*addresses), allowed=())

    assert refused(asking, "https://city.test/x") == "fetch_address"


def test_a_name_that_changes_its_address_is_asked_only_once(authority: Authority) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with peer(saying(answer()), authority.server("city.test")) as partner:
        asking = fetcher(authority, rebinding)
        url = f"https://city.test:{partner.port}/x"
        asking.get(url, accept=JWT, max_bytes=1000)
        first = list(asked)

        second = refused(asking, url)

    assert (first, second) == (["city.test"], "fetch_address")


def test_the_next_address_is_tried_where_one_is_dead(authority: Authority) -> None:
    with peer(saying(answer()), authority.server("city.test")) as partner:
        asking = fetcher(authority, always("127.0.0.2", "127.0.0.1"))

        fetched = asking.get(f"https://city.test:{partner.port}/x", accept=JWT, max_bytes=1000)

    assert fetched.status == 200


def test_an_unknown_name_is_refused() -> None:
    def unknown(*_: object) -> Sequence[str]:
        raise OSError

    assert refused(fetcher(None, unknown), "https://city.test/x") == "fetch_resolve"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://city.test/x"])
def test_http_is_refused_outside_the_demo(url: str) -> None:
    assert refused(fetcher(None, always("127.0.0.1")), url) == "fetch_url"


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Proxy(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            asked.append("proxy")

    asked: list[str] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        with peer(saying(answer())) as partner:
            fetched = demo_fetcher().get(partner.url, accept=JWT, max_bytes=1000)
        proxy.shutdown()
        thread.join()

    assert (fetched.body, asked) == (b"statement", [])
