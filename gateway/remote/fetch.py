"""The bounded fetcher: one GET of a partner's document, in which everything has a limit.

protocol.md section 4: URLs come from the agreement record only (the caller's duty), one
resolution, a connection to that very address, public addresses or an operator-allowed
network; no redirects, environment proxies, cookies or compression; an exact content type;
3 s to connect, 3 s a read, 10 s in total. What arrives is not looked into here: it is
verified by whoever asked. Start at ``Fetcher.get``.
"""

import ssl
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from gateway.clock import Clock
from gateway.remote import wire
from gateway.remote.addresses import Address, AddressRules, Network
from gateway.remote.answers import is_strong_etag
from gateway.remote.exchange import Fetched, Question, ask
from gateway.remote.resolver import BoundedResolver, Lookup, system_lookup
from gateway.remote.urls import LOOPBACK, FetchUrl
from gateway.remote.wire import Deadline, Wire

__all__ = ["Fetched", "Fetcher", "TimeLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long each step may take, seconds.

    Attributes:
        connect_s: Name look-up, TCP connection to one address, TLS handshake: each.
        read_s: Silence between two reads.
        total_s: Everything together.
    """

    connect_s: float = 3.0
    read_s: float = 3.0
    total_s: float = 10.0


class Fetcher:
    """Fetches documents of partners; keeps no connection and no state between two calls.

    Safe to share between threads. A caller waits for ``limits.total_s`` at most.
    """

    def __init__(  # noqa: PLR0913 (each is a decision of the composition root or of a test)
        self,
        allowed_networks: tuple[Network, ...],
        allow_http_loopback: bool,  # noqa: FBT001 (always given by name)
        clock: Clock,
        *,
        ca_file: Path | None = None,
        limits: TimeLimits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._rules = AddressRules(allowed=allowed_networks)
        self._allow_http_loopback = allow_http_loopback
        self._clock = clock
        self._tls = _tls_context(ca_file)
        self._limits = limits or TimeLimits()
        self._resolver = BoundedResolver(lookup)

    def get(self, url: str, *, accept: str, max_bytes: int, etag: str | None = None) -> Fetched:
        """Return the document at ``url``.

        Args:
            url: From the agreement record; never from a code or a statement.
            accept: The one content type that will do, without parameters.
            max_bytes: Largest body.
            etag: Validator of the stored copy; one that is not strong is not sent.

        Raises:
            FetchError: by subclass, see ``gateway.remote.errors``.
        """
        # (1) Is this a URL that we visit at all?
        place = FetchUrl.parse(url, allow_http_loopback=self._allow_http_loopback)
        deadline = Deadline(self._limits.total_s)
        # (2) May all its addresses be connected to? Asked once: no later answer counts.
        addresses = self._addresses(place, deadline)
        # (3) Is exactly one of those there, and is it the host that the name says?
        with self._connect(place, addresses, deadline) as line:
            # (4) Does it answer with such a document, in time and in size?
            known = etag if etag is not None and is_strong_etag(etag) else None
            question = Question(place=place, accept=accept, max_bytes=max_bytes, etag=known)
            return ask(line, question, self._clock)

    def _addresses(self, place: FetchUrl, deadline: Deadline) -> tuple[Address, ...]:
        if place.scheme == "http":
            return (IPv4Address(LOOPBACK),)
        wait_s = deadline.step(self._limits.connect_s)
        return self._rules.check_all(self._resolver.addresses(place.host, place.port, wait_s))

    def _connect(self, place: FetchUrl, addresses: tuple[Address, ...], deadline: Deadline) -> Wire:
        wait_s = self._limits.connect_s
        sock = wire.connect(addresses, place.port, deadline, wait_s)
        if place.scheme == "https":
            sock = wire.secure(sock, self._tls, place.host, deadline, wait_s)
        return Wire(sock, deadline, self._limits.read_s)


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return the client side of TLS; only the authorities in ``ca_file`` count, if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile=ca_file)
    return context
