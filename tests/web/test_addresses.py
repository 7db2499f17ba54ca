"""Whose address a request has, whatever its sender says of it."""

import pytest

from gateway.web.addresses import address_of

SOCKET = "192.0.2.1"
OWN = bytes((192, 0, 2, 1))
VISITOR = bytes((203, 0, 113, 9))

CASES: dict[str, tuple[int, str | None, bytes]] = {
    "no proxy, nothing said": (0, None, OWN),
    "no proxy, a forged address": (0, "203.0.113.9", OWN),
    "one proxy": (1, "203.0.113.9", VISITOR),
    "one proxy, after a forged address": (1, "198.51.100.1, 203.0.113.9", VISITOR),
    "one proxy, after many forged addresses": (1, "1.1.1.1," * 500 + "203.0.113.9", VISITOR),
    "two proxies": (2, "203.0.113.9, 10.0.0.1", VISITOR),
    "two proxies, after a forged address": (2, "1.1.1.1, 203.0.113.9,10.0.0.1", VISITOR),
    "two proxies, and one was passed by": (2, "203.0.113.9", OWN),
    "one proxy that says nothing": (1, None, OWN),
    "an empty header": (1, "", OWN),
    "an empty end": (1, "203.0.113.9,", OWN),
    "a word": (1, "unknown", OWN),
    "an address with a port": (1, "203.0.113.9:4711", OWN),
    "an address in brackets": (1, "[2001:db8::1]", OWN),
    "a network": (1, "203.0.113.0/24", OWN),
    "a number": (1, "3405803785", OWN),
    "leading zeros, which mean octal to some": (1, "203.000.113.009", OWN),
    "digits of another script": (1, "\uff12\uff10\uff13.0.113.9", OWN),
}


@pytest.mark.parametrize("what", CASES)
def test_only_what_our_own_proxies_say_is_believed(what: str) -> None:
    proxies, said, expected = CASES[what]
    environ = {"REMOTE_ADDR": SOCKET} | ({} if said is None else {"HTTP_X_FORWARDED_FOR": said})

    assert address_of(environ, proxies) == expected


def test_all_addresses_of_one_ipv6_household_are_one() -> None:
    one, other, neighbour = (
        address_of({"REMOTE_ADDR": text}, 0)
        for text in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2%eth0", "2001:db8:0:2::1")
    )

    assert one == other == bytes.fromhex("20010db800000001")
    assert neighbour != one


def test_an_ipv4_address_that_is_written_as_ipv6_is_the_same() -> None:
    assert address_of({"REMOTE_ADDR": "::ffff:192.0.2.1"}, 0) == OWN


def test_a_socket_without_an_address_is_one_that_all_share() -> None:
    assert address_of({"REMOTE_ADDR": ""}, 0) == address_of({}, 1) == b""
