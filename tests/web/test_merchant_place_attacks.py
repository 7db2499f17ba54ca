"""Attacks on venues and scenarios of a merchant: at the office's forms, and at what was closed."""

from base64 import b64encode
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.ids import MerchantId, VenueId
from gateway.services.staff import StaffRole
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF
from tests.web.test_merchant_places import (
    PAGE,
    RIVER,
    close_east,
    lin,
    phone_of,
    river,
    scan,
)
from tests.web.test_staff_merchants import upload as table_sent
from tests.world import HOTEL, JINHUA, NOON, RESTAURANT

__all__ = ["lin"]

EAST = VenueId("east")
BATCH = "/api/v1/verifications/batch"


def till_of(lin: PeopleSite, venue: str | None, asked: str = "") -> dict[str, str]:
    """Return the header of a till that has just got a token."""
    place = None if venue is None else VenueId(venue)
    till, secret = lin.register_tills.add(MerchantId("river"), "till", None, place, None, ACTING)
    assert secret is not None
    form = {"grant_type": "client_credentials", "scope": asked}
    given = lin.client.post("/oauth2/token", data=form, auth=(till.id, secret))
    return {"Authorization": f"Bearer {given.get_json()['access_token']}"}


def told(lin: PeopleSite, path: str, headers: dict[str, str], **body: object) -> dict[str, Any]:
    answer: dict[str, Any] = lin.client.post(path, json=body, headers=headers).get_json()
    return answer


