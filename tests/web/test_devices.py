"""The owner's device, the PIN of a device, pauses, and a device that has ended."""

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient

from gateway.ids import MerchantId, Timestamp
from gateway.services.devices import Device, DeviceAccess
from gateway.services.rates import Rate, RateLimits
from gateway.services.staff import StaffRole
from gateway.storage.buckets import MemoryBuckets
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF, RATES
from tests.world import NOON, catalogue

OWN = ("/merchant/devices", "/merchant/offers")


def devices(people: PeopleSite) -> tuple[Device, ...]:
    return people.store.devices.list_of(MerchantId("m-1"))


def link_in(shown: str) -> str:
    found = re.search(r"/merchant/enrol#([A-Za-z0-9_-]{43})", unescape(shown))
    assert found is not None
    return found[1]


def other_of(people: PeopleSite) -> tuple[FlaskClient, Device]:
    """Let the owner enrol another phone."""
    shown = people.post("/merchant/devices/link", {"label": "front desk", "venue": "hall"})
    other = people.browser()
    people.post("/merchant/enrol", {"link": link_in(shown.get_data(as_text=True))}, other)
    (found,) = (each for each in devices(people) if not each.owner)
    return other, found


def test_an_owner_enrols_another_phone_and_ends_it(people: PeopleSite) -> None:
    people.enrol(owner=True)

    other, device = other_of(people)

    assert (device.label, device.venue, device.owner) == ("front desk", "hall", False)
    assert "front desk" in people.get("/merchant/devices").get_data(as_text=True)
    assert people.get("/merchant", other).status_code == 200
    people.post("/merchant/devices/revoke", {"device": device.id})
    (owner,) = devices(people)
    made, ended = people.store.ledger.latest(3)[2], people.store.ledger.latest(1)[0]
    assert (made.act, ended.act) == ("device.link_made", "device.revoked")
    assert ended.details is not None
    assert ended.details.actor == f"device:{owner.id}"


def test_an_owner_cannot_end_this_very_phone_or_another_merchants(people: PeopleSite) -> None:
    people.enrol(owner=True)
    (own,) = devices(people)

    for device in (own.id, "0f3a5c7e9b1d"):
        answer = people.post("/merchant/devices/revoke", {"device": device})
        assert answer.status_code == 409
        assert "没有这台设备" in answer.get_data(as_text=True)
        assert people.post("/merchant/devices/pin", {"device": "x"}).status_code == 409

    assert devices(people) == (own,)


def test_any_other_device_decides_nothing(people: PeopleSite) -> None:
    people.enrol()

    for page in OWN:
        assert people.get(page).status_code == 403
    assert people.post("/merchant/devices/link", {"label": "x"}).status_code == 403
    shown = people.get("/merchant/settings").get_data(as_text=True)
    assert "/merchant/devices" not in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"label": ""},
        {"label": "x", "venue": "moon"},
        {"label": "x", "pin": "12"},
        {"label": "王 13800000000"},
    ],
)
def test_what_cannot_be_enrolled_is_refused_in_words(
    people: PeopleSite, fields: dict[str, str]
) -> None:
    people.enrol(owner=True)

    answer = people.post("/merchant/devices/link", fields)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_an_offer_is_paused_resumed_and_seen_by_the_office(people: PeopleSite) -> None:
    people.enrol(owner=True)
    offer = next(each for each in catalogue().offers if each.scenario == "lodging.hotel")

    people.post("/merchant/offers/pause", {"offer": offer.id})

    assert "本店已暂停" in people.get("/merchant/offers").get_data(as_text=True)
    people.hire(StaffRole.COUNTY)
    people.enter()
    assert offer.told.zh in unescape(people.get("/staff/merchants/m-1").get_data(as_text=True))
    people.post("/merchant/offers/resume", {"offer": offer.id})
    assert "本店已暂停" not in people.get("/merchant/offers").get_data(as_text=True)
    answer = people.post("/merchant/offers/resume", {"offer": offer.id})
    assert (answer.status_code, "没有这项优惠" in answer.get_data(as_text=True)) == (409, True)


@pytest.mark.parametrize("act", ["pause", "resume"])
@pytest.mark.parametrize("offer", ["", "no-offer", "x" * 600, "\0"])
def test_an_offer_that_nobody_has_is_refused_in_words_whatever_is_typed(
    people: PeopleSite, act: str, offer: str
) -> None:
    people.enrol(owner=True)
    before = people.store.ledger.latest(1)

    answer = people.post(f"/merchant/offers/{act}", {"offer": offer})

    assert (answer.status_code, "没有这项优惠" in answer.get_data(as_text=True)) == (409, True)
    assert people.store.ledger.latest(1) == before


