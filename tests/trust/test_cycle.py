"""What changes in the trusted set, and what no statement can change."""

from dataclasses import replace

import pytest

from gateway.ids import Timestamp
from gateway.jose.keys import generate
from gateway.trust.cycle import Result
from gateway.trust.statements import VerifierMetadata, fingerprint, read
from gateway.trust.trusted_city import Role, TrustedCity
from tests.trust.cities import (
    DAY,
    HELD,
    HOTEL,
    HOUR,
    NOON,
    accepted,
    announced,
    at,
    codes,
    jinhua,
    offered,
    raw_token,
    signed,
    wenzhou,
)

LATER = NOON + HOUR


def test_first_contact_takes_three_statements_and_all_keys_work_at_once() -> None:
    city = wenzhou()

    known = city.known()

    assert known.counts(Role.LEAF, NOON)
    assert known.live_federation() == {city.k2.public.kid, city.k2next.public.kid}
    assert [key.public for key in known.code_keys()] == [city.k3.public, city.k3next.public]
    assert all(key.usable(NOON) for key in known.code_keys())
    assert known.expires_at() == NOON + DAY
    assert known.issuing_allowed()


def test_before_first_contact_nothing_counts() -> None:
    first = TrustedCity.first(wenzhou().pins())

    assert not any(first.counts(role, NOON) for role in Role)
    assert first.expires_at() == 0
    assert first.live_federation() == first.live_code() == frozenset()
    assert first.code_keys() == ()
    assert not first.issuing_allowed()


def test_each_statement_counts_only_under_those_above_it() -> None:
    city, known = wenzhou(), TrustedCity.first(wenzhou().pins())
    known = TrustedCity.first(city.pins())

    subordinate = offered(known, Role.SUBORDINATE, city.subordinate_token())
    known = accepted(known, Role.ANCHOR, city.anchor_token()).city
    leaf = offered(known, Role.LEAF, city.leaf_token())

    assert subordinate.refusal == leaf.refusal == "trust_chain_incomplete"
    assert subordinate.alarms == leaf.alarms == ()
    assert known.expires_at() == 0


def test_the_next_is_checked_under_the_stored_one_while_that_is_valid() -> None:
    city = wenzhou()
    known = city.known()

    refused = offered(known, Role.ANCHOR, jinhua().anchor_token(LATER), LATER)
    leaf = offered(refused.city, Role.LEAF, city.leaf_token(LATER), LATER)

    assert refused.refusal == "trust_unknown_signer"
    assert leaf.result is Result.ACCEPTED


def test_an_expired_anchor_configuration_carries_nothing() -> None:
    city = wenzhou()
    known, end = city.known(), NOON + 90 * DAY

    last = offered(known, Role.SUBORDINATE, city.subordinate_token(end - 1), end - 1)
    over = offered(known, Role.SUBORDINATE, city.subordinate_token(end), end)

    assert last.result is Result.ACCEPTED
    assert over.refusal == "trust_chain_incomplete"


def test_an_expired_subordinate_statement_carries_no_leaf() -> None:
    city, end = wenzhou(), NOON + 90 * DAY
    known = accepted(city.known(), Role.ANCHOR, city.anchor_token(end - 1), end - 1).city

    last = offered(known, Role.LEAF, city.leaf_token(end - 1), end - 1)
    over = offered(known, Role.LEAF, city.leaf_token(end), end)

    assert last.result is Result.ACCEPTED
    assert over.refusal == "trust_chain_incomplete"


@pytest.mark.parametrize(("hours", "counts"), [(23, True), (24, False), (25, False)])
def test_a_frozen_leaf_configuration_ends_after_a_day(hours: int, counts: bool) -> None:  # noqa: FBT001  a parameter of the test
    city = wenzhou()
    known, then = city.known(), NOON + hours * HOUR

    frozen = offered(known, Role.LEAF, city.leaf_token(), then)

    assert frozen.result is Result.UNCHANGED
    assert frozen.city.counts(Role.LEAF, Timestamp(then)) is counts


