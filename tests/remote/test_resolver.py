import socket
from collections.abc import Sequence
from threading import Event

import pytest

from gateway.remote import resolver
from gateway.remote.errors import ResolveError
from gateway.remote.resolver import BoundedResolver, system_lookup


def test_this_machines_resolver_knows_loopback() -> None:
    assert "127.0.0.1" in system_lookup("127.0.0.1", 443)


@pytest.mark.parametrize("error", [socket.gaierror("no such name"), UnicodeError("label")])
def test_a_name_without_address_is_refused(error: Exception) -> None:
    def lookup(*_: object) -> Sequence[str]:
        raise error

    with pytest.raises(ResolveError, match="no address"):
        BoundedResolver(lookup).addresses("city.test", 443, 5)


def test_a_bug_in_a_lookup_is_not_taken_for_a_missing_name() -> None:
    def lookup(*_: object) -> Sequence[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        BoundedResolver(lookup).addresses("city.test", 443, 5)


def test_late_lookups_are_left_behind_up_to_a_number_and_then_refused_at_once() -> None:
    hang = Event()

    def lookup(*_: object) -> Sequence[str]:
        hang.wait(30)
        return ["8.8.8.8"]

    asking = BoundedResolver(lookup)
    reasons = []
    for _ in range(resolver.MAX_LOOKUPS + 1):
        with pytest.raises(ResolveError) as caught:
            asking.addresses("city.test", 443, 0.001)
        reasons.append(str(caught.value))
    hang.set()

    assert reasons[:-1] == ["the name look-up takes too long"] * resolver.MAX_LOOKUPS
    assert reasons[-1] == "too many name look-ups are waiting"