def test_with_a_pin_the_settings_are_locked_until_it_is_given(people: PeopleSite) -> None:
    people.enrol(owner=True)
    before = people.get("/merchant").get_data(as_text=True)
    answer = people.post("/merchant/pin", {"pin": "1357"})
    assert answer.headers["Location"] == "/merchant"
    shown = people.get("/merchant").get_data(as_text=True)

    for page in ("/merchant/settings", *OWN):
        assert people.get(page).headers["Location"] == "/merchant/unlock"
    for act in ("/merchant/leave", "/merchant/pin", "/merchant/devices/link"):
        assert people.post(act, {"label": "x"}).headers["Location"] == "/merchant/unlock"
    assert 'href="/merchant/settings"' in before
    assert 'href="/merchant/settings"' not in shown
    assert "<footer>" not in shown
    assert 'href="/"' not in shown
    assert "/merchant/practice" not in shown
    assert len(devices(people)) == 1

    wrong = people.post("/merchant/unlock", {"pin": "1358"})
    assert (wrong.status_code, "密码不对" in wrong.get_data(as_text=True)) == (403, True)
    assert people.post("/merchant/unlock", {"pin": "1357"}).headers["Location"] == (
        "/merchant/settings"
    )
    assert people.get("/merchant/devices").status_code == 200
    # Going back to verifying locks it again.
    people.get("/merchant")
    assert people.get("/merchant/devices").headers["Location"] == "/merchant/unlock"


def test_settings_that_were_opened_lock_again_after_ten_minutes(people: PeopleSite) -> None:
    people.enrol()
    people.post("/merchant/pin", {"pin": "1357"})
    people.post("/merchant/unlock", {"pin": "1357"})
    clock = people.site.clock
    opened = clock.time

    clock.time = after(opened, 599)
    assert people.get("/merchant/settings").status_code == 200
    clock.time = after(opened, 600)
    assert people.get("/merchant/settings").headers["Location"] == "/merchant/unlock"


def after(moment: int, seconds: int) -> Timestamp:
    return Timestamp(moment + seconds)


def test_a_cookie_that_nobody_of_ours_made_opens_no_lock(people: PeopleSite) -> None:
    people.enrol()
    people.post("/merchant/pin", {"pin": "1357"})

    for value in ("", "9999999999", "9999999999.", "x.y", "9999999999." + "0" * 64, "é.é"):
        people.client.set_cookie(
            "__Host-unlocked", value, domain=LEAF.removeprefix("https://"), secure=True
        )
        assert people.get("/merchant/settings").headers["Location"] == "/merchant/unlock"


def test_a_forgotten_pin_is_taken_away_by_the_owner_or_the_office(people: PeopleSite) -> None:
    people.enrol(owner=True)
    other, device = other_of(people)
    people.post("/merchant/pin", {"pin": "1357"}, other)

    people.post("/merchant/devices/pin", {"device": device.id, "pin": "2468"})
    assert people.post("/merchant/unlock", {"pin": "1357"}, other).status_code == 403
    assert people.post("/merchant/unlock", {"pin": "2468"}, other).status_code == 303
    people.hire(StaffRole.COUNTY)
    people.enter()
    assert people.post("/staff/merchants/m-1/clear-pin", {"device": device.id}).status_code == 303
    assert people.post("/staff/merchants/m-1/clear-pin", {"device": "x"}).status_code == 404
    assert people.get("/merchant/settings", other).status_code == 200
    people.post("/merchant/devices/pin", {"device": device.id, "pin": ""})
    assert [each.pin_hash for each in devices(people)] == [None, None]


def test_a_token_of_a_form_never_opens_a_lock_even_for_who_has_the_database(
    people: PeopleSite,
) -> None:
    people.enrol()
    people.post("/merchant/pin", {"pin": "1357"})
    (device,) = devices(people)
    until = NOON + 600
    domain = LEAF.removeprefix("https://")
    said = f"credit-code unlock\n{device.id}\n{device.pin_hash}\n{until}"

    people.client.set_cookie("__Host-visit", said, domain=domain, secure=True)
    code = people.form_token()
    people.client.set_cookie("__Host-unlocked", f"{until}.{code}", domain=domain, secure=True)

    assert people.get("/merchant/settings").headers["Location"] == "/merchant/unlock"


def test_wrong_pins_are_slowed_and_another_phone_is_not(people: PeopleSite) -> None:
    limits = RateLimits(rates=RATES, buckets=MemoryBuckets(), key=bytes(32))
    people.gateway = replace(people.gateway, limits=limits)
    first, second = people.browser(), people.browser()
    for phone in (first, second):
        people.enrol(phone)
        people.post("/merchant/pin", {"pin": "1357"}, phone)

    tried = [people.post("/merchant/unlock", {"pin": "0000"}, first) for _ in range(6)]

    assert [each.status_code for each in tried] == [403] * 5 + [429]
    assert people.post("/merchant/unlock", {"pin": "1357"}, second).status_code == 303