def test_the_same_statement_again_is_unchanged_without_alarm() -> None:
    city = wenzhou()
    tokens = city.tokens()
    known = TrustedCity.first(city.pins())
    for role, token in tokens.items():
        known = accepted(known, role, token).city

    again = [offered(known, role, token, LATER) for role, token in tokens.items()]

    assert [update.result for update in again] == [Result.UNCHANGED] * 3
    assert all(update.alarms == () and update.city is known for update in again)


def _history(role: Role, token: str, issued_at: int) -> dict[str, tuple[str, Timestamp]]:
    return {fingerprint(read(token)): (role.value, Timestamp(issued_at))}


def test_one_that_was_accepted_before_is_not_newer_without_alarm() -> None:
    city = wenzhou()
    old = city.leaf_token()
    known = accepted(city.known(), Role.LEAF, city.leaf_token(LATER), LATER).city

    update = offered(known, Role.LEAF, old, LATER, _history(Role.LEAF, old, NOON))

    assert update.result is Result.NOT_NEWER
    assert update.alarms == ()


def test_a_planted_hash_does_not_hide_a_newer_statement() -> None:
    city = wenzhou()
    known, urgent = city.known(), city.leaf_token(LATER, announced(city.k3next.public))

    for planted in (0, NOON - 1, NOON, LATER):
        update = offered(known, Role.LEAF, urgent, LATER, _history(Role.LEAF, urgent, planted))

        assert update.result is Result.ACCEPTED
        assert update.city.live_code() == {city.k3next.public.kid}


KNOWN_YET_ODD: dict[str, tuple[int, Role, int, str]] = {
    "of the trusted one's moment": (NOON, Role.LEAF, NOON, "trust_equivocation"),
    "noted with another moment": (NOON - 1, Role.LEAF, NOON - 2, "trust_rollback"),
    "noted for another role": (NOON - 1, Role.ANCHOR, NOON - 1, "trust_rollback"),
}


@pytest.mark.parametrize("case", KNOWN_YET_ODD)
def test_a_hash_that_fits_no_earlier_acceptance_keeps_no_alarm_back(case: str) -> None:
    issued_at, role, noted_at, refusal = KNOWN_YET_ODD[case]
    city = wenzhou()
    other = city.leaf_token(issued_at, announced(city.k3next.public))

    update = offered(city.known(), Role.LEAF, other, NOON, _history(role, other, noted_at))

    assert (update.refusal, codes(update)) == (refusal, [refusal])


def test_a_known_hash_of_what_is_no_statement_is_refused() -> None:
    city = wenzhou()
    odd = raw_token({"iat": "yesterday"}, city.k2)

    update = offered(city.known(), Role.LEAF, odd, NOON, _history(Role.LEAF, odd, 0))

    assert update.refusal == "json_members"


def test_rollback_an_older_one_never_accepted_is_refused_and_alarmed() -> None:
    city = wenzhou()
    known = accepted(city.known(), Role.LEAF, city.leaf_token(LATER), LATER).city

    update = offered(known, Role.LEAF, city.leaf_token(LATER - 1), LATER)

    assert update.refusal == "trust_rollback"
    assert codes(update) == ["trust_rollback"]
    assert update.city is known


def test_equivocation_same_iat_other_content_is_refused_and_alarmed() -> None:
    city = wenzhou()
    known = city.known()
    other = replace(city.leaf_configuration(), trust_anchor_hints=())

    update = offered(known, Role.LEAF, signed(other, city.k2))

    assert update.refusal == "trust_equivocation"
    assert codes(update) == ["trust_equivocation"]
    assert update.city is known


def test_rollback_and_equivocation_hold_for_the_anchor_too() -> None:
    city = wenzhou()
    known = city.known()
    other = replace(city.anchor_configuration(), organization_name="another")
    statement = replace(city.subordinate_statement(), allowed_entity_types=())

    assert offered(known, Role.ANCHOR, city.anchor_token(NOON - 1)).refusal == "trust_rollback"
    assert offered(known, Role.ANCHOR, signed(other, city.k1)).refusal == "trust_equivocation"
    assert (
        offered(known, Role.SUBORDINATE, signed(statement, city.k1)).refusal == "trust_equivocation"
    )


def test_a_noted_hash_does_not_hide_a_statement_that_was_never_stored() -> None:
    city = wenzhou()
    new = city.leaf_token(LATER)

    update = offered(city.known(), Role.LEAF, new, LATER, _history(Role.LEAF, new, LATER))

    assert update.result is Result.ACCEPTED


