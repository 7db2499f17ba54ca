"""The life of own keys: both sides of every date, and what may never be."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from gateway.errors import TrustError
from gateway.ids import KeyId, Timestamp
from gateway.jose.keys import PublicKey, generate
from gateway.trust import key_changes as change
from gateway.trust.errors import KeyTooYoungError, TooManyKeysError
from gateway.trust.key_set import (
    DAY_S,
    GoneKey,
    KeyKind,
    KeyRole,
    KeySet,
    OwnKey,
    Why,
    first_keys,
)

NOON = Timestamp(1_792_843_200)
HOUR = 3600
LONGEST = 31 * DAY_S


@cache
def key(name: str) -> PublicKey:
    del name
    return generate().public


def kid(name: str) -> KeyId:
    return key(name).kid


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def new_city() -> KeySet:
    keys = first_keys({role: key(role.value) for role in KeyRole}, NOON)
    return change.published(keys, (kid("codes"), kid("codes-next")), NOON)


NAMED = frozenset({kid("federation"), kid("federation-next")})


def rotated(after_s: int = 48 * HOUR, *, longest_code_s: int = LONGEST) -> KeySet:
    return change.rotate_codes(new_city(), key("fresh"), at(after_s), longest_code_s=longest_code_s)


def announced(keys: KeySet, kind: KeyKind) -> list[KeyId]:
    return [each.public.kid for each in keys.announced(kind)]


def test_a_new_city_announces_active_and_next() -> None:
    keys = new_city()

    assert announced(keys, KeyKind.CODES) == [kid("codes"), kid("codes-next")]
    assert announced(keys, KeyKind.FEDERATION) == [kid("federation"), kid("federation-next")]
    assert keys.keys[KeyRole.CODES].expires_at == at((180 + 32) * DAY_S)
    assert keys.keys[KeyRole.CODES_NEXT].expires_at == at((360 + 32) * DAY_S)
    assert keys.keys[KeyRole.CODES_NEXT].active_since is None
    assert keys.keys[KeyRole.FEDERATION].expires_at is None


def test_the_next_code_key_takes_over_after_48_hours_and_not_a_second_before() -> None:
    with pytest.raises(KeyTooYoungError) as refusal:
        rotated(48 * HOUR - 1)
    keys = rotated(48 * HOUR)

    assert refusal.value.ready_at == at(48 * HOUR)
    assert keys.keys[KeyRole.CODES].public == key("codes-next")
    assert keys.keys[KeyRole.CODES].active_since == at(48 * HOUR)


def test_a_key_that_is_not_published_does_not_grow_old() -> None:
    keys = change.rotate_codes(new_city(), key("fresh"), at(DAY_S * 9), longest_code_s=LONGEST)

    assert change.ready_at(keys) is None
    with pytest.raises(KeyTooYoungError) as refusal:
        change.rotate_codes(keys, key("other"), at(DAY_S * 99), longest_code_s=LONGEST)
    assert refusal.value.ready_at is None


def test_who_signs_too_young_is_held_down_for_a_day_from_its_publication() -> None:
    first = new_city()
    revoked = change.revoke(first, kid("codes"), key("fresh"), at(HOUR), named=NAMED)
    unpublished = change.revoke(revoked, kid("codes-next"), key("other"), at(HOUR), named=NAMED)

    assert change.held_down_until(first, at(1)) is None
    assert change.held_down_until(revoked, at(HOUR)) == at(DAY_S)
    assert change.held_down_until(revoked, at(DAY_S - 1)) == at(DAY_S)
    assert change.held_down_until(revoked, at(DAY_S)) is None
    assert change.held_down_until(unpublished, at(2 * HOUR)) == at(2 * HOUR + DAY_S)
    assert change.held_down_until(rotated(), at(48 * HOUR)) is None


def test_publication_counts_from_the_first_statement_that_names_the_key() -> None:
    keys = rotated()

    unnamed = change.published(keys, (), at(50 * HOUR))
    first = change.published(keys, (kid("fresh"),), at(51 * HOUR))
    again = change.published(first, (kid("fresh"),), at(52 * HOUR))

    assert unnamed == keys
    assert change.ready_at(first) == at((51 + 48) * HOUR)
    assert again == first


def test_an_emergency_asks_for_no_48_hours() -> None:
    keys = change.rotate_codes(
        new_city(), key("fresh"), at(1), longest_code_s=LONGEST, emergency=True
    )

    assert keys.keys[KeyRole.CODES].public == key("codes-next")


def test_the_old_code_key_verifies_until_its_last_code_and_a_day_and_no_longer() -> None:
    keys, end = rotated(), 48 * HOUR + LONGEST + DAY_S

    before, after = (change.retire(keys, kid("codes"), at(moment)) for moment in (end - 1, end))

    assert announced(before, KeyKind.CODES) == [kid("codes-next"), kid("fresh"), kid("codes")]
    assert announced(after, KeyKind.CODES) == [kid("codes-next"), kid("fresh")]
    assert after.gone == (
        GoneKey(kid=kid("codes"), kind=KeyKind.CODES, at=at(end), why=Why.RETIRED),
    )


def test_an_old_code_key_goes_at_its_own_end_if_that_comes_first() -> None:
    [old] = rotated(212 * DAY_S - HOUR).old

    assert old.until == at(212 * DAY_S)


def test_a_short_lived_citys_old_key_goes_soon() -> None:
    [old] = rotated(longest_code_s=120).old

    assert old.until == at(48 * HOUR + 120 + DAY_S)


def test_a_set_of_16_code_keys_takes_no_more() -> None:
    keys = new_city()
    for number in range(14):
        keys = change.rotate_codes(
            keys, key(f"n{number}"), at(number), longest_code_s=LONGEST, emergency=True
        )

    with pytest.raises(TooManyKeysError):
        change.rotate_codes(keys, key("n14"), at(15), longest_code_s=LONGEST, emergency=True)


def test_1024_keys_in_all_take_no_more() -> None:
    dead = tuple(
        GoneKey(kid=KeyId(str(number)), kind=KeyKind.CODES, at=NOON, why=Why.RETIRED)
        for number in range(1018)
    )
    full = replace(new_city(), gone=dead)

    with pytest.raises(TooManyKeysError):
        change.rotate_federation(full, key("fresh"), NOON, named=NAMED)


def test_k2next_signs_and_the_old_k2_is_announced_until_the_anchor_leaves_it_out() -> None:
    keys = change.rotate_federation(new_city(), key("fresh"), at(1), named=NAMED)

    assert announced(keys, KeyKind.FEDERATION) == [
        kid("federation-next"),
        kid("fresh"),
        kid("federation"),
    ]
    kept = change.renewed(keys, NAMED)
    left = change.renewed(keys, frozenset({kid("federation-next"), kid("fresh")}))
    assert kept == keys
    assert announced(left, KeyKind.FEDERATION) == [kid("federation-next"), kid("fresh")]
    assert key("federation") in left.verifying(KeyKind.FEDERATION)
    gone = change.leave(left, at(2))
    assert key("federation") not in gone.verifying(KeyKind.FEDERATION)
    assert [each.why for each in gone.gone] == [Why.RETIRED]
    assert change.leave(keys, at(2)) == keys
    assert change.due(keys, at(999 * DAY_S)) == ()
    assert change.retire(keys, kid("federation"), at(999 * DAY_S)) == keys


def test_what_is_retired_is_not_taken_for_revoked_when_the_anchor_speaks_again() -> None:
    keys = change.revoke(new_city(), kid("federation"), key("fresh"), at(1), named=NAMED)

    assert change.renewed(keys, frozenset()) == keys


def test_a_stolen_k2_is_announced_no_more_and_goes_when_rows_are_signed_anew() -> None:
    keys = change.revoke(new_city(), kid("federation"), key("fresh"), at(1), named=NAMED)

    assert announced(keys, KeyKind.FEDERATION) == [kid("federation-next"), kid("fresh")]
    assert key("federation") in keys.verifying(KeyKind.FEDERATION)
    assert [each.why for each in change.leave(keys, at(2)).gone] == [Why.REVOKED]


def test_an_old_k2_that_is_stolen_leaves_as_well() -> None:
    keys = change.rotate_federation(new_city(), key("fresh"), at(1), named=NAMED)

    after = change.revoke(keys, kid("federation"), key("unused"), at(2), named=NAMED)

    assert announced(after, KeyKind.FEDERATION) == [kid("federation-next"), kid("fresh")]
    assert change.leave(after, at(3)).gone_kids() == {kid("federation")}


def revoke_k2(keys: KeySet, named: frozenset[KeyId]) -> KeySet:
    return change.revoke(keys, kid("federation"), key("fresh"), at(1), named=named)


def rotate_k2(keys: KeySet, named: frozenset[KeyId]) -> KeySet:
    return change.rotate_federation(keys, key("fresh"), at(1), named=named)


@pytest.mark.parametrize("step", [rotate_k2, revoke_k2])
def test_a_successor_that_the_anchor_did_not_name_does_not_sign(
    step: Callable[[KeySet, frozenset[KeyId]], KeySet],
) -> None:
    with pytest.raises(TrustError) as refusal:
        step(new_city(), frozenset({kid("federation")}))

    assert refusal.value.code == "key_successor_unnamed"


REVOKED: dict[str, tuple[str, KeyKind, list[str]]] = {
    "active code key": ("codes", KeyKind.CODES, ["codes-next", "fresh"]),
    "next code key": ("codes-next", KeyKind.CODES, ["codes", "fresh"]),
    "next federation key": ("federation-next", KeyKind.FEDERATION, ["federation", "fresh"]),
}


@pytest.mark.parametrize(("name", "kind", "left"), REVOKED.values(), ids=REVOKED)
def test_a_revoked_key_is_gone_at_once_and_never_marked(
    name: str, kind: KeyKind, left: list[str]
) -> None:
    keys = change.revoke(new_city(), kid(name), key("fresh"), at(1), named=frozenset())

    assert announced(keys, kind) == [kid(each) for each in left]
    assert keys.gone == (GoneKey(kid=kid(name), kind=kind, at=at(1), why=Why.REVOKED),)


def test_an_old_code_key_that_is_stolen_goes_before_its_time() -> None:
    keys = change.revoke(rotated(), kid("codes"), key("unused"), at(49 * HOUR), named=NAMED)

    assert keys.old == ()
    assert keys.gone_kids() == {kid("codes")}


REFUSED: dict[str, tuple[Callable[[KeySet], KeySet], str]] = {
    "a key that is gone is revoked again": (
        lambda keys: change.revoke(
            change.revoke(keys, kid("codes"), key("fresh"), NOON, named=NAMED),
            kid("codes"),
            key("other"),
            NOON,
            named=NAMED,
        ),
        "key_gone",
    ),
    "an unknown key is revoked": (
        lambda keys: change.revoke(keys, kid("unknown"), key("fresh"), NOON, named=NAMED),
        "key_unknown",
    ),
    "the anchor is revoked here": (
        lambda keys: change.revoke(keys, kid("anchor"), key("fresh"), NOON, named=NAMED),
        "key_anchor",
    ),
    "the standby is revoked here": (
        lambda keys: change.revoke(keys, kid("anchor-standby"), key("fresh"), NOON, named=NAMED),
        "key_anchor",
    ),
    "a stranger's anchor": (
        lambda keys: change.anchors_replaced(keys, key("unknown"), key("fresh"), NOON),
        "key_anchor",
    ),
    "one key in two roles": (
        lambda keys: change.anchors_replaced(keys, key("anchor"), key("codes"), NOON),
        "trust_key_in_two_roles",
    ),
    "anchor and standby are one": (
        lambda keys: change.anchors_replaced(keys, key("anchor"), key("anchor"), NOON),
        "trust_key_in_two_roles",
    ),
    "a removed key comes back": (
        lambda keys: change.rotate_federation(
            change.revoke(keys, kid("codes"), key("fresh"), NOON, named=NAMED),
            key("codes"),
            NOON,
            named=NAMED,
        ),
        "trust_key_in_two_roles",
    ),
    "a replaced anchor comes back": (
        lambda keys: change.anchors_replaced(
            change.rotate_anchor(keys, key("fresh"), NOON),
            key("anchor-standby"),
            key("anchor"),
            NOON,
        ),
        "trust_key_in_two_roles",
    ),
}


@pytest.mark.parametrize(("step", "code"), REFUSED.values(), ids=REFUSED)
def test_what_may_never_be_is_refused_by_name(step: Callable[[KeySet], KeySet], code: str) -> None:
    with pytest.raises(TrustError) as refusal:
        step(new_city())

    assert refusal.value.code == code


def test_the_standby_takes_over_and_the_lost_anchor_never_comes_back() -> None:
    keys = change.rotate_anchor(new_city(), key("fresh"), at(1))

    assert keys.keys[KeyRole.ANCHOR].public == key("anchor-standby")
    assert keys.keys[KeyRole.ANCHOR_STANDBY] == OwnKey(public=key("fresh"), created=at(1))
    assert keys.gone == (
        GoneKey(kid=kid("anchor"), kind=KeyKind.ANCHOR, at=at(1), why=Why.REPLACED),
    )
    assert announced(keys, KeyKind.CODES) == [kid("codes"), kid("codes-next")]


def test_the_same_anchors_are_no_change() -> None:
    keys = change.anchors_replaced(new_city(), key("anchor"), key("anchor-standby"), at(1))

    assert keys == new_city()


def test_an_offline_machine_has_no_code_keys() -> None:
    roles = (KeyRole.ANCHOR, KeyRole.ANCHOR_STANDBY)
    keys = first_keys({role: key(role.value) for role in roles}, NOON)

    assert tuple(keys.keys) == roles
    assert keys.role_of(kid("codes")) is None


def test_every_key_is_remembered_also_when_it_is_gone() -> None:
    keys = change.revoke(rotated(), kid("codes"), key("unused"), at(49 * HOUR), named=NAMED)

    assert all(map(keys.remembers, [kid("codes"), kid("codes-next"), kid("anchor")]))
    assert not keys.remembers(kid("stranger"))


def test_each_role_is_of_one_kind() -> None:
    assert [role.kind.value for role in KeyRole] == ["anchor"] * 2 + ["federation"] * 2 + [
        "codes"
    ] * 2