def test_what_one_phone_changes_has_a_bound_and_another_phone_is_not_slowed(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.services.rates.CHANGES", Rate(count=3, period_s=3600))
    buckets = MemoryBuckets(now_s=lambda: 0.0)
    limits = RateLimits(rates=RATES, buckets=buckets, key=bytes(32))
    people.gateway = replace(people.gateway, limits=limits)
    first, second = people.browser(), people.browser()
    for phone in (first, second):
        people.enrol(phone, owner=True)
    acts = [
        ("/merchant/devices/link", {"label": "a", "pin": "12"}),
        ("/merchant/offers/pause", {"offer": "x"}),
        ("/merchant/pin", {"clear": "yes"}),
        ("/merchant/devices/link", {"label": "b", "pin": "1234"}),
        ("/merchant/devices/revoke", {"device": "x"}),
    ]

    answers = [people.post(path, fields, first).status_code for path, fields in acts]

    assert answers == [409, 409, 303, 429, 429]
    assert people.post("/merchant/pin", {"clear": "yes"}, second).status_code == 303


def test_a_device_leaves_and_says_so(people: PeopleSite) -> None:
    people.enrol()

    answer = people.post("/merchant/leave")

    assert "本机已停用" in answer.get_data(as_text=True)
    assert devices(people) == ()
    assert people.get("/merchant").headers["Location"] == "/merchant/enrol"
    assert "本机已停用" not in people.get("/merchant/enrol").get_data(as_text=True)


def test_a_device_that_was_ended_is_told_so_calmly(people: PeopleSite) -> None:
    people.enrol()
    (device,) = devices(people)
    people.enrol_devices.revoke(device.id, ACTING)
    people.gateway = replace(people.gateway, devices=fresh_access(people))
    browser = people.browser()
    kept = people.client.get_cookie("__Host-device", domain=LEAF.removeprefix("https://"))
    assert kept is not None
    browser.set_cookie(kept.key, kept.value, domain=LEAF.removeprefix("https://"), secure=True)

    assert people.get("/merchant", browser).headers["Location"] == "/merchant/enrol"
    assert "本机已停用或已到期" in people.get("/merchant/enrol", browser).get_data(as_text=True)


def test_secrets_of_devices_cannot_be_tried_out_at_the_page_that_enrols(
    people: PeopleSite,
) -> None:
    limits = RateLimits(
        rates=replace(RATES, bad_token=Rate(count=3, period_s=60)),
        buckets=MemoryBuckets(now_s=lambda: 0.0),
        key=bytes(32),
    )
    people.gateway = replace(people.gateway, limits=limits)
    browser = people.browser()
    tried = list[int]()
    for number in range(5):
        secret = str(number) * 43
        browser.set_cookie(
            "__Host-device", secret, domain=LEAF.removeprefix("https://"), secure=True
        )
        tried.append(people.get("/merchant/enrol", browser).status_code)

    assert tried == [200, 200, 200, 429, 429]


def fresh_access(people: PeopleSite) -> DeviceAccess:
    return DeviceAccess(people.store.devices, people.store.merchants)


def test_the_office_makes_the_first_device_the_owners(people: PeopleSite) -> None:
    people.hire(StaffRole.COUNTY)
    people.enter()
    page = "/staff/merchants/m-1"
    assert 'name="owner" value="yes" checked' in people.get(page).get_data(as_text=True)

    shown = people.post(f"{page}/link", {"label": "owner", "owner": "yes"})
    people.post("/merchant/enrol", {"link": link_in(shown.get_data(as_text=True))})

    (device,) = devices(people)
    assert device.owner
    assert 'name="owner" value="yes" checked' not in people.get(page).get_data(as_text=True)
    refused = people.post(f"{page}/link", {"label": "x", "owner": "yes", "venue": "hall"})
    assert refused.status_code == 409


def test_the_self_check_may_use_the_camera_and_shows_its_card(people: PeopleSite) -> None:
    people.enrol()

    answer = people.get("/merchant/check")

    assert answer.status_code == 200
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert answer.get_data(as_text=True).count('data-text="CC-CARD:') == 3


def test_the_owner_has_the_tables_of_six_months(people: PeopleSite) -> None:
    people.enrol(owner=True)

    shown = people.get("/merchant/settings").get_data(as_text=True)

    months = re.findall(r"/api/v1/settlement/([0-9]{4}-[0-9]{2})\.csv", shown)
    assert months == ["2027-01", "2026-12", "2026-11", "2026-10", "2026-09", "2026-08"]
