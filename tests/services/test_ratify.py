"""What one officer does at once about a partner, and the officer who looks at it afterwards."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import CityId, KeyId
from gateway.jose.keys import generate
from gateway.services.partner_acts import UNBLOCK_KEY
from gateway.services.partner_protect import (
    KEY_BLOCKED,
    SUSPENDED,
    PartnerProtection,
    code_key,
    key_target,
)
from gateway.services.proposal_ports import ProposalState
from gateway.services.ratify import DUE_S, PREFIX, Unratified
from gateway.services.trust_ports import ConflictError
from gateway.services.trust_view import TrustView
from gateway.storage.errors import DatabaseUnavailableError
from gateway.trust.history import KeyHistory, KnownKey
from gateway.trust.keyring import Issuer
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import TrustedCity
from tests.services.offices import DAY, HOUR, NOON, Office, at, two
from tests.services.protecting import LIN, Desk, acting


@pytest.fixture
def desk() -> Desk:
    ours, theirs = two()
    ours.join(theirs)
    return Desk(ours, theirs)


def test_a_suspension_holds_at_once_and_is_ratified_by_another_officer(desk: Desk) -> None:
    [asked] = desk.suspend()

    [waits] = desk.ratify.waiting(NOON)
    assert (waits.act, waits.by, waits.reason) == (SUSPENDED, "Lin", "key lost")
    assert asked.act == PREFIX + SUSPENDED
    assert asked.facts["due"] == waits.due_at == at(DAY)
    desk.approve(asked, "Chen")
    assert desk.ratify.waiting(NOON) == ()
    assert desk.told()[-1] == "partner.stop_ratified"
    [status] = desk.ours.federation.status(NOON)
    assert (status.state, status.unratified) == (PartnerState.SUSPENDED, ())


def test_one_officer_under_two_spellings_does_not_ratify_himself(desk: Desk) -> None:
    [asked] = desk.suspend("Lin")

    for spelling in ("lin", "\uff2c\uff49\uff4e", "L in"):
        with pytest.raises(GatewayError) as caught:
            desk.approve(asked, spelling)
        assert caught.value.code == "proposal_own"

    assert len(desk.ratify.waiting(NOON)) == 1


def test_who_did_it_does_not_ratify_what_the_city_proposed_again_either(desk: Desk) -> None:
    desk.rows.full = True
    assert desk.suspend() == ()
    desk.rows.full = False
    desk.ratify.remind(at(HOUR))
    [again] = desk.eyes.open(at(HOUR))

    assert again.proposed_by == "city"
    with pytest.raises(GatewayError) as caught:
        desk.approve(again, "lin", HOUR)
    assert caught.value.code == "proposal_own"
    assert len(desk.ratify.waiting(NOON)) == 1


def test_what_nobody_ratifies_stays_in_force_and_is_told_a_day_later(desk: Desk) -> None:
    desk.suspend()

    assert desk.ratify.remind(at(DUE_S - 1)) == ()
    [late] = desk.ratify.remind(at(DUE_S))

    assert (late.act, late.anchor) == (SUSPENDED, desk.theirs.anchor)
    [status] = desk.ours.federation.status(at(30 * DAY))
    assert status.state is PartnerState.SUSPENDED
    [asked] = desk.eyes.open(at(DUE_S))
    assert desk.approve(asked, "Chen", 10 * DAY).state is ProposalState.DONE


def test_what_was_turned_down_or_ran_out_is_asked_again(desk: Desk) -> None:
    [asked] = desk.suspend()
    desk.eyes.reject(asked.id, acting("Chen"))

    desk.ratify.remind(at(HOUR))
    desk.ratify.remind(at(HOUR))
    [again] = desk.eyes.open(at(HOUR))
    desk.ratify.remind(at(60 * DAY))

    assert again.id != asked.id
    assert len(desk.eyes.open(at(60 * DAY))) == 1


def test_nothing_is_left_to_ratify_of_what_two_have_undone(desk: Desk) -> None:
    [asked] = desk.suspend()
    desk.approve(desk.resume(), "Chen")

    assert desk.ratify.waiting(NOON) == ()
    with pytest.raises(GatewayError) as caught:
        desk.approve(asked, "Chen")
    assert caught.value.code == "nothing_to_ratify"


def test_what_two_have_undone_is_not_asked_about_any_more(desk: Desk) -> None:
    [asked] = desk.suspend()
    desk.ratify.remind(at(HOUR))
    assert desk.eyes.open(at(HOUR)) == (asked,)
    desk.approve(desk.resume(), "Chen")

    desk.ratify.remind(at(HOUR))

    assert desk.eyes.open(at(HOUR)) == ()
    assert desk.rows.rows[asked.id].state is ProposalState.REJECTED


def test_an_old_question_does_not_ratify_a_new_decision(desk: Desk) -> None:
    [old] = desk.suspend()
    disputed = replace(LIN, officer="Chen", at=at(5))
    desk.protect.stop(desk.theirs.anchor, PartnerState.DISPUTED, disputed)

    with pytest.raises(GatewayError) as caught:
        desk.approve(old, "Wu")

    assert caught.value.code == "nothing_to_ratify"
    [waits] = desk.ratify.waiting(NOON)
    assert waits.by == "Chen"


def test_whoever_agreed_to_undo_one_stop_does_not_undo_a_later_one(desk: Desk) -> None:
    desk.suspend()
    resume = desk.resume()
    disputed = replace(LIN, officer="Wu", at=at(5), reason="a thief signs")
    desk.protect.stop(desk.theirs.anchor, PartnerState.DISPUTED, disputed)

    with pytest.raises(GatewayError) as caught:
        desk.approve(resume, "Chen", 6)

    assert caught.value.code == "partner_stopped_anew"
    assert desk.rows.rows[resume.id].state is ProposalState.FAILED
    [status] = desk.ours.federation.status(at(6))
    assert (status.state, status.reason) == (PartnerState.DISPUTED, "a thief signs")
    assert desk.resume(6).facts == {"reason": "new key", "stopped_by": "Wu", "done": at(5)}


def test_a_decision_that_is_taken_anew_is_asked_about_anew(desk: Desk) -> None:
    [old] = desk.suspend()
    desk.approve(desk.resume(), "Chen")
    again = replace(LIN, at=at(9))
    desk.protect.stop(desk.theirs.anchor, PartnerState.SUSPENDED, again)

    [new] = desk.ratify.ask(acting("Lin", 9))

    assert desk.rows.rows[old.id].state is ProposalState.REJECTED
    assert desk.approve(new, "Chen", 10).state is ProposalState.DONE


def test_two_at_once_ratify_once(desk: Desk) -> None:
    """Between the reading and the writing somebody else has decided anew."""
    desk.suspend()
    protection = PartnerProtection(book=desk.ours.book)
    [found] = protection.unratified(NOON)
    protection.ratify(found, acting("Chen"))

    with pytest.raises(GatewayError) as caught:
        protection.ratify(found, acting("Wu"))

    assert caught.value.code == "nothing_to_ratify"


def _conflict() -> None:
    raise ConflictError("full")


def _gone() -> None:
    raise DatabaseUnavailableError("gone")


@pytest.mark.parametrize("trouble", [_conflict, _gone])
def test_no_trouble_with_proposals_undoes_what_protects(
    desk: Desk, trouble: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.rows, "waiting", lambda _: trouble())

    assert desk.suspend() == ()

    [status] = desk.ours.federation.status(NOON)
    assert status.state is PartnerState.SUSPENDED
    assert len(status.unratified) == 1


# Keys


def test_a_blocked_key_is_used_no_more_and_counted_from_when_it_was_stolen(desk: Desk) -> None:
    kid, began = desk.theirs.k3.public.kid, at(-3 * HOUR)

    found = desk.protect.block(desk.theirs.anchor, kid[:8], began, LIN)

    assert (found.kid, found.since, found.recognised) == (kid, began, 17)
    assert desk.uses.asked == [(CityId("330300"), kid, began)]
    assert desk.usable() == {desk.theirs.k3next.public.kid}
    [status] = desk.ours.federation.status(NOON)
    [shown] = status.blocked
    assert (shown.kid, shown.by, shown.ratified_by) == (kid, "Lin", "")


def test_a_process_that_runs_drops_a_blocked_key_at_its_next_look(desk: Desk) -> None:
    view, kid = desk.ours.view(), desk.theirs.k3.public.kid
    hint = kid[:8]
    assert [key.public.kid for key in _wenzhou(view).candidates(hint)] == [kid]

    desk.block(desk.theirs.k3)

    assert view.refresh(NOON)
    assert _wenzhou(view).candidates(hint) == ()


def _wenzhou(view: TrustView) -> Issuer:
    issuer = view.keyring.issuer(CityId("330300"))
    assert issuer is not None
    return issuer


def test_a_blocked_key_stays_blocked_whatever_its_city_publishes(desk: Desk) -> None:
    desk.block(desk.theirs.k3)

    desk.theirs.sign_leaf(at(HOUR), desk.theirs.k3.public)
    desk.ours.federation.sync(at(HOUR))

    assert desk.usable() == set()


def test_every_block_is_ratified_by_itself(desk: Desk) -> None:
    [first] = desk.block(desk.theirs.k3)
    [second] = desk.block(desk.theirs.k3next)

    desk.approve(second, "Chen")

    [waits] = desk.ratify.waiting(NOON)
    assert waits.target == key_target(desk.theirs.leaf, desk.theirs.k3.public.kid)
    assert first.act == PREFIX + KEY_BLOCKED
    assert desk.told()[-1] == "partner.block_ratified"


def test_two_officers_unblock_a_key(desk: Desk) -> None:
    desk.block(desk.theirs.k3)
    target = key_target(desk.theirs.leaf, desk.theirs.k3.public.kid)
    asked = desk.eyes.propose(UNBLOCK_KEY, target, {"reason": "found again"}, acting("Lin"))
    assert desk.theirs.k3.public.kid not in desk.usable()

    desk.approve(asked, "Chen")

    assert desk.theirs.k3.public.kid in desk.usable()
    assert desk.told()[-1] == "partner.key_unblocked"
    unblock = desk.eyes.acts[UNBLOCK_KEY]
    assert unblock.is_done(target, {}, NOON)
    with pytest.raises(GatewayError) as caught:
        desk.eyes.propose(UNBLOCK_KEY, target, {"reason": "once more"}, acting("Lin"))
    assert caught.value.code == "trust_record"


NAMES: dict[str, tuple[Callable[[Office], str], str]] = {
    "too short": (lambda office: office.k3.public.kid[:7], "no code key"),
    "of another city": (lambda _: generate().public.kid, "no code key"),
    "a federation key": (lambda office: office.k2.public.kid, "suspend the partner"),
    "an anchor key": (lambda office: office.k1s.public.kid[:12], "suspend the partner"),
}


@pytest.mark.parametrize("what", NAMES)
def test_only_a_code_key_that_the_partner_announced_is_blocked(desk: Desk, what: str) -> None:
    name, said = NAMES[what]

    with pytest.raises(GatewayError, match=said) as caught:
        desk.protect.block(desk.theirs.anchor, name(desk.theirs), NOON, LIN)

    assert caught.value.code == "partner_key_unknown"
    assert len(desk.usable()) == 2


def test_a_beginning_that_two_keys_share_is_too_short() -> None:

    known = KnownKey(known_at=NOON, usable_from=NOON)
    twins = {KeyId("twinkey1" + letter * 35): known for letter in "ab"}
    city = TrustedCity(pins=two()[0].pins(), history=KeyHistory(code=twins))

    with pytest.raises(GatewayError, match="several"):
        code_key(city, "twinkey1")
    assert code_key(city, "twinkey1a") == "twinkey1" + "a" * 35


def test_a_key_of_a_partner_that_only_verifies_has_recognised_nothing() -> None:
    ours, theirs = two()
    theirs.division = None
    theirs.members = ours.members = {theirs.leaf: CityId("330300"), **ours.members}
    theirs.sign_all(at(1))
    ours.federation.add(theirs.leaf, at(1))
    desk = Desk(ours, theirs)

    with pytest.raises(GatewayError) as caught:
        desk.protect.block(theirs.anchor, theirs.k3.public.kid, NOON, LIN)

    assert caught.value.code == "partner_key_unknown"


def test_what_is_overdue_is_so_to_the_second() -> None:
    ours, theirs = two()
    waits = Unratified(
        act=SUSPENDED, target=theirs.leaf, anchor=theirs.anchor, by="Lin", at=NOON, reason="x"
    )

    assert ours.anchor != waits.anchor
    assert not waits.overdue(at(DUE_S - 1))
    assert waits.overdue(at(DUE_S))
