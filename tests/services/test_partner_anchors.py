"""A partner's anchor keys change, and what officers do about it."""

from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.jose.keys import generate
from gateway.services.partner_acts import REMOVE_PARTNER, RESTORE_PIN, UNPIN
from gateway.services.partner_protect import key_target, pinned_key
from gateway.services.verdicts import Outcome
from gateway.trust.confirmation import Verdict
from gateway.trust.states import PartnerState
from tests.services.offices import DAY, HOUR, NOON, Office, at, two
from tests.services.protecting import Desk, acting
from tests.world import JINHUA, merchant
from tests.world import NOON as WORLD_NOON
from tests.world import Desk as Counter

LATER = at(HOUR)


@pytest.fixture
def desk() -> Desk:
    ours, theirs = two()
    ours.join(theirs)
    return Desk(ours, theirs)


def replace_standby(theirs: Office) -> None:
    """Their K1s is lost; a new one is announced under K1, and all is signed anew."""
    theirs.k1s = generate()
    theirs.sign_all(LATER)


def compare_anew(desk: Desk, officer: str) -> Verdict:
    ours, theirs = desk.ours, desk.theirs
    asked = ours.federation.challenge_anew(theirs.leaf, officer, LATER)
    read_out = theirs.number_with(ours)
    heard = [read_out[group - 1] for group in asked.groups]
    return ours.federation.confirm_anew(theirs.leaf, officer, heard, LATER).verdict


def test_a_new_standby_key_is_compared_by_two_and_pinned(desk: Desk) -> None:
    gone = desk.theirs.k1s.public.kid
    replace_standby(desk.theirs)
    [report] = desk.ours.federation.sync(LATER)
    assert [alarm.code for alarm in report.alarms] == [
        "trust_anchor_key_vanished",
        "trust_anchor_key_announced",
    ]

    verdicts = [compare_anew(desk, officer) for officer in ("Li", "Wang")]

    assert verdicts == [Verdict.FIRST, Verdict.CONFIRMED]
    record = desk.ours.book.find(desk.theirs.anchor, LATER)[1].record
    assert record.pins.anchor_kids == desk.theirs.pins().anchor_kids
    assert record.removed_anchor == {gone}
    assert desk.told()[-2:] == ["partner.new_pair_compared", "partner.repinned"]
    [again] = desk.ours.federation.sync(at(2 * HOUR))
    assert (again.state, again.problem) == (PartnerState.ACTIVE, None)


def test_three_wrong_answers_about_a_new_pair_are_an_alarm(desk: Desk) -> None:
    replace_standby(desk.theirs)
    desk.ours.federation.sync(LATER)
    desk.ours.federation.challenge_anew(desk.theirs.leaf, "Li", LATER)

    verdicts = [
        desk.ours.federation.confirm_anew(desk.theirs.leaf, "Li", ["00000"] * 3, LATER).verdict
        for _ in "123"
    ]

    assert verdicts == [Verdict.WRONG, Verdict.WRONG, Verdict.VOID]
    assert desk.ours.rows.codes()[-1] == "trust_safety_number_wrong"
    assert desk.told()[-1] == "partner.new_pair_void"


def test_our_half_stands_where_the_partners_screen_expects_it(desk: Desk) -> None:
    number = desk.theirs.number_with(desk.ours)

    groups = desk.ours.federation.own_groups(desk.theirs.leaf, NOON)

    assert list(groups.values()) == list(desk.ours.pins().half())
    assert [number[place - 1] for place in groups] == list(groups.values())


def test_two_officers_undo_a_suspension_or_make_it_permanent(desk: Desk) -> None:
    gone = desk.theirs.k1s.public.kid
    replace_standby(desk.theirs)
    desk.ours.federation.sync(LATER)
    target = key_target(desk.theirs.leaf, gone)

    restore = desk.eyes.propose(RESTORE_PIN, target, {"reason": "a mistake"}, acting("Lin", HOUR))
    desk.approve(restore, "Chen", HOUR)
    [status] = desk.ours.federation.status(LATER)
    assert status.suspended_anchor_kids == ()
    unpin = desk.eyes.propose(UNPIN, target, {"reason": "lost"}, acting("Lin", HOUR))
    desk.approve(unpin, "Chen", HOUR)

    assert desk.told()[-2:] == ["partner.anchor_restored", "partner.anchor_removed"]
    [status] = desk.ours.federation.status(LATER)
    assert status.suspended_anchor_kids == (gone,)
    act = desk.eyes.acts[RESTORE_PIN]
    assert act.is_done(target, {"reason": "again"}, LATER)
    with pytest.raises(GatewayError) as caught:
        desk.eyes.propose(RESTORE_PIN, target, {"reason": "again"}, acting("Lin", HOUR))
    assert caught.value.code == "trust_repin"