def uploaded(lin: PeopleSite, headers: dict[str, str], *items: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(lin, BATCH, headers, items=items)["results"]
    return found


def upload(phone: FlaskClient, token: str, *items: object) -> bytes:
    headers = {"X-Form-Token": token}
    return phone.post(BATCH, json={"items": items}, headers=headers, base_url=LEAF).get_data()


def scanned(request_id: str) -> dict[str, object]:
    return {
        "code": JINHUA.show(),
        "scenario": HOTEL,
        "venue": EAST,
        "request_id": request_id,
        "scanned_at": NOON,
    }


ODD: dict[str, dict[str, str]] = {
    "a name that turns its direction": {"venue": "x", "name": "南楼\u202eloohcs"},
    "a name with an isolate": {"venue": "x", "name": "\u2067南楼\u2069"},
    "a name of two lines": {"venue": "x", "name": "南楼\n已关闭"},
    "a name that nobody sees": {"venue": "x", "name": "\u200b\u200b"},
    "a name without end": {"venue": "x", "name": "楼" * 65},
    "no name": {"venue": "x", "name": ""},
    "an id that leads elsewhere": {"venue": "../m-1", "name": "南楼"},
    "an id that looks like another": {"venue": "w\u0435st", "name": "南楼"},
    "an id without end": {"venue": "x" * 65, "name": "南楼"},
    "an id that breaks a scope": {"venue": "x venue:west", "name": "南楼"},
    "the id of a closed venue under a name that only looks the same": {
        "venue": "east",
        "name": "东搂",
    },
    "a scenario that the merchant has not": {"venue": "x", "name": "南楼", "scenario": RESTAURANT},
    "a scenario without end": {"venue": "x", "name": "南楼", "scenario": f"{HOTEL}.{'x' * 99}"},
}


@pytest.mark.parametrize("case", ODD)
def test_a_venue_whose_name_or_id_deceives_is_not_added(lin: PeopleSite, case: str) -> None:
    close_east(lin)
    before, entries = river(lin), len(tuple(lin.store.ledger.read()))

    answer = lin.post(f"{PAGE}/venues", ODD[case])

    assert answer.status_code == 409
    assert river(lin) == before
    assert len(tuple(lin.store.ledger.read())) == entries


def test_the_venue_of_another_merchant_is_not_closed_from_ones_own_page(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", RIVER | {"id": "lake", "venues": "a A\nb B"})

    answer = lin.post("/staff/merchants/lake/venues/close", {"venue": "east"})

    assert answer.status_code == 409
    assert river(lin).is_open(EAST)


@pytest.mark.parametrize("role", [StaffRole.APPROVER, StaffRole.AUDITOR])
def test_who_is_not_at_the_desk_closes_and_opens_nothing(lin: PeopleSite, role: StaffRole) -> None:
    lin.hire(role, account="wu")
    wu, before = lin.browser(), river(lin)
    lin.enter("wu", wu)

    for path in ("venues", "venues/close", "scenarios", "scenarios/end"):
        assert lin.post(f"{PAGE}/{path}", {"venue": "east"}, wu).status_code == 403
    assert river(lin) == before


def test_no_door_shows_green_for_a_closed_venue(lin: PeopleSite) -> None:
    phone = phone_of(lin, "east")
    tills = [till_of(lin, "east"), till_of(lin, None, "venue:east"), till_of(lin, None)]
    close_east(lin)

    said = [
        told(lin, "/api/v1/verifications", each, code=JINHUA.show(), scenario=HOTEL, venue=EAST)
        for each in tills
    ]
    later = [uploaded(lin, each, scanned(f"r-{n}"))[0] for n, each in enumerate(tills)]
    trial = [
        told(
            lin,
            "/api/v1/verifications/practice",
            each,
            want="recognised",
            scenario=HOTEL,
            venue=EAST,
        )
        for each in tills
    ]

    assert {each["outcome"] for each in (*said, *later, *trial)} == {"no_benefit"}
    assert 'class="granted"' not in scan(lin, phone).text
    assert lin.site.desk.log.records == {}


def test_a_till_of_a_closed_venue_does_not_leave_its_venue_out_to_get_more(
    lin: PeopleSite,
) -> None:
    bound, chosen = till_of(lin, "east"), till_of(lin, None, "venue:east")
    close_east(lin)

    for each in (bound, chosen):
        for venue in ({}, {"venue": "west"}):
            body = {"code": JINHUA.show(), "scenario": HOTEL} | venue
            assert told(lin, "/api/v1/verifications", each, **body)["outcome"] == "no_benefit"


def test_an_upload_is_answered_alike_before_and_after_its_venue_closed(lin: PeopleSite) -> None:
    phone = phone_of(lin, "east")
    token, first, second = lin.form_token(phone), scanned("r-1"), scanned("r-2")
    before = upload(phone, token, first)
    close_east(lin)
    # So far it may still have been remembered.
    lin.get("/merchant", phone)

    again, late = upload(phone, token, first), upload(phone, token, second)

    assert again == before
    assert b'"recognised"' in before
    assert b'"no_benefit"' in late
    assert len(lin.site.desk.log.records) == 1


def test_a_link_that_was_made_before_a_venue_closed_opens_nothing_afterwards(
    lin: PeopleSite,
) -> None:
    secret, _ = lin.enrol_devices.link(MerchantId("river"), EAST, "phone", ACTING)
    close_east(lin)
    phone = lin.browser()

    lin.post("/merchant/enrol", {"link": secret}, phone)

    assert 'class="granted"' not in scan(lin, phone).text
    assert "网点已关闭或场景已停" in lin.get(PAGE).text


def test_a_table_of_merchants_opens_no_closed_venue(lin: PeopleSite) -> None:
    close_east(lin)
    table = f"编号,名称,场景,网点\nriver,江滨酒店,{HOTEL},west 西楼;east 东楼\n"

    shown = table_sent(lin, table.encode())
    fields = {"encoding": "utf-8", "content": b64encode(table.encode()).decode()}
    whole = lin.post("/staff/merchants/import/confirm", fields)
    lin.post("/staff/merchants/import/confirm", fields | {"skip": "yes"})

    assert "/staff/merchants/import/confirm" not in shown.text
    assert whole.status_code == 409
    assert not river(lin).is_open(EAST)
