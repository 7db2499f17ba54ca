"""Connections to partners, within the bounds of docs/federation.md.

One resolution, a connection to that very address, public addresses or an operator-allowed
network; 3 s to connect, 3 s a read, 10 s in total. What is said over a line is the business of
``exchange`` and ``posting``.
"""

import ssl
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path

from gateway.remote import wire
from gateway.remote.addresses import Address, AddressRules, Network
from gateway.remote.resolver import BoundedResolver, Lookup, system_lookup
from gateway.remote.urls import LOOPBACK, FetchUrl
from gateway.remote.wire import Deadline, Wire


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


class Lines:
    """Opens lines; keeps none between two calls. Safe to share between threads."""

    def __init__(
        self,
        allowed_networks: tuple[Network, ...],
        allow_http_loopback: bool,  # noqa: FBT001 (always given by name)
        *,
        ca_file: Path | None = None,
        limits: TimeLimits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._rules = AddressRules(allowed=allowed_networks)
        self._allow_http_loopback = allow_http_loopback
        self._ca_file = ca_file
        self._limits = limits or TimeLimits()
        self._resolver = BoundedResolver(lookup)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading this machine's authorities takes 14 ms, and most commands fetch nothing.
        return _tls_context(self._ca_file)

    def place(self, url: str) -> FetchUrl:
        """Return a URL taken apart.

        Raises:
            FetchUrlError: it is none that we visit.
        """
        return FetchUrl.parse(url, allow_http_loopback=self._allow_http_loopback)

    def open(self, place: FetchUrl, deadline: Deadline | None = None) -> Wire:
        """Return a line to ``place``, whose time runs from now on, or runs out at ``deadline``.

        Raises:
            FetchError: by subclass.
        """
        deadline = deadline or Deadline(self._limits.total_s)
        # May all its addresses be connected to? Asked once: no later answer counts.
        addresses = self._addresses(place, deadline)
        # Is exactly one of those there, and is it the host that the name says?
        return self._connect(place, addresses, deadline)

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
