"""Attacks on a merchant's page that is without its city, or has come back to it."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.vectors.make_events import K2, K2NEXT
from tests.web.offline_counter import LIST, general, known, printed
from tests.web.offline_desk import (
    BATCH,
    BUNDLE,
    OWN_FACTS,
    READY,
    Step,
    answer,
    away,
    bundle_of,
    catalogue_of,
    city,
    clock,
    facts,
    kept,
    leaf_ec,
    list_of,
    outcomes,
    reload,
    run,
    run_bare,
    sent,
    show,
    tabs,
    tick,
    told,
)
from tests.web.page_verifier import Asked
from tests.world import DAY, HOUR, JINHUA, MINUTE, NOON, WENZHOU, City

CODE = general(life_s=HOUR)
HTML = answer("<!doctype html><title>Sign in to the network</title>", type="text/html")
ANOTHER = answer({"login": True, "redirect": "https://hotspot.example/"})
PROXY_401 = {**HTML, "status": 401}
PROXY_403 = {**HTML, "status": 403}
NOT_NOW = answer({"code": "unavailable"}, 503)


WAITING: Final[Step] = {"do": "held", "name": "queue"}


# A second showing


def test_a_code_that_was_granted_here_is_not_granted_again_when_its_grant_was_registered(
    tmp_path: Path,
) -> None:
    said = run(
        tmp_path, away(), show(CODE), show(CODE), away(is_=False), tick, show(CODE), show(CODE)
    )

    assert outcomes(said) == ["later", *["present_again"] * 3]


def test_a_code_that_the_city_knew_better_than_this_device_is_refused_here_afterwards(
    tmp_path: Path,
) -> None:
    late = NOON + 10 * MINUTE
    older = city(BUNDLE=bundle_of(known(WENZHOU)))
    newer = city(OWN_FACTS=facts(late), BUNDLE=bundle_of(iat=NOON + 60))

    said = run_bare(
        tmp_path,
        *READY[:2],
        older,
        tick,
        show(CODE),
        clock(late),
        newer,
        tick,
        reload,
        tick,
        away(),
        show(CODE),
    )

    assert outcomes(said) == ["recognised", "present_again"]


def test_a_code_whose_grant_waits_is_refused_when_trust_has_ended_meanwhile(tmp_path: Path) -> None:
    code, late = printed(life_s=2 * DAY), NOON + DAY + 1
    ended = city(OWN_FACTS=facts(late), BUNDLE=NOT_NOW, BATCH=answer("", 500))

    said = run(tmp_path, away(), show(code), clock(late), away(is_=False), ended, tick, show(code))

    assert outcomes(said) == ["later", "present_again"]


# Somebody else answers


@pytest.mark.parametrize(
    "found",
    [HTML, ANOTHER, answer([]), answer("{}"), PROXY_401, PROXY_403, {**HTML, "redirected": True}],
)
def test_a_hotspot_that_answers_for_the_city_neither_erases_nor_ends_anything(
    found: Asked, tmp_path: Path
) -> None:
    hotspot = city(OWN_FACTS=found, BATCH=found, VERIFY=found, BUNDLE=found, LIST=found)
    free = city(OWN_FACTS=facts(), BATCH=None)
    before = (away(), show(CODE), away(is_=False), hotspot, tick, show(general(life_s=HOUR)))
    said = run(tmp_path, *before, WAITING, told, free, tick, kept("kept", "tally"))

    *_, waiting, so_far, _, _, tally = said
    assert outcomes(said) == ["later", "later"]
    assert (len(waiting), so_far["gone"]) == (2, [])
    assert tally["registered"] == 2


@pytest.mark.parametrize(
    "result", [{}, None, "registered", {"outcome": "welcome"}, {"problem": {}}]
)
def test_results_that_nobody_knows_settle_nothing(result: object, tmp_path: Path) -> None:
    strange = city(BATCH=answer({"results": [result]}))

    said = run(tmp_path, away(), show(CODE), away(is_=False), strange, tick, WAITING)

    assert len(said[-1]) == 1


@pytest.mark.parametrize(
    "verdict", [{}, {"outcome": "constructor"}, [], {"outcome": "recognised", "offers": {}}]
)
def test_a_verdict_of_no_known_outcome_is_no_answer(verdict: object, tmp_path: Path) -> None:
    said = run(tmp_path, city(VERIFY=answer(verdict)), show(CODE))

    assert outcomes(said) == ["later"]


@pytest.mark.parametrize("status", [502, 511, 521, 599])
def test_what_stands_before_the_city_is_not_the_city(status: int, tmp_path: Path) -> None:
    said = run(tmp_path, city(VERIFY={**HTML, "status": status}), show(CODE))

    assert outcomes(said) == ["later"]


@pytest.mark.parametrize("path", [LIST, BUNDLE, OWN_FACTS])
def test_an_answer_without_end_is_not_read_to_its_end(path: str, tmp_path: Path) -> None:
    late = NOON + 15 * MINUTE
    steps = (clock(late), city(OWN_FACTS=facts(late)), {"do": "city", "answers": {path: "endless"}})

    said = run(tmp_path, *steps, tick, {"do": "read", "path": path}, away(), show(general(at=late)))

    assert 0 < said[4] < 100
    assert outcomes(said) == ["later"]


def test_no_partner_that_answers_slowly_holds_up_what_was_granted(tmp_path: Path) -> None:
    late = NOON + 15 * MINUTE
    asked = {"do": "asked"}
    back = (clock(late), away(is_=False), city(OWN_FACTS=facts(late)))

    said = run(tmp_path, away(), show(CODE), asked, *back, tick, asked)

    order = dict.fromkeys(each for each in said[-1] if each in {OWN_FACTS, BATCH, BUNDLE, LIST})
    assert [*order] == [OWN_FACTS, BATCH, BUNDLE, LIST]


# Clocks


def test_a_clock_that_is_set_a_year_ahead_and_back_forgets_no_showing(tmp_path: Path) -> None:
    soon = NOON + 30
    right = city(OWN_FACTS=facts(soon), BATCH=NOT_NOW)

    said = run(
        tmp_path,
        away(),
        show(CODE),
        clock(NOON + 365 * DAY),
        tick,
        show(CODE),
        clock(soon),
        away(is_=False),
        right,
        tick,
        away(),
        show(CODE),
    )

    assert outcomes(said) == ["later", "present_again", "present_again"]


@pytest.mark.parametrize(
    ("back", "found"), [(91, "no answer 0"), (HOUR, "no answer 0"), (60, "later")]
)
def test_a_clock_that_is_set_back_without_a_network_judges_nothing(
    back: int, found: str, tmp_path: Path
) -> None:
    code = printed(at=NOON - DAY, life_s=3 * DAY)
    said = run(tmp_path, away(), clock(NOON - back), tick, show(code))

    assert outcomes(said) == [found]


def test_a_clock_that_was_an_hour_ahead_loses_no_grant(tmp_path: Path) -> None:
    said = run(
        tmp_path,
        away(),
        clock(NOON + HOUR),
        show(printed()),
        clock(NOON + 60),
        away(is_=False),
        city(OWN_FACTS=facts(NOON + 60)),
        sent,
        tick,
        sent,
    )

    (batch,) = said[-1]
    assert [each["scanned_at"] for each in batch["body"]["items"]] == [NOON + 60]


def test_a_phone_whose_clock_is_always_wrong_judges_by_the_city_s(tmp_path: Path) -> None:
    said = run_bare(
        tmp_path, *READY[1:], away(), show(CODE), clock(91), show(general(at=NOON + 91))
    )

    assert outcomes(said) == ["later", "later"]


# Keys, lists, catalogues


ROTATED = (
    city(LEAF_EC=leaf_ec(K2, K2NEXT, iat=NOON + 1), OWN_FACTS=facts(NOON + 600)),
    clock(NOON + 600),
    tick,
    city(
        LEAF_EC=leaf_ec(K2NEXT, by=K2NEXT, iat=NOON + 601),
        BUNDLE=bundle_of(by=K2NEXT, iat=NOON + 601),
        CATALOG=catalogue_of(by=K2NEXT, iat=NOON + 601),
        OWN_FACTS=facts(NOON + 1200),
    ),
    clock(NOON + 1200),
    tick,
)


def test_a_device_follows_its_city_to_another_federation_key(tmp_path: Path) -> None:
    said = run(tmp_path, *ROTATED, kept("kept", "keys"), away(), show(CODE))

    assert [each["kid"] for each in said[-3]["keys"]] == [K2NEXT.public.kid]
    assert outcomes(said) == ["later"]


def test_a_stolen_key_that_was_replaced_signs_nothing_any_more(tmp_path: Path) -> None:
    late = NOON + 2400
    forged = bundle_of(known(WENZHOU), by=K2, iat=late)
    thief = city(LEAF_EC=leaf_ec(K2, iat=late), BUNDLE=forged, OWN_FACTS=facts(late))

    said = run(
        tmp_path, *ROTATED, thief, clock(late), tick, kept("kept", "keys"), away(), show(CODE)
    )

    assert [each["kid"] for each in said[-3]["keys"]] == [K2NEXT.public.kid]
    assert outcomes(said) == ["later"]


def test_what_a_stolen_key_signed_ahead_of_time_does_not_keep_the_city_s_own_out(
    tmp_path: Path,
) -> None:
    forged = bundle_of(known(WENZHOU), iat=NOON + 660)
    first = (city(BUNDLE=forged, OWN_FACTS=facts(NOON + 600)), clock(NOON + 600), tick)
    rotated = city(
        LEAF_EC=leaf_ec(K2NEXT, iat=NOON + 610),
        BUNDLE=bundle_of(by=K2NEXT, iat=NOON + 620),
        CATALOG=catalogue_of(by=K2NEXT, iat=NOON + 620),
    )
    then = (rotated, city(OWN_FACTS=facts(NOON + 1200)), clock(NOON + 1200), tick)

    said = run(tmp_path, *first, *then, away(), show(CODE))

    assert outcomes(said) == ["later"]


def test_an_enrolment_before_the_city_serves_keys_is_not_without_keys_for_ever(
    tmp_path: Path,
) -> None:
    steps = [READY[0], READY[1], city(OWN_FACTS=facts(keys=[])), tick]

    said = run_bare(tmp_path, *steps, city(OWN_FACTS=facts()), tick, away(), show(CODE))

    assert outcomes(said) == ["later"]


def test_a_bit_that_is_flipped_back_stays_set_for_the_page_that_saw_it(tmp_path: Path) -> None:
    late = NOON + 15 * MINUTE
    newer = city(LIST=list_of(8, iat=NOON + 60), OWN_FACTS=facts(late))
    later = (clock(late), newer, tick, reload, tick, away())

    said = run(tmp_path, *later, *(show(printed(index)) for index in (7, 8, 9)))

    assert outcomes(said) == ["present_again", "present_again", "later"]


def test_a_catalogue_that_is_kept_from_a_device_ends_with_its_signature(tmp_path: Path) -> None:
    last = NOON + 30 * DAY
    moments = (last - 1, last)
    steps = []
    for at in moments:
        fresh = city(
            OWN_FACTS=facts(at), BUNDLE=bundle_of(iat=at - 60, expires=at + DAY), CATALOG=NOT_NOW
        )
        steps += [clock(at), away(is_=False), fresh, tick, away(), show(general(at=at - 1))]

    assert outcomes(run(tmp_path, *steps)) == ["later", "undetermined"]


# The end of a device, a full phone, many tabs


def test_a_merchant_that_is_suspended_grants_nothing_here_and_keeps_what_waits(
    tmp_path: Path,
) -> None:
    stopped = answer({"code": "forbidden"}, 403)
    suspended = city(OWN_FACTS=stopped, BATCH=stopped)
    free = city(OWN_FACTS=facts(), BATCH=None)

    said = run(
        tmp_path,
        away(),
        show(CODE),
        away(is_=False),
        suspended,
        tick,
        WAITING,
        away(),
        show(general(life_s=HOUR)),
        away(is_=False),
        free,
        tick,
        WAITING,
        away(),
        show(general(life_s=HOUR)),
    )

    assert outcomes(said) == ["later", "no answer 0", "later"]
    assert (len(said[5]), said[11]) == (1, [])


def test_a_device_that_was_ended_keeps_nothing_and_grants_nothing(tmp_path: Path) -> None:
    ended = city(OWN_FACTS=answer({"code": "unauthorized"}, 401))

    said = run(
        tmp_path, away(), show(CODE), away(is_=False), ended, tick, told,
        *({"do": "held", "name": name} for name in ("kept", "documents", "seen", "queue")),
        away(), show(CODE),
    )  # fmt: skip

    assert said[5]["gone"] == [1]
    assert said[7:10] == [[], [], []]
    assert outcomes(said) == ["later", "no answer 0"]


def test_a_phone_that_is_full_grants_nothing_that_it_could_not_remember(tmp_path: Path) -> None:
    full = {"do": "full", "is": True}

    said = run(tmp_path, away(), full, show(CODE), show(CODE), {"do": "held", "name": "seen"})

    assert "later" not in outcomes(said)
    assert said[-1] == []


def test_a_database_that_never_opens_keeps_nobody_from_the_city(tmp_path: Path) -> None:
    never = {"do": "silent", "is": True}

    said = run_bare(tmp_path, READY[0], never, show(CODE), show(CODE))

    assert outcomes(said) == ["recognised", "present_again"]


def test_two_tabs_that_send_at_once_count_a_grant_once(tmp_path: Path) -> None:
    said = run(tmp_path, away(), show(CODE), away(is_=False), tabs, kept("kept", "tally"))

    assert said[-1] == {"registered": 1, "conflicts": 0, "dropped": 0}


def test_every_refusal_of_its_kind_is_the_same_whatever_it_rests_on(tmp_path: Path) -> None:
    forged = general(City(JINHUA.code))
    shown = (CODE, CODE, forged, general(at=NOON - 100), printed(7), printed(7))

    said = run(tmp_path, away(), *map(show, shown))

    first, *again = (json.dumps(each["verdict"]) for each in said[1:])
    assert first != again[0]
    assert len(set(again)) == 1


def test_what_a_device_keeps_names_no_code_tier_or_home(tmp_path: Path) -> None:
    code = general(life_s=HOUR)

    *_, queue, seen, rows, marks = run(
        tmp_path,
        away(),
        show(code),
        WAITING,
        {"do": "held", "name": "seen"},
        {"do": "rows", "name": "queue"},
        {"do": "rows", "name": "seen"},
    )

    assert [len(each) for each in (*queue, *seen)] == [32, 64]
    assert [sorted(each) for each in rows] == [["iv", "scannedAt", "sealed"]]
    assert marks == [NOON + HOUR + 72 * HOUR]
