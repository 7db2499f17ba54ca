from collections.abc import Callable

import pytest

from gateway.errors import GatewayError
from gateway.services.partner_desk import PartnerDesk
from gateway.trust.pins_file import PinsFile
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import NOON, Office, two


def _desk(office: Office) -> PartnerDesk:
    return PartnerDesk(book=office.book)


def _suspended() -> tuple[Office, Office]:
    ours, theirs = two()
    ours.join(theirs)
    ours.federation.suspend(theirs.leaf, "Lin", "a drill", NOON)
    return ours, theirs


def test_a_suspended_partner_is_resumed_with_officer_and_reason() -> None:
    ours, theirs = _suspended()

    state = _desk(ours).resume(theirs.leaf, "Chen", "the drill is over", NOON)

    status = ours.federation.status(NOON)[0]
    assert state is status.state is PartnerState.ACTIVE
    assert (status.decided_by, status.reason) == ("Chen", "the drill is over")


@pytest.mark.parametrize("stage", ["candidate", "confirmed", "active"])
def test_only_what_was_stopped_is_resumed(stage: str) -> None:
    ours, theirs = two()
    if stage == "active":
        ours.join(theirs)
    else:
        ours.federation.add(theirs.leaf, NOON)
    if stage == "confirmed":
        ours.compare(theirs)

    with pytest.raises(GatewayError) as caught:
        _desk(ours).resume(theirs.leaf, "Chen", "a reason", NOON)

    assert caught.value.code == "partner_not_stopped"
    assert stage in str(caught.value)


@pytest.mark.parametrize(("officer", "reason"), [("", "a reason"), ("Chen", "")])
def test_nobody_resumes_without_name_and_reason(officer: str, reason: str) -> None:
    ours, theirs = _suspended()

    with pytest.raises(GatewayError) as caught:
        _desk(ours).resume(theirs.leaf, officer, reason, NOON)

    assert caught.value.code == "trust_record"


def test_tries_are_counted_down() -> None:
    ours, theirs = two()
    ours.federation.add(theirs.leaf, NOON)
    ours.federation.challenge(theirs.leaf, "Lin", NOON)

    left = [_desk(ours).tries_left(theirs.leaf, NOON)]
    for _ in "12":
        ours.federation.confirm(theirs.leaf, "Lin", ("00000",) * 3, NOON)
        left.append(_desk(ours).tries_left(theirs.anchor, NOON))

    assert left == [3, 2, 1]


def test_what_was_accepted_is_exported_as_it_came() -> None:
    ours, theirs = two()
    ours.join(theirs)

    file = PinsFile.parse(_desk(ours).export_pins(theirs.leaf, NOON))

    assert file.leaf == theirs.leaf
    assert file.statements == {role: theirs.statements.tokens[role] for role in Role}


def test_of_a_candidate_nothing_was_accepted() -> None:
    ours, theirs = two()
    ours.federation.add(theirs.leaf, NOON)

    with pytest.raises(GatewayError) as caught:
        _desk(ours).export_pins(theirs.leaf, NOON)

    assert caught.value.code == "partner_nothing_accepted"


USES: dict[str, Callable[[PartnerDesk], object]] = {
    "resume": lambda desk: desk.resume("https://no.example", "Chen", "a reason", NOON),
    "tries left": lambda desk: desk.tries_left("https://no.example", NOON),
    "export": lambda desk: desk.export_pins("https://no.example", NOON),
}


@pytest.mark.parametrize("use", USES)
def test_who_is_no_partner_is_named_so(use: str) -> None:
    ours, _ = two()

    with pytest.raises(GatewayError) as caught:
        USES[use](_desk(ours))

    assert caught.value.code == "partner_unknown"
