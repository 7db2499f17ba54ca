"""A partner's keys as officers see them, and the three kinds of membership."""

import pytest

from gateway.ids import ScenarioId
from gateway.jose.keys import generate
from gateway.services.partner_keys import KeyState
from gateway.services.partner_status import PartnerStatus
from gateway.trust.states import PartnerState
from tests.services.offices import DAY, GYM, HOTEL, HOUR, Office, Web, at, office, two
from tests.services.protecting import Desk


def status_of(ours: Office, now: int = 0) -> PartnerStatus:
    [status] = ours.federation.status(at(now))
    return status


def shown(status: PartnerStatus) -> dict[str, KeyState]:
    return {key.kid: key.state for key in status.keys}


def test_every_key_is_shown_with_what_this_city_makes_of_it() -> None:
    ours, theirs = two()
    ours.join(theirs)
    Desk(ours, theirs).block(theirs.k3next)
    fresh = generate()
    gone, theirs.k1s = theirs.k1s, generate()
    theirs.sign_all(at(HOUR))
    theirs.sign_leaf(at(HOUR + 1), theirs.k3.public, fresh.public)
    ours.federation.sync(at(HOUR + 1))

    status = status_of(ours, HOUR + 1)

    assert shown(status) == {
        theirs.k1.public.kid: KeyState.PINNED,
        gone.public.kid: KeyState.SUSPENDED,
        theirs.k1s.public.kid: KeyState.ANNOUNCED,
        theirs.k2.public.kid: KeyState.LIVE,
        theirs.k2next.public.kid: KeyState.LIVE,
        theirs.k3.public.kid: KeyState.IN_USE,
        fresh.public.kid: KeyState.AHEAD,
        # Its city dropped it since, and it stays blocked.
        theirs.k3next.public.kid: KeyState.BLOCKED,
    }
    assert status.repinning
    held = next(key for key in status.keys if key.kid == fresh.public.kid)
    assert held.usable_from == at(HOUR + 1 + DAY)


def test_a_key_past_its_end_is_shown_as_ended() -> None:
    ours, theirs = two()
    ours.join(theirs)

    states = shown(status_of(ours, 401 * DAY))

    assert states[theirs.k3.public.kid] is KeyState.ENDED


# Membership: a city issues, verifies, or does both


KINDS = {"full": (True, True), "issue-only": (True, False), "verify-only": (False, True)}
MINE: tuple[ScenarioId, ...] = (HOTEL, GYM)


def city(kind: str, division: str, slug: str, web: Web) -> Office:
    issues, verifies = KINDS[kind]
    made = office(division, slug, web, scenarios=MINE if verifies else None)
    if not issues:
        made.division = None
        made.sign_all(at(1))
    elif not verifies:
        made.sign_all(at(1))
    return made


@pytest.mark.parametrize("theirs", KINDS)
@pytest.mark.parametrize("ours", KINDS)
def test_each_kind_of_member_joins_each_other_in_both_directions(ours: str, theirs: str) -> None:
    web = Web(now=at(1))
    one, other = city(ours, "330700", "jinhua", web), city(theirs, "330300", "wenzhou", web)

    for here, there in ((one, other), (other, one)):
        assert here.join(there, at(1)).state is PartnerState.ACTIVE
    for here in (one, other):
        here.sign_leaf(at(HOUR), accepted=here.federation.accepted_anchors(at(1)))
    for here, there, kind in ((one, other, theirs), (other, one, ours)):
        here.federation.sync(at(HOUR))
        status = status_of(here, HOUR)
        assert status.state is PartnerState.ACTIVE
        assert (status.issues, status.verifies) == KINDS[kind]
        assert status.lists_us
        known = here.view(at(HOUR)).keyring
        if KINDS[kind][0]:
            assert there.division is not None
            issuer = known.issuer(there.division)
            assert issuer is not None
            assert issuer.verifies(at(HOUR))
        else:
            assert status.division is None
            assert set(known.issuers) <= {here.division}


def test_a_partner_that_turns_out_to_issue_is_not_used_and_alarmed() -> None:
    web = Web(now=at(1))
    ours, theirs = (
        city("full", "330700", "jinhua", web),
        city("verify-only", "330300", "wenzhou", web),
    )
    ours.join(theirs, at(1))

    issuing = office("330300", "wenzhou", Web(), k1=theirs.k1, k1s=theirs.k1s, k2=theirs.k2)
    issuing.k2next = theirs.k2next
    issuing.sign_all(at(HOUR))
    web.bodies |= issuing.web.bodies
    ours.federation.sync(at(HOUR))

    assert "trust_issuer_not_agreed" in ours.rows.codes()
    assert set(ours.view(at(HOUR)).keyring.issuers) == {ours.division}
