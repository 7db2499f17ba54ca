from ipaddress import ip_address, ip_network

import pytest

from gateway.remote.addresses import AddressRules
from gateway.remote.errors import AddressError

PUBLIC = ["8.8.8.8", "1.1.1.1", "223.255.255.255", "2400:3200::1", "2001:200::1", "2620:fe::fe"]
NOT_PUBLIC = {
    "this network": "0.0.0.1",
    "loopback": "127.0.0.1",
    "private 10": "10.255.255.255",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.1",
    "shared": "100.64.0.1",
    "link-local": "169.254.169.254",
    "documentation": "192.0.2.1",
    "benchmark": "198.18.0.1",
    "protocol assignments": "192.0.0.9",
    "6to4 relay": "192.88.99.1",
    "AS112": "192.175.48.1",
    "AS112, delegated": "192.31.196.1",
    "AMT": "192.52.193.1",
    "AS112 over IPv6": "2620:4f:8000::1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::",
    "IPv6 loopback": "::1",
    "IPv4-mapped public": "::ffff:8.8.8.8",
    "IPv4-mapped private": "::ffff:10.0.0.1",
    "IPv4-compatible": "::8.8.8.8",
    "IPv4-translated": "::ffff:0:8.8.8.8",
    "NAT64": "64:ff9b::808:808",
    "local NAT64": "64:ff9b:1::1",
    "6to4": "2002:808:808::1",
    "Teredo": "2001::1",
    "ORCHID": "2001:20::1",
    "IPv6 documentation": "2001:db8::1",
    "newer documentation": "3fff::1",
    "segment routing": "5f00::1",
    "unique local": "fd00::1",
    "IPv6 link-local": "fe80::1",
    "site-local": "fec0::1",
    "IPv6 multicast": "ff0e::1",
    "with a zone": "2400:3200::1%eth0",
}
NOTHING_ALLOWED = AddressRules()


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_permitted(text: str) -> None:
    assert NOTHING_ALLOWED.check_all([text]) == (ip_address(text),)


@pytest.mark.parametrize("text", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_any_other_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        NOTHING_ALLOWED.check_all([text])


def test_the_operator_may_allow_a_network_up_to_its_border() -> None:
    rules = AddressRules(allowed=(ip_network("10.1.0.0/16"), ip_network("fd12::/32")))

    permitted = {
        text: rules.permits(ip_address(text))
        for text in ("10.0.255.255", "10.1.0.0", "10.1.255.255", "10.2.0.0", "fd12::1", "fd13::1")
    }

    assert permitted == {
        "10.0.255.255": False,
        "10.1.0.0": True,
        "10.1.255.255": True,
        "10.2.0.0": False,
        "fd12::1": True,
        "fd13::1": False,
    }


def test_a_disguised_ipv4_address_is_refused_even_where_all_of_ipv6_is_allowed() -> None:
    rules = AddressRules(allowed=(ip_network("::/0"), ip_network("10.0.0.0/8")))

    assert not rules.permits(ip_address("::ffff:10.0.0.1"))


def test_an_address_that_comes_twice_is_tried_once() -> None:
    assert NOTHING_ALLOWED.check_all(["8.8.8.8", "8.8.8.8"]) == (ip_address("8.8.8.8"),)


def test_one_bad_address_among_good_ones_spoils_the_answer() -> None:
    with pytest.raises(AddressError):
        NOTHING_ALLOWED.check_all(["8.8.8.8", "10.0.0.1"])