def test_a_hash_noted_for_another_role_says_nothing() -> None:
    city = wenzhou()
    old = city.leaf_token(NOON - 1)

    update = offered(city.known(), Role.LEAF, old, NOON, _history(Role.ANCHOR, old, NOON - 1))

    assert update.refusal == "trust_rollback"


def test_a_noted_hash_at_first_contact_says_nothing() -> None:
    city = wenzhou()
    token = city.anchor_token()

    update = offered(
        TrustedCity.first(city.pins()), Role.ANCHOR, token, NOON, _history(Role.ANCHOR, token, NOON)
    )

    assert update.result is Result.ACCEPTED


def test_a_subordinate_statement_by_another_citys_k1_is_refused() -> None:
    city, other = wenzhou(), jinhua()

    update = offered(
        city.known(), Role.SUBORDINATE, signed(city.subordinate_statement(LATER), other.k1), LATER
    )

    assert update.refusal == "trust_unknown_signer"


def test_a_foreign_chain_under_our_record_is_refused_throughout() -> None:
    known, foreign = wenzhou().known(), jinhua()

    updates = [offered(known, role, token, LATER) for role, token in foreign.tokens(LATER).items()]

    assert [update.refusal for update in updates] == ["trust_unknown_signer"] * 3


def test_the_federation_key_cannot_sign_for_the_anchor_nor_a_code_key_for_the_leaf() -> None:
    city = wenzhou()
    known = city.known()

    anchor = offered(known, Role.ANCHOR, signed(city.anchor_configuration(LATER), city.k2), LATER)
    leaf = offered(known, Role.LEAF, signed(city.leaf_configuration(LATER), city.k3), LATER)

    assert anchor.refusal == leaf.refusal == "trust_unknown_signer"


def test_an_anchor_signs_with_a_key_that_it_announces() -> None:
    city = wenzhou()
    without = replace(city.anchor_configuration(LATER), keys=(city.k1s.public,))

    assert offered(city.known(), Role.ANCHOR, signed(without, city.k1), LATER).refusal == (
        "trust_unknown_signer"
    )


def test_a_leaf_signs_with_a_key_that_it_announces() -> None:
    city = wenzhou()
    without = replace(city.leaf_configuration(LATER), keys=(city.k2next.public,))

    assert offered(city.known(), Role.LEAF, signed(without, city.k2), LATER).refusal == (
        "trust_unknown_signer"
    )


# Code keys: removal is automatic and permanent


def test_a_removed_code_key_that_comes_back_is_ignored_and_alarmed() -> None:
    city = wenzhou()
    removed = accepted(
        city.known(), Role.LEAF, city.leaf_token(LATER, announced(city.k3next.public)), LATER
    )

    back = accepted(removed.city, Role.LEAF, city.leaf_token(LATER + 1), LATER + 1)

    assert removed.alarms == ()
    assert removed.city.history.dead_code == {city.k3.public.kid}
    assert [key.public for key in back.city.code_keys()] == [city.k3next.public]
    assert codes(back) == ["trust_dead_key_returned"]
    assert back.alarms[0].kid == city.k3.public.kid


def test_a_new_code_key_waits_a_day() -> None:
    city, new = wenzhou(), generate()
    keys = (announced(city.k3.public), announced(new.public))

    known = accepted(city.known(), Role.LEAF, city.leaf_token(LATER, *keys), LATER).city

    old, held = known.code_keys()
    assert old.usable(at(HOUR))
    assert held.usable_from == LATER + HELD
    assert not held.usable(Timestamp(LATER + HELD - 1))
    assert held.usable(Timestamp(LATER + HELD))


def test_the_wait_begins_when_a_key_is_first_seen_not_when_it_is_seen_again() -> None:
    city, new = wenzhou(), generate()
    keys = (announced(city.k3.public), announced(new.public))
    known = accepted(city.known(), Role.LEAF, city.leaf_token(LATER, *keys), LATER).city

    again = accepted(known, Role.LEAF, city.leaf_token(LATER + HOUR, *keys), LATER + HOUR).city

    assert again.code_keys()[1].usable_from == LATER + HELD


