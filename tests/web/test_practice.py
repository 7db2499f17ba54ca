"""Practice: every answer without anybody's code, and nothing that could be taken for one."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from gateway.ids import Timestamp
from gateway.policy.stops import NOTHING_STOPPED, Stop, offer_target
from gateway.services.practice import Wanted
from tests.web.people_site import PeopleSite
from tests.web.site import Site
from tests.world import HOTEL, NOON, RESTAURANT, catalogue, merchant

URL = "/api/v1/verifications/practice"


def practise(site: Site, want: str, scenario: str = RESTAURANT, **other: str) -> dict[str, Any]:
    body = {"want": want, "scenario": scenario} | other
    answer = site.client.post(URL, json=body, headers=site.as_merchant())
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("wanted", Wanted)
def test_every_answer_says_that_it_is_practice_and_has_no_receipt(wanted: Wanted) -> None:
    site = Site()

    answer = practise(site, wanted)

    assert answer["practice"] is True
    assert wanted.startswith(answer["outcome"])
    assert answer["message"].startswith("【练习】")
    assert "receipt" not in answer
    assert all("练习" in offer["words"] for offer in answer.get("offers", ()))
    assert answer.get("hint", "") in wanted


def test_practice_writes_and_counts_nothing() -> None:
    site = Site()

    for wanted in Wanted:
        practise(site, wanted)

    assert site.desk.log.records == {}
    assert site.desk.log.burned_tags == set()
    assert site.desk.tally.reasons == {}


def test_what_is_scanned_never_leads_to_practice() -> None:
    site = Site()

    for text in (*Wanted, "CC1-PRACTICE:recognised", '{"want":"recognised"}'):
        body = {"code": text, "scenario": RESTAURANT}
        answer = site.client.post(
            "/api/v1/verifications", json=body, headers=site.as_merchant()
        ).get_json()
        assert answer["outcome"] == "not_a_code"
        assert "practice" not in answer


def test_the_offers_are_those_that_there_are_here() -> None:
    answer = practise(Site(), "recognised")

    assert [(each["id"], each["value"]) for each in answer["offers"]] == [
        ("dining-discount", "0.90")
    ]
    assert answer["valid_until"] == NOON + 90


def test_a_printed_code_brings_a_name_of_nobody_and_a_later_one_says_so() -> None:
    assert practise(Site(), "recognised_printed")["holder"] == "练*"
    assert practise(Site(), "recognised_later")["checked"] == "later"


def before_the_catalogue(site: Site) -> str:
    site.clock.time = Timestamp(0)
    return RESTAURANT


def stopped(site: Site) -> str:
    offer = next(each for each in catalogue().offers if each.scenario == RESTAURANT)
    stop = Stop(target=offer_target(offer.id), reason="mistake", by="console:x", at=NOON)
    verify = replace(site.gateway.verify, stops=NOTHING_STOPPED.with_stop(stop))
    site.client = Site.client_of(replace(site.gateway, verify=verify))
    return RESTAURANT


def paused(site: Site) -> str:
    offer = next(each for each in catalogue().offers if each.scenario == RESTAURANT)
    site.directory.add(merchant(paused=frozenset({offer.id})))
    return RESTAURANT


@pytest.mark.parametrize("change", [before_the_catalogue, stopped, paused])
def test_where_nothing_is_on_offer_nobody_is_recognised_in_practice_either(
    change: Callable[[Site], str],
) -> None:
    site = Site()
    scenario = change(site)

    assert practise(site, "recognised", scenario)["outcome"] == "no_benefit"


def test_a_venue_without_the_scenario_grants_nothing_in_practice_either() -> None:
    site = Site()

    assert practise(site, "recognised", RESTAURANT, venue="hall")["outcome"] == "no_benefit"
    assert practise(site, "recognised", HOTEL, venue="hall")["outcome"] == "recognised"


@pytest.mark.parametrize(
    "body",
    [
        {"want": "recognised"},
        {"want": "granted", "scenario": RESTAURANT},
        {"want": "recognised", "scenario": "no.such"},
        {"want": "recognised", "scenario": RESTAURANT, "code": "CC1:X"},
    ],
)
def test_a_malformed_wish_is_refused(body: dict[str, str]) -> None:
    site = Site()

    answer = site.client.post(URL, json=body, headers=site.as_merchant())

    assert (answer.status_code, answer.get_json(force=True)["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_every_answer_in_words_and_that_none_is_real(
    people: PeopleSite, lang: str
) -> None:
    people.enrol()

    shown = unescape(people.get(f"/merchant/practice?lang={lang}").get_data(as_text=True))

    for wanted in Wanted:
        assert f'data-wanted="{wanted}"' in shown
    assert ("都不是真的" if lang == "zh" else "nothing that you see is real") in shown
    assert ("请当面核对证件姓氏" if lang == "zh" else "check ID surname") in shown
    assert "<button" not in shown.partition("<main")[2].partition("</main>")[0]


def test_the_page_of_a_device_without_offers_shows_the_rest(people: PeopleSite) -> None:
    everything = [
        Stop(target=offer_target(each.id), reason="x", by="console:x", at=NOON)
        for each in catalogue().offers
    ]
    order = NOTHING_STOPPED
    for stop in everything:
        order = order.with_stop(stop)
    people.gateway = replace(people.gateway, verify=replace(people.gateway.verify, stops=order))
    people.client = people.browser()
    people.enrol()

    shown = people.get("/merchant/practice").get_data(as_text=True)

    assert 'data-wanted="undetermined"' in shown
    assert 'data-wanted="recognised"' not in shown
