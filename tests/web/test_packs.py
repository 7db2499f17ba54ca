"""``POST /api/v1/codes/pack``: for whom, how large, how often."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.codes import reading
from gateway.ids import Timestamp, UnverifiedText
from gateway.services.assess import Assessment
from gateway.services.rates import Rate, RateLimits
from gateway.storage.buckets import MemoryBuckets
from gateway.web.api.codes import NO_INCENTIVE
from gateway.web.citizen_desk import CitizenDesk
from gateway.web.context import Gateway
from tests.web.people_site import CITIZEN, PeopleSite
from tests.web.site import LEAF, RATES, Site
from tests.web.test_openapi import checked
from tests.world import DAY, MINUTE, NOON

PATH = "/api/v1/codes/pack"
MAX_BYTES = 20_000
TESTED = Assessment(reading=700, assessed_on=Timestamp(NOON - DAY), scale_version=None)


@pytest.fixture
def site() -> Site:
    found = Site()
    found.assessments.readings["example-1"] = TESTED
    found.clock.time = Timestamp(NOON + MINUTE)
    return found


def test_a_pack_is_96_codes_and_our_time_in_less_than_20_kb(site: Site) -> None:
    answer = checked(site, PATH, site.client.post(PATH, json={}, headers=site.as_citizen()))

    members = answer.get_json()
    assert answer.status_code == 200
    assert len(answer.get_data()) <= MAX_BYTES
    assert len(members.pop("codes")) == 96
    assert members == {"start": NOON, "slot_s": 1800, "per_slot": 2, "now": NOON + MINUTE}
    ((_, _, kind, _, _, codes),) = site.issuance.rows
    assert (kind, codes) == ("pack", 96)


def test_a_person_without_a_tier_is_told_so_kindly(site: Site) -> None:
    site.assessments.readings.clear()

    answer = checked(site, PATH, site.client.post(PATH, json={}, headers=site.as_citizen()))

    assert (answer.status_code, answer.get_json()) == (
        200,
        {"codes": None, "message": NO_INCENTIVE["zh"]},
    )


def test_nobody_can_name_another_person(site: Site) -> None:
    refusals = {"subject": (403, "forbidden"), "kind": (400, "invalid_request")}
    for name, refusal in refusals.items():
        asked = site.client.post(PATH, json={name: "example-2"}, headers=site.as_citizen())
        answer = checked(site, PATH, asked)
        assert (answer.status_code, answer.get_json()["code"]) == refusal

    assert site.issuance.rows == []


def test_the_next_pack_too_many_has_to_wait(site: Site) -> None:
    rates = replace(RATES, pack=Rate(count=2, period_s=3600))
    limits = RateLimits(rates=rates, buckets=MemoryBuckets(now_s=lambda: 0.0), key=bytes(32))
    client = site.client_of(replace(site.gateway, limits=limits))

    answers = [client.post(PATH, json={}, headers=site.as_citizen()) for _ in range(3)]
    live = client.post("/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen())

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1800"
    assert live.status_code == 200


def without_desk(of: Gateway) -> Gateway:
    return replace(of, desk=None)


def without_packs(of: Gateway) -> Gateway:
    return replace(of, desk=CitizenDesk())


@pytest.mark.parametrize("change", [without_desk, without_packs])
def test_a_city_without_packs_says_that_there_is_nothing(
    site: Site, change: Callable[[Gateway], Gateway]
) -> None:
    client = site.client_of(change(site.gateway))

    answer = client.post(PATH, json={}, headers=site.as_citizen())

    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")


def test_a_browser_gets_a_pack_once_its_citizen_has_agreed(people: PeopleSite) -> None:
    people.sign_in()
    headers = {"X-Form-Token": people.form_token()}

    before = people.client.post(PATH, json={}, headers=headers, base_url=LEAF)
    people.agree()
    after = people.client.post(PATH, json={}, headers=headers, base_url=LEAF)
    forged = people.client.post(PATH, json={}, base_url=LEAF)

    assert (before.status_code, before.get_json()["code"]) == (403, "consent_required")
    assert (forged.status_code, forged.get_json()["code"]) == (403, "forbidden")
    claims = reading.read(UnverifiedText(after.get_json()["codes"][0])).claims
    assert (claims.issued_at, claims.tier) == (NOON, 2)


def test_a_stop_that_is_faster_than_a_pack_leaves_nothing_on_the_phone(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.sign_in()
    people.agree()
    headers = {"X-Form-Token": people.form_token()}
    desk = people.gateway.desk
    assert desk is not None
    assert desk.rights is not None
    stop, read = desk.rights.stop, people.site.assessments.read

    def read_while_it_is_stopped(subject: str) -> Assessment | None:
        assert not stop.stop(CITIZEN, NOON).offline
        return read(subject)

    monkeypatch.setattr(people.site.assessments, "read", read_while_it_is_stopped)
    answer = people.client.post(PATH, json={}, headers=headers, base_url=LEAF)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "consent_required")
    assert b"CC1:" not in answer.get_data()