def test_return_from_expired_is_no_first_contact() -> None:
    city, new, later = wenzhou(), generate(), NOON + 30 * DAY

    known = accepted(
        city.known(), Role.LEAF, city.leaf_token(later, announced(new.public)), later
    ).city

    assert known.code_keys()[0].usable_from == later + HELD


def test_a_code_key_outside_its_life_is_not_usable() -> None:
    city, key = wenzhou(), generate()
    early = announced(key.public, nbf=LATER + 10, exp=LATER + 20)
    known = TrustedCity.first(city.pins())
    for role, token in {**city.tokens(), Role.LEAF: city.leaf_token(NOON, early)}.items():
        known = accepted(known, role, token).city

    (only,) = known.code_keys()
    usable = [only.usable(Timestamp(LATER + second)) for second in (9, 10, 19, 20)]

    assert usable == [False, True, True, False]


def test_an_empty_set_of_code_keys_ends_issuing_for_ever() -> None:
    city = wenzhou()
    ended = replace(city.leaf_configuration(LATER), issuer=city.no_keys())

    over = accepted(city.known(), Role.LEAF, signed(ended, city.k2), LATER)
    new = accepted(
        over.city, Role.LEAF, city.leaf_token(LATER + 1, announced(generate().public)), LATER + 1
    )
    still = accepted(
        new.city,
        Role.LEAF,
        signed(replace(ended, life=city.leaf_configuration(LATER + 2).life), city.k2),
        LATER + 2,
    )

    assert codes(over) == ["trust_issuing_ended"]
    assert over.city.code_keys() == new.city.code_keys() == ()
    assert over.city.history.dead_code == {city.k3.public.kid, city.k3next.public.kid}
    assert codes(new) == ["trust_key_after_end"]
    assert codes(still) == []


def test_a_dead_key_after_the_end_is_alarmed_once() -> None:
    city = wenzhou()
    ended = replace(city.leaf_configuration(LATER), issuer=city.no_keys())
    over = accepted(city.known(), Role.LEAF, signed(ended, city.k2), LATER).city

    back = accepted(
        over, Role.LEAF, city.leaf_token(LATER + 1, announced(city.k3.public)), LATER + 1
    )

    assert codes(back) == ["trust_dead_key_returned"]


# Federation keys


def test_a_federation_key_that_the_leaf_drops_is_dead_though_the_anchor_still_names_it() -> None:
    city = wenzhou()
    moved = replace(city.leaf_configuration(LATER), keys=(city.k2next.public,))
    known = accepted(city.known(), Role.LEAF, signed(moved, city.k2next), LATER).city

    stolen = offered(known, Role.LEAF, city.leaf_token(LATER + 1), LATER + 1)

    assert known.history.dead_federation == {city.k2.public.kid}
    assert stolen.refusal == "trust_dead_signer"


def test_a_dead_federation_key_that_is_announced_again_is_ignored_and_alarmed() -> None:
    city = wenzhou()
    moved = replace(city.leaf_configuration(LATER), keys=(city.k2next.public,))
    known = accepted(city.known(), Role.LEAF, signed(moved, city.k2next), LATER).city

    again = accepted(
        known, Role.LEAF, signed(city.leaf_configuration(LATER + 1), city.k2next), LATER + 1
    )
    named = accepted(again.city, Role.SUBORDINATE, city.subordinate_token(LATER), LATER + 1)

    assert codes(again) == codes(named) == ["trust_dead_key_returned"]
    assert named.city.live_federation() == {city.k2next.public.kid}


def test_stolen_k2_until_k1_re_issues_then_dead_for_ever() -> None:
    city, thief_key, fresh = wenzhou(), generate(), generate()
    known = accepted(
        city.known(), Role.LEAF, city.leaf_token(LATER, announced(thief_key.public)), LATER
    ).city
    assert not known.code_keys()[0].usable(Timestamp(LATER + HELD - 1))

    renewed = replace(city.subordinate_statement(LATER), keys=(fresh.public,))
    known = accepted(known, Role.SUBORDINATE, signed(renewed, city.k1), LATER + 1).city

    assert not known.counts(Role.LEAF, Timestamp(LATER + 1))
    assert known.expires_at() == 0
    assert known.history.dead_federation == {city.k2.public.kid, city.k2next.public.kid}
    assert offered(known, Role.LEAF, city.leaf_token(LATER + 2), LATER + 2).refusal == (
        "trust_dead_signer"
    )
    own = replace(city.leaf_configuration(LATER + 3), keys=(fresh.public,))
    healed = accepted(known, Role.LEAF, signed(own, fresh), LATER + 3).city
    assert healed.counts(Role.LEAF, Timestamp(LATER + 3))
    assert thief_key.public.kid in healed.history.dead_code


