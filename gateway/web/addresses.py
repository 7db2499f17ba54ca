"""From which address a request comes, as far as this machine can know.

``X-Forwarded-For`` is whatever the sender likes, except for what our own proxies append at its
right end. So it is counted from the right, and only as far as the city says that there are such
proxies.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from flask import request

from gateway.web.context import gateway

_NET_BYTES: Final = 8
"""An IPv6 household has a /64 at least, and all of its addresses to choose from."""


def client_address() -> bytes:
    """Return where the current request comes from, as ``address_of`` says."""
    return address_of(request.environ, gateway().trusted_proxies)


def address_of(environ: Mapping[str, object], trusted_proxies: int) -> bytes:
    """Return an IPv4 address, or the /64 of an IPv6 address; empty for a socket without one.

    With ``trusted_proxies`` N it is the N-th from the right of ``X-Forwarded-For``. If there is
    none, or no address, it is the socket's: then the request did not come as it should, and all
    that come so share one.
    """
    if trusted_proxies:
        listed = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", trusted_proxies)
        found = _address(listed[-trusted_proxies]) if len(listed) >= trusted_proxies else None
        if found is not None:
            return _network(found)
    own = _address(str(environ.get("REMOTE_ADDR", "")))
    return b"" if own is None else _network(own)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip(" \t"))
    except ValueError:
        return None


def _network(address: IPv4Address | IPv6Address) -> bytes:
    if isinstance(address, IPv4Address):
        return address.packed
    mapped = address.ipv4_mapped
    return address.packed[:_NET_BYTES] if mapped is None else mapped.packed