def test_an_act_that_has_not_happened_is_not_taken_for_done(desk: Desk) -> None:
    target = key_target(desk.theirs.leaf, desk.theirs.k1s.public.kid)

    assert not desk.eyes.acts[UNPIN].is_done(target, {"reason": "lost"}, NOON)
    assert not desk.eyes.acts[REMOVE_PARTNER].is_done(desk.theirs.leaf, {}, NOON)


def test_a_pinned_key_is_named_by_its_beginning(desk: Desk) -> None:
    record = desk.ours.book.find(desk.theirs.anchor, NOON)[1].record
    kid = desk.theirs.k1.public.kid

    assert pinned_key(record, kid[:8]) == kid
    for name in (kid[:7], desk.theirs.k2.public.kid):
        with pytest.raises(GatewayError) as caught:
            pinned_key(record, name)
        assert caught.value.code == "partner_key_unknown"


# Leaving


def removed(desk: Desk) -> None:
    facts: dict[str, str | int] = {"reason": "has left the agreement"}
    asked = desk.eyes.propose(REMOVE_PARTNER, desk.theirs.leaf, facts, acting("Lin"))
    assert desk.ours.federation.status(NOON)[0].state is PartnerState.ACTIVE
    desk.approve(asked, "Chen")


def test_nothing_is_left_to_ratify_of_a_partner_that_two_have_removed(desk: Desk) -> None:
    desk.block(desk.theirs.k3)
    assert len(desk.ratify.waiting(NOON)) == 1

    removed(desk)

    assert desk.ratify.waiting(NOON) == ()
    assert desk.ratify.remind(at(2 * DAY)) == ()
    assert desk.eyes.open(at(2 * DAY)) == ()


def test_a_removed_partner_comes_back_neither_by_adding_nor_by_resuming(desk: Desk) -> None:
    assert desk.ours.federation.status(NOON)[0].keys
    removed(desk)
    assert desk.ours.federation.status(NOON)[0].keys == ()

    refusals = list[str]()
    for attempt in (
        lambda: desk.ours.federation.add(desk.theirs.leaf, NOON),
        lambda: desk.eyes.propose(
            "partner.resume", desk.theirs.leaf, {"reason": "x"}, acting("Lin")
        ),
        lambda: desk.eyes.propose(REMOVE_PARTNER, desk.theirs.leaf, {"reason": "x"}, acting("Lin")),
        desk.suspend,
    ):
        with pytest.raises(GatewayError) as caught:
            attempt()
        refusals.append(caught.value.code)

    assert refusals == [
        "partner_known",
        "partner_not_stopped",
        "partner_not_accepted",
        "trust_transition",
    ]
    [status] = desk.ours.federation.status(NOON)
    assert (status.state, status.reason) == (PartnerState.LEFT, "has left the agreement")
    assert desk.ours.federation.accepted_anchors(NOON) == ()
    assert desk.usable() == set()
    asked_before = len(desk.ours.web.asked)
    [report] = desk.ours.federation.sync(LATER, desk.theirs.leaf)
    assert report.state is PartnerState.LEFT
    assert len(desk.ours.web.asked) == asked_before


def test_a_candidate_is_not_removed_since_it_never_was_a_partner() -> None:
    ours, theirs = two()
    ours.federation.add(theirs.leaf, NOON)

    with pytest.raises(GatewayError) as caught:
        Desk(ours, theirs).eyes.propose(
            REMOVE_PARTNER, theirs.leaf, {"reason": "no"}, acting("Lin")
        )

    assert caught.value.code == "partner_not_accepted"


@pytest.mark.parametrize("reason", ["", "a\nb", "r" * 501])
def test_nobody_is_removed_without_a_reason(desk: Desk, reason: str) -> None:
    with pytest.raises(GatewayError) as caught:
        desk.eyes.propose(REMOVE_PARTNER, desk.theirs.leaf, {"reason": reason}, acting("Lin"))

    assert caught.value.code == "trust_record"


def test_a_code_of_a_city_that_left_is_answered_as_one_that_no_key_fits() -> None:
    left = replace(JINHUA.issuer(state=PartnerState.LEFT), keys=())
    counter = Counter(left)

    verdict = counter.verify.verify(counter.showing(JINHUA.show()), merchant(), WORLD_NOON)

    assert (verdict.outcome, verdict.reason) == (Outcome.PRESENT_AGAIN, "no_key")