def test_code_keys_of_the_first_leaf_under_a_newly_named_k2_do_not_wait() -> None:
    city, fresh, one, two = wenzhou(), generate(), generate(), generate()
    renewed = replace(city.subordinate_statement(LATER), keys=(fresh.public,))
    known = accepted(city.known(), Role.SUBORDINATE, signed(renewed, city.k1), LATER).city
    first = replace(
        city.leaf_configuration(LATER),
        keys=(fresh.public,),
        issuer=city.issuer(announced(one.public)),
    )
    second = replace(
        city.leaf_configuration(LATER + 1),
        keys=(fresh.public,),
        issuer=city.issuer(announced(one.public), announced(two.public)),
    )

    known = accepted(known, Role.LEAF, signed(first, fresh), LATER).city
    known = accepted(known, Role.LEAF, signed(second, fresh), LATER + 1).city

    assert [key.usable_from for key in known.code_keys()] == [LATER, LATER + 1 + HELD]


def test_the_first_leaf_under_a_newly_named_k2_ends_the_wait_of_keys_known_before() -> None:
    city, fresh, waiting = wenzhou(), generate(), generate()
    issuer = city.issuer(announced(waiting.public))
    leaf = replace(city.leaf_configuration(LATER), issuer=issuer)
    known = accepted(city.known(), Role.LEAF, signed(leaf, city.k2), LATER).city
    renewed = replace(city.subordinate_statement(LATER + 1), keys=(fresh.public,))
    known = accepted(known, Role.SUBORDINATE, signed(renewed, city.k1), LATER + 1).city
    again = replace(city.leaf_configuration(LATER + 2), keys=(fresh.public,), issuer=issuer)
    before = known.history.code[waiting.public.kid]

    known = accepted(known, Role.LEAF, signed(again, fresh), LATER + 2).city

    assert before.usable_from == LATER + HELD
    assert known.code_keys()[0].usable_from == LATER + 2


@pytest.mark.parametrize(
    ("seconds", "hold_s"), [(0, 0), (HOUR - 1, 0), (HOUR, HELD), (29 * DAY, HELD), (-1, HELD)]
)
def test_a_newly_named_k2_is_exempt_for_an_hour_from_its_naming(seconds: int, hold_s: int) -> None:
    city, fresh, new = wenzhou(), generate(), generate()
    keys, moment = (city.k2.public, fresh.public), LATER + seconds
    renewed = replace(city.subordinate_statement(LATER), keys=keys)
    known = accepted(city.known(), Role.SUBORDINATE, signed(renewed, city.k1), LATER).city
    leaf = replace(
        city.leaf_configuration(moment), keys=keys, issuer=city.issuer(announced(new.public))
    )

    known = accepted(known, Role.LEAF, signed(leaf, fresh), moment).city

    assert known.code_keys()[0].usable_from == moment + hold_s


def test_a_k2next_that_was_named_at_a_planned_change_forges_nothing_weeks_later() -> None:
    city, standby, forged = wenzhou(), generate(), generate()
    keys, month, theft = (city.k2next.public, standby.public), NOON + 30 * DAY, NOON + 59 * DAY
    renewed = replace(city.subordinate_statement(month), keys=keys)
    moved = replace(city.leaf_configuration(month), keys=keys)
    known = accepted(city.known(), Role.SUBORDINATE, signed(renewed, city.k1), month).city
    known = accepted(known, Role.LEAF, signed(moved, city.k2next), month).city
    thief = replace(
        city.leaf_configuration(theft),
        keys=keys,
        issuer=city.issuer(announced(city.k3.public), announced(forged.public)),
    )

    known = accepted(known, Role.LEAF, signed(thief, standby), theft).city

    assert [key.usable(Timestamp(theft)) for key in known.code_keys()] == [True, False]


