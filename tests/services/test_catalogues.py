"""A catalogue on its way: stated, promised, published, fetched, followed by the next one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import generate
from gateway.policy.catalogue import Catalogue
from gateway.policy.published import content_of
from gateway.policy.stops import NOTHING_STOPPED, Stop, offer_target
from gateway.services.catalogue_ports import CatalogueRow
from gateway.services.catalogue_view import FileVersions
from gateway.services.fetch_rounds import MAX_A_RUN, FetchRounds
from gateway.services.own_catalogues import LIFE_S, SIGN_AGAIN_S
from gateway.trust.partners import Partner
from gateway.trust.trusted_city import Role
from tests.policy.builders import AGREEMENT, offer_raw, terms_raw
from tests.services.catalogues import KINDS, CatalogueOffice, stated
from tests.services.offices import DAY, HOUR, NOON, at, office, two

HOTEL, GYM = ScenarioId("lodging.hotel"), ScenarioId("fitness.gym")
WENZHOU, JINHUA = CityId("330300"), CityId("330700")
BETTER = offer_raw(terms_raw(value="0.70"))
URL = "https://credit.wenzhou.example/federation/catalog"


def alone() -> CatalogueOffice:
    return CatalogueOffice(two()[1])


def joined() -> tuple[CatalogueOffice, CatalogueOffice]:
    here, there = two()
    here.join(there)
    return CatalogueOffice(here), CatalogueOffice(there)


def code_of(act: Callable[[], object]) -> str | None:
    try:
        act()
    except GatewayError as error:
        return error.code
    return None


def served(city: CatalogueOffice, now: Timestamp) -> tuple[str | None, str | None]:
    """Return the versions that are served now, in force and next."""
    view = city.archive.view(now)
    found = (view.own("catalogue"), view.own("catalogue-next"))
    first, second = (getattr(each.value, "version", None) if each else None for each in found)
    return first, second


def test_the_very_first_version_is_in_force_at_once() -> None:
    city = alone()

    city.publish()

    assert served(city, NOON) == ("2026.1", None)
    assert city.own().versions.in_force(NOON) is not None


def test_a_next_version_is_delivered_early_and_takes_over_by_itself() -> None:
    city = alone()
    following = stated(BETTER, version="2026.2", begins=3 * DAY)
    city.stated = (stated(), following)

    found = list[tuple[str | None, str | None]]()
    for now in (NOON, at(3 * DAY - 1), at(3 * DAY)):
        city.publish(now)
        found.append(served(city, now))

    assert found == [("2026.1", "2026.2"), ("2026.1", "2026.2"), ("2026.2", None)]


@pytest.mark.parametrize(("begins", "in_force"), [(HOUR, 2 * DAY), (3 * DAY, 3 * DAY)])
def test_no_version_comes_into_force_within_48_hours_of_its_first_publication(
    begins: int, in_force: int
) -> None:
    city = alone()
    city.publish()

    city.stated = (stated(BETTER, version="2026.2", begins=begins),)
    city.publish()

    versions = city.own().versions
    before, after = versions.in_force(at(in_force - 1)), versions.in_force(at(in_force))
    assert before is not None
    assert after is not None
    assert (before.version, after.version) == ("2026.1", "2026.2")


def test_a_version_that_was_published_never_says_anything_else() -> None:
    city = alone()
    city.publish()

    city.stated = (stated(BETTER),)

    assert code_of(lambda: city.publish(at(60))) == "catalogue_changed"
    present = city.own().versions.in_force(at(60))
    assert present is not None
    assert present.catalogue.offers[0].value == "0.80"


def test_a_fault_of_the_next_version_keeps_the_present_one_from_nothing() -> None:
    city = alone()
    city.stated = (stated(), stated(BETTER, version="2026.2", begins=3 * DAY))
    city.publish()

    city.stated = (stated(), stated(version="2026.2", begins=3 * DAY))

    assert code_of(lambda: city.publish(at(SIGN_AGAIN_S))) == "catalogue_changed"
    assert city.archive.own.rows["catalogue"].issued_at == at(SIGN_AGAIN_S)


def test_a_version_that_is_stated_no_longer_before_it_is_in_force_is_withdrawn() -> None:
    city, following = alone(), stated(BETTER, version="2026.2", begins=3 * DAY)
    city.stated = (stated(), following)
    city.publish()

    city.stated = (stated(),)
    city.publish(at(HOUR))
    assert served(city, at(HOUR)) == ("2026.1", None)

    city.stated = (stated(), following)
    city.publish(at(2 * DAY))
    later = city.own().versions.next(at(2 * DAY))
    assert later is not None
    assert later.valid_from == at(4 * DAY)


def test_a_catalogue_is_signed_again_after_half_a_day_or_by_a_new_key() -> None:
    city = alone()
    times = list[int]()
    for now in (NOON, at(60), at(SIGN_AGAIN_S)):
        city.publish(now)
        times.append(city.archive.own.rows["catalogue"].issued_at - NOON)
    office_ = city.office
    office_.k2, office_.k2next = office_.k2next, office_.k2
    city.publish(at(SIGN_AGAIN_S + 1))
    times.append(city.archive.own.rows["catalogue"].issued_at - NOON)

    assert times == [0, 0, SIGN_AGAIN_S, SIGN_AGAIN_S + 1]


def test_nothing_is_promised_while_the_clock_is_doubtful() -> None:
    city = alone()

    assert code_of(lambda: city.publish(clock_doubtful=True)) == "own_clock_doubtful"
    assert city.rows.rows == {}


def with_content(row: CatalogueRow) -> CatalogueRow:
    return replace(row, content="{}")


def with_another_begin(row: CatalogueRow) -> CatalogueRow:
    return replace(row, in_force_from=Timestamp(0))


@pytest.mark.parametrize("change", [with_content, with_another_begin])
def test_a_version_that_a_hand_changed_is_not_used_and_alarms(
    change: Callable[[CatalogueRow], CatalogueRow],
) -> None:
    city = alone()
    city.publish()

    city.rows.put(change(city.rows.rows["2026.1"]))
    present = city.own(at(1)).versions.in_force(NOON)

    assert present is not None
    assert present.catalogue.offers
    assert (city.office.anchor, "catalogue_tampered", at(1)) in city.office.rows.raised
    assert code_of(lambda: city.publish(at(60))) == "catalogue_tampered"


def test_a_view_loads_only_what_changed() -> None:
    city = alone()
    city.publish()
    own = city.own()
    before = own.versions

    assert not own.refresh(NOON)
    city.office.revision.bump()
    assert not own.refresh(NOON)
    assert own.versions is before


def test_until_something_is_published_the_city_file_is_the_version() -> None:
    present = alone().own().versions.in_force(NOON)

    assert present is not None
    assert present.names[HOTEL].en == "Hotels"


def test_a_database_that_takes_no_alarm_keeps_no_version_from_being_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = alone()
    city.publish()

    def fail(_anchor: EntityId, _code: str, _now: Timestamp) -> None:
        raise UnavailableError("gone")

    monkeypatch.setattr(city.office.rows, "alarm", fail)
    own = city.own()
    city.rows.put(replace(city.rows.rows["2026.1"], content="odd", seal=b"odd"))

    assert own.refresh(NOON)


def test_a_partner_s_offers_are_known_from_its_signed_catalogue() -> None:
    here, there = joined()
    there.publish()

    assert here.fetch(there) == [None, None]

    found = here.destinations().at(WENZHOU, NOON)
    assert [each.id for each in found.offers(HOTEL, NOON)] == ["hotel-discount"]
    assert found.all_offers(NOON, None) == found.published.catalogue.offers


def test_a_stopped_offer_is_not_on_offer_at_home_and_leads_to_no_code() -> None:
    here, there = joined()
    for city in (here, there):
        city.publish()
    here.fetch(there)
    stop = Stop(target=offer_target("hotel-discount"), reason="x", by="officer:lin", at=NOON)
    stops = NOTHING_STOPPED.with_stop(stop)

    own = there.destinations(stops=stops).at(WENZHOU, NOON)
    seen_from_afar = here.destinations(stops=stops).at(WENZHOU, NOON)

    assert (own.offers(HOTEL, NOON), own.all_offers(NOON, None)) == ((), ())
    assert [each.id for each in seen_from_afar.offers(HOTEL, NOON)] == ["hotel-discount"]


def test_offers_of_scenarios_that_are_not_agreed_with_the_partner_are_not_on_offer() -> None:
    here, there = joined()
    there.stated = (stated(offer_raw(), offer_raw(id="gym", scenario="fitness.gym")),)
    there.publish()
    here.fetch(there)

    found = here.destinations().at(WENZHOU, NOON)

    assert found.offers(GYM, NOON) == ()
    assert [each.id for each in found.all_offers(NOON, None)] == ["hotel-discount"]


def test_a_reader_goes_by_the_next_version_from_its_very_second() -> None:
    here, there = joined()
    there.stated = (stated(), stated(BETTER, version="2026.2", begins=3 * HOUR))
    there.publish()
    row = there.rows.rows["2026.2"]
    assert row.in_force_from == at(2 * DAY)
    there.archive.own.rows.clear()
    there.publish(at(2 * DAY - HOUR))
    here.office.web.now = at(2 * DAY - HOUR)
    there.office.sign_leaf(at(2 * DAY - HOUR))
    here.office.federation.sync(at(2 * DAY - HOUR))
    here.archive.trust.refresh(at(2 * DAY - HOUR))
    assert here.fetch(there, at(2 * DAY - HOUR)) == [None, None]

    names = [
        here.destinations(at(now)).at(WENZHOU, at(now)).published.version
        for now in (2 * DAY - 1, 2 * DAY)
    ]

    assert names == ["2026.1", "2026.2"]


UNKNOWN: dict[str, Callable[[CatalogueOffice, CatalogueOffice], tuple[CityId, Timestamp]]] = {
    "no member": lambda _here, _there: (CityId("330100"), NOON),
    "no partner": lambda _here, _there: (CityId("330500"), NOON),
    "never fetched": lambda _here, _there: (WENZHOU, NOON),
}


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("no member", "city_unknown"),
        ("no partner", "catalogue_unavailable"),
        ("never fetched", "catalogue_unavailable"),
    ],
)
def test_a_destination_that_cannot_be_told_is_refused(case: str, code: str) -> None:
    here, there = joined()
    city, now = UNKNOWN[case](here, there)

    assert code_of(lambda: here.destinations().at(city, now)) == code


def test_a_catalogue_past_its_end_is_used_no_longer() -> None:
    here, there = joined()
    there.publish()
    here.fetch(there)
    destinations = here.destinations()
    partner = here.office.book.all(NOON).partners[0]
    assert partner.expires_at() < at(LIFE_S)

    assert destinations.at(WENZHOU, at(HOUR)).published.version == "2026.1"
    assert code_of(lambda: destinations.at(WENZHOU, at(LIFE_S))) == "catalogue_unavailable"


def test_a_partner_that_takes_no_codes_any_more_offers_nothing() -> None:
    here, there = joined()
    there.publish()
    here.fetch(there)
    there.office.scenarios = None
    there.office.sign_leaf(at(60))

    here.office.federation.sync(at(60))

    rounds = FetchRounds(
        fetch=here.archive.fetch(), names=("catalogue",), whose=Partner.takes_codes, round_s=300
    )
    assert list(rounds.run(here.office.book.all(at(60)).partners, at(60))) == []
    destinations = here.destinations(at(60))
    assert code_of(lambda: destinations.at(WENZHOU, at(60))) == "catalogue_unavailable"


def test_a_suspended_partner_is_no_destination() -> None:
    here, there = joined()
    there.publish()
    here.fetch(there)

    here.office.federation.suspend(there.office.leaf, "Li", "why", NOON)

    assert code_of(lambda: here.destinations().at(WENZHOU, NOON)) == "catalogue_unavailable"


def test_home_is_a_destination_too() -> None:
    city = CatalogueOffice(two()[0])

    found = city.destinations().at(JINHUA, NOON)

    assert found.scenarios is None
    assert [each.id for each in found.offers(HOTEL, NOON)] == ["hotel-discount"]


def forged(city: CatalogueOffice, catalogue: Catalogue | None = None, **changes: object) -> str:
    """Return a catalogue of Wenzhou, signed with its key, that says what a test wants."""
    told = catalogue or stated()
    life = {"iss": city.office.leaf, "iat": at(60), "exp": at(60 + LIFE_S)}
    content = content_of(told, AGREEMENT.scenarios, {})
    whole = {**life, **content, "valid_from": told.valid_from, **changes}
    return jws.sign(strict_json.encode(whole), city.office.k2, typ="credit-catalog+jwt")


def scripted() -> dict[str, object]:
    words = {"zh": "<script>alert(1)</script>", "en": "x"}
    said = dict(stated().offers[0].members()) | {"words": words}
    return {HOTEL: {"name": {"zh": "酒店", "en": "Hotels"}, "offers": [said]}}


def turned() -> dict[str, object]:
    words = {"zh": "酒店", "en": "free \u202eoyuan 01"}
    said = dict(stated().offers[0].members()) | {"words": words}
    return {HOTEL: {"name": {"zh": "酒店", "en": "Hotels"}, "offers": [said]}}


ATTACKS: dict[str, tuple[Callable[[CatalogueOffice], str], str]] = {
    "with script tags": (lambda there: forged(there, scenarios=scripted()), "catalogue_refused"),
    "with bidi tricks": (lambda there: forged(there, scenarios=turned()), "catalogue_refused"),
    "of 10 MB": (lambda there: forged(there, filler="x" * 7_500_000), "too_large"),
    "older version replayed": (
        lambda there: forged(there, stated(version="2025.9", begins=-DAY)),
        "catalogue_rollback",
    ),
    "same version, other content": (
        lambda there: forged(there, stated(BETTER)),
        "catalogue_changed",
    ),
    "that is not in force yet": (
        lambda there: forged(there, stated(version="2026.2", begins=DAY)),
        "catalogue_not_due",
    ),
    "by another city": (
        lambda there: forged(CatalogueOffice(office("330500", "huzhou", there.office.web))),
        "trust_unknown_signer",
    ),
    "in the name of another city": (
        lambda there: forged(there, iss="https://credit.huzhou.example"),
        "trust_wrong_entity",
    ),
    "that is a statement": (
        lambda there: there.office.statements.tokens["leaf"],
        "jws_format",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_catalogue_is_refused_and_the_last_good_one_stays(attack: str) -> None:
    here, there = joined()
    there.publish()
    here.fetch(there)
    make, code = ATTACKS[attack]

    here.archive.shelf.bodies[URL] = make(there).encode()
    partner = here.office.book.all(at(60)).partners[0]
    report = here.archive.fetch().one(partner, "catalogue", at(60))

    assert report.problem == code
    assert code in here.office.rows.codes()
    assert here.destinations(at(61)).at(WENZHOU, at(61)).published.version == "2026.1"


def test_a_catalogue_by_a_dead_k2_is_refused() -> None:
    here, there = joined()
    there.publish()
    here.fetch(there)
    thief, city = there.office.k2, there.office
    city.k2, city.k2next = city.k2next, generate()
    del city.statements.tokens["leaf"]
    city.publish_anchor.subordinate(at(60), clock_doubtful=False)
    city.sign_leaf(at(60))
    here.office.federation.sync(at(60))
    here.archive.trust.refresh(at(60))

    city.k2, now = thief, at(120)
    here.archive.shelf.bodies[URL] = forged(there).encode()
    partner = here.office.book.all(now).partners[0]

    assert here.archive.fetch().one(partner, "catalogue", now).problem == "trust_unknown_signer"
    assert code_of(lambda: here.destinations(now).at(WENZHOU, now)) == "catalogue_unavailable"


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (stated(version="2026.3", begins=-DAY), None),
        (stated(version="2026.2", begins=5 * DAY), None),
        (stated(BETTER, version="2026.2", begins=3 * DAY), "catalogue_changed"),
    ],
    ids=["another one that begins earlier", "the same, later", "same version, other content"],
)
def test_what_may_take_the_place_of_a_next_version(offered: Catalogue, code: str | None) -> None:
    _, following = KINDS
    known, other = (
        FileVersions.of(each, AGREEMENT.scenarios).versions.published[0]
        for each in (stated(version="2026.2", begins=3 * DAY), offered)
    )

    assert code_of(lambda: following.check_successor(known, other)) == code


def test_values_of_other_kinds_are_none_of_a_catalogue_s_business() -> None:
    for kind in KINDS:
        kind.check_successor("one", "two")


def test_partners_are_asked_once_a_round_and_at_once_after_a_change() -> None:
    here, there = joined()
    there.publish()
    there.upload(here)
    rounds = FetchRounds(
        fetch=here.archive.fetch(),
        names=("catalogue", "catalogue-next"),
        whose=Partner.takes_codes,
        round_s=300,
    )

    def run(seconds: int) -> int:
        partners = here.office.book.all(at(seconds)).partners
        return len(list(rounds.run(partners, at(seconds))))

    counts = [run(0), run(299), run(300), run(-1)]
    for seconds in (29, 301):
        there.office.sign_leaf(at(seconds - 1))
        here.office.federation.sync(at(seconds - 1))
        counts += [run(seconds - 1), run(seconds)]

    assert counts == [2, 0, 2, 2, 0, 2, 2, 0]


def test_a_partner_that_is_out_of_reach_costs_one_question_a_round() -> None:
    here, there = joined()
    there.publish()
    here.archive.shelf.bodies[URL] = 500
    rounds = FetchRounds(
        fetch=here.archive.fetch(),
        names=("catalogue", "catalogue-next"),
        whose=Partner.takes_codes,
        round_s=300,
    )

    reports = list(rounds.run(here.office.book.all(NOON).partners, NOON))

    assert [(each.name, each.problem) for each in reports] == [("catalogue", "fetch_status")]


def test_only_a_few_partners_are_asked_in_one_run() -> None:
    here, there = joined()
    partner = here.office.book.all(NOON).partners[0]
    many = [
        replace(
            partner,
            record=replace(
                partner.record,
                pins=replace(partner.record.pins, anchor=EntityId(f"https://c{n}.example/anchor")),
            ),
        )
        for n in range(MAX_A_RUN + 1)
    ]
    rounds = FetchRounds(
        fetch=here.archive.fetch(), names=("catalogue",), whose=Partner.takes_codes, round_s=300
    )

    first = [each.anchor for each in rounds.run(many, NOON)]
    second = [each.anchor for each in rounds.run(many, at(5))]

    assert (len(first), len(second)) == (MAX_A_RUN, 1)
    assert there.office.statements.all()[Role.LEAF]
