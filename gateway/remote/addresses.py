"""Which addresses may be connected to: public ones, and those that the operator allows.

Stricter than ``ipaddress.is_global``, whose answer differs between Python releases and
lets multicast, 6to4, NAT64 and IPv4-mapped forms through: some of them carry a private
IPv4 address past a check that looks at the outer one (IANA special-purpose registries).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from gateway.remote.errors import AddressError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NEVER_PUBLIC: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv4Network("192.31.196.0/24"),  # AS112, RFC 7535
    IPv4Network("192.52.193.0/24"),  # AMT, RFC 7450
    IPv4Network("192.175.48.0/24"),  # AS112, RFC 7534
    IPv6Network("2620:4f:8000::/48"),  # AS112, RFC 7534
    IPv6Network("2001::/23"),  # IETF protocol assignments, Teredo and ORCHID among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4: carries an IPv4 address
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRules:
    """What the operator allows beside the public internet.

    Attributes:
        allowed: Networks of partners that are reached over a private line, or of a test.
    """

    allowed: tuple[Network, ...] = ()

    def check_all(self, texts: Iterable[str]) -> tuple[Address, ...]:
        """Return the addresses in their order, each once.

        Raises:
            AddressError: one of them may not be connected to, or there is none. One bad
                address spoils the answer: a resolver that mixes is not to be reasoned with.
        """
        addresses = tuple(dict.fromkeys(_parse(text) for text in texts))
        if not addresses or not all(self.permits(address) for address in addresses):
            raise AddressError("an address that is neither public nor allowed by the operator")
        return addresses

    def permits(self, address: Address) -> bool:
        """Return whether ``address`` may be connected to."""
        if isinstance(address, IPv6Address) and _is_disguised(address):
            return False
        return any(address in network for network in self.allowed) or _is_public(address)


def _parse(text: str) -> Address:
    try:
        return ip_address(text)
    except ValueError as error:
        raise AddressError("the resolver's answer is no address") from error


def _is_disguised(address: IPv6Address) -> bool:
    return any((address.ipv4_mapped, address.sixtofour, address.teredo, address.scope_id))


def _is_public(address: Address) -> bool:
    if any(address in network for network in _NEVER_PUBLIC):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