def test_a_k2next_that_the_first_statement_named_brings_no_exemption() -> None:
    city, new = wenzhou(), generate()
    leaf = replace(city.leaf_configuration(LATER), issuer=city.issuer(announced(new.public)))

    known = accepted(city.known(), Role.LEAF, signed(leaf, city.k2next), LATER).city

    assert known.code_keys()[0].usable_from == LATER + HELD


def test_a_k2_that_an_earlier_statement_named_brings_no_exemption() -> None:
    city, fresh, new = wenzhou(), generate(), generate()
    keys = (city.k2.public, fresh.public)
    known = city.known()
    for second in (0, 1):
        renewed = replace(city.subordinate_statement(LATER + second), keys=keys)
        known = accepted(known, Role.SUBORDINATE, signed(renewed, city.k1), LATER + 1).city
    leaf = replace(
        city.leaf_configuration(LATER + 1), keys=keys, issuer=city.issuer(announced(new.public))
    )

    known = accepted(known, Role.LEAF, signed(leaf, fresh), LATER + 1).city

    assert known.code_keys()[0].usable_from == LATER + 1 + HELD


# Anchor keys


def test_stolen_k1_dropping_k1s_suspends_k1s_with_an_alarm() -> None:
    city = wenzhou()
    thief = replace(city.anchor_configuration(LATER), keys=(city.k1.public,))

    update = accepted(city.known(), Role.ANCHOR, signed(thief, city.k1), LATER)
    city_again = offered(
        update.city, Role.ANCHOR, signed(city.anchor_configuration(LATER + 1), city.k1s), LATER + 1
    )

    assert codes(update) == ["trust_anchor_key_vanished"]
    assert update.alarms[0].kid == city.k1s.public.kid
    assert update.city.counts(Role.LEAF, Timestamp(LATER))
    assert city_again.refusal == "trust_suspended_signer"


def test_a_stored_statement_under_a_vanished_anchor_key_no_longer_counts() -> None:
    city = wenzhou()
    dropped = replace(city.anchor_configuration(LATER), keys=(city.k1s.public,))

    known = accepted(city.known(), Role.ANCHOR, signed(dropped, city.k1s), LATER).city

    assert known.counts(Role.ANCHOR, Timestamp(LATER))
    assert not known.counts(Role.SUBORDINATE, Timestamp(LATER))
    assert known.expires_at() == 0
    assert offered(known, Role.LEAF, city.leaf_token(LATER), LATER).refusal == (
        "trust_chain_incomplete"
    )
    assert offered(known, Role.SUBORDINATE, city.subordinate_token(LATER), LATER).refusal == (
        "trust_suspended_signer"
    )
    healed = accepted(
        known, Role.SUBORDINATE, signed(city.subordinate_statement(LATER), city.k1s), LATER
    ).city
    assert healed.counts(Role.LEAF, Timestamp(LATER))
    assert healed.history.dead_federation == frozenset()


def test_a_vanished_anchor_key_that_is_announced_again_stays_suspended() -> None:
    city = wenzhou()
    dropped = replace(city.anchor_configuration(LATER), keys=(city.k1.public,))
    known = accepted(city.known(), Role.ANCHOR, signed(dropped, city.k1), LATER).city

    back = accepted(known, Role.ANCHOR, city.anchor_token(LATER + 1), LATER + 1)

    assert back.alarms == ()
    assert back.city.history.suspended_anchor == {city.k1s.public.kid}


def test_an_anchor_key_that_nobody_pinned_is_ignored_and_alarmed() -> None:
    city, new = wenzhou(), generate()
    more = replace(
        city.anchor_configuration(LATER), keys=(city.k1.public, city.k1s.public, new.public)
    )

    update = accepted(city.known(), Role.ANCHOR, signed(more, city.k1), LATER)
    by_new = offered(
        update.city, Role.SUBORDINATE, signed(city.subordinate_statement(LATER), new), LATER
    )

    assert codes(update) == ["trust_anchor_key_announced"]
    assert by_new.refusal == "trust_unknown_signer"


# One key, one role


def test_one_key_in_two_roles_is_refused_now_and_in_the_past() -> None:
    city, new = wenzhou(), generate()
    known = accepted(
        city.known(), Role.LEAF, city.leaf_token(LATER, announced(new.public)), LATER
    ).city
    anchor = city.anchor_configuration(LATER)
    statement = city.subordinate_statement(LATER)
    leaf = city.leaf_configuration(LATER + 1)
    offers = {
        "K2 as K1": (
            Role.ANCHOR,
            signed(replace(anchor, keys=(*anchor.keys, city.k2.public)), city.k1),
        ),
        "K3 as K1": (
            Role.ANCHOR,
            signed(replace(anchor, keys=(*anchor.keys, new.public)), city.k1),
        ),
        "K1 as K2": (
            Role.SUBORDINATE,
            signed(replace(statement, keys=(city.k1s.public,)), city.k1),
        ),
        "dead K3 as K2": (
            Role.SUBORDINATE,
            signed(replace(statement, keys=(city.k3.public,)), city.k1),
        ),
        "K1 as K2 of the leaf": (
            Role.LEAF,
            signed(replace(leaf, keys=(*leaf.keys, city.k1.public)), city.k2),
        ),
        "dead K3 as K2 of the leaf": (
            Role.LEAF,
            signed(
                replace(
                    leaf,
                    keys=(*leaf.keys, city.k3.public),
                    issuer=city.issuer(announced(new.public)),
                ),
                city.k2,
            ),
        ),
        "K1 as K3": (
            Role.LEAF,
            signed(replace(leaf, issuer=city.issuer(announced(city.k1.public))), city.k2),
        ),
        "K2next as K3": (
            Role.LEAF,
            signed(
                replace(
                    leaf, keys=(city.k2.public,), issuer=city.issuer(announced(city.k2next.public))
                ),
                city.k2,
            ),
        ),
    }

    refusals = {name: offered(known, *offer, LATER + 1).refusal for name, offer in offers.items()}

    assert refusals == dict.fromkeys(offers, "trust_key_in_two_roles")


def test_a_city_that_announces_keys_without_end_is_refused() -> None:
    city = wenzhou()
    known = city.known()
    # 2 anchor, 2 federation and 2 code keys are known; 63 sets of 16 and one of 10 more fit.
    for second, count in enumerate([16] * 63 + [10], start=1):
        keys = [announced(generate().public) for _ in range(count)]
        known = accepted(known, Role.LEAF, city.leaf_token(NOON + second, *keys), LATER).city

    one_more = city.leaf_token(LATER, announced(generate().public))

    assert offered(known, Role.LEAF, one_more, LATER).refusal == "trust_too_many_keys"


# Division codes and verify-only partners


def test_a_verify_only_record_ignores_an_issuer_and_says_so() -> None:
    city = wenzhou()
    known = TrustedCity.first(replace(city.pins(), division=None))
    tokens = city.tokens()
    for role in (Role.ANCHOR, Role.SUBORDINATE):
        known = accepted(known, role, tokens[role]).city

    update = accepted(known, Role.LEAF, tokens[Role.LEAF])

    assert codes(update) == ["trust_issuer_not_agreed"]


def test_a_verify_only_partner_needs_no_issuer() -> None:
    city = wenzhou()
    known = TrustedCity.first(replace(city.pins(), division=None))
    leaf = replace(
        city.leaf_configuration(),
        issuer=None,
        verifier=VerifierMetadata(scenarios_supported=(HOTEL,)),
    )
    for role, token in {**city.tokens(), Role.LEAF: signed(leaf, city.k2)}.items():
        known = accepted(known, role, token).city

    assert known.code_keys() == ()
    assert not known.history.issuing_ended
    assert known.live_code() == frozenset()


def test_the_kill_switch_suspends_and_is_reversible() -> None:
    city = wenzhou()
    off = replace(city.subordinate_statement(LATER), allowed_entity_types=())

    stopped = accepted(city.known(), Role.SUBORDINATE, signed(off, city.k1), LATER).city
    again = accepted(stopped, Role.SUBORDINATE, city.subordinate_token(LATER + 1), LATER + 1).city

    assert not stopped.issuing_allowed()
    assert stopped.counts(Role.LEAF, Timestamp(LATER))
    assert again.issuing_allowed()
    assert again.code_keys() == city.known().code_keys()
