"""Who asks too often is told when to come again; nobody else notices."""

import re
from dataclasses import replace
from typing import Literal

import argon2
import pytest
from pyotp.totp import TOTP
from werkzeug.test import TestResponse

from gateway.ids import MerchantId, Timestamp
from gateway.services.audit import Acting
from gateway.services.rates import Rate, RateLimits, Rates
from gateway.services.staff import StaffRole
from gateway.storage.buckets import MemoryBuckets
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF, RATES, Site
from tests.world import JINHUA, NOON, RESTAURANT, merchant

URL = "/api/v1/verifications"
THREE, TEN = Rate(count=3, period_s=60), Rate(count=10, period_s=60)
ATTACKER, OWNER = "203.0.113.66", "198.51.100.7"
PASSWORD = "correct horse battery"


def limits_of(rates: Rates) -> RateLimits:
    """Return limits with a clock that stands still."""
    return RateLimits(rates=rates, buckets=MemoryBuckets(now_s=lambda: 0.0), key=bytes(32))


def few() -> RateLimits:
    """Return limits that a test reaches soon."""
    return limits_of(
        replace(RATES, merchant=TEN, device=THREE, citizen=THREE, address=THREE, bad_token=THREE)
    )


@pytest.fixture
def site() -> Site:
    made = Site()
    made.gateway = replace(made.gateway, limits=few(), trusted_proxies=1)
    made.client = made.client_of(made.gateway)
    return made


@pytest.fixture
def limited(people: PeopleSite) -> PeopleSite:
    people.gateway = replace(people.gateway, limits=few(), trusted_proxies=1)
    people.client = people.browser()
    return people


def show(site: Site, token: str | None = None, address: str = OWNER) -> TestResponse:
    headers = {"Authorization": f"Bearer {token or site.merchant_token}"}
    body = {"code": JINHUA.show(), "scenario": RESTAURANT}
    return site.client.post(URL, json=body, headers=headers | {"X-Forwarded-For": address})


def another_merchant(site: Site) -> str:
    site.directory.add(merchant(id=MerchantId("m-2")))
    return site.gateway.merchants.issue(MerchantId("m-2"), Acting(by="console:tester", at=NOON))


# --- the API


def test_a_merchant_without_end_is_told_to_wait_and_another_goes_on() -> None:
    site = Site()
    site.gateway = replace(site.gateway, limits=few())
    site.client = site.client_of(site.gateway)
    other = another_merchant(site)

    statuses = [show(site).status_code for _ in range(12)]
    refused = show(site)

    assert statuses == [200] * 10 + [429] * 2
    assert refused.headers["Retry-After"] == "6"
    assert refused.content_type == "application/problem+json"
    assert refused.get_json() == {
        "type": "urn:credit-code:problem:rate_limited",
        "title": "Too many requests; ask again later",
        "status": 429,
        "code": "rate_limited",
    }
    assert show(site, other).status_code == 200


def test_a_showing_that_is_refused_burns_no_code(site: Site) -> None:
    for _ in range(10):
        show(site)
    body = {"code": JINHUA.show(), "scenario": RESTAURANT}
    refused = site.client.post(URL, json=body, headers=site.as_merchant())

    other = {"Authorization": f"Bearer {another_merchant(site)}"}
    answer = site.client.post(URL, json=body, headers=other)

    assert refused.status_code == 429
    assert answer.get_json()["outcome"] == "recognised"


def test_a_citizen_gets_no_codes_without_end(site: Site) -> None:
    answers = [
        site.client.post("/api/v1/codes", json={"kind": "general"}, headers=site.as_citizen())
        for _ in range(4)
    ]

    assert [each.status_code for each in answers[:3]] == [200] * 3
    assert (answers[3].status_code, answers[3].headers["Retry-After"]) == (429, "20")
    assert len(site.issuance.rows) <= 3


GUESSES = ["ccm_" + "A" * 43, "ccc_" + "A" * 43, "nonsense"]


def test_who_guesses_tokens_is_stopped_and_a_till_at_the_same_address_is_not(site: Site) -> None:
    guessed = [show(site, guess, ATTACKER).status_code for guess in GUESSES * 3]

    assert guessed == [401] * 3 + [429] * 6
    assert show(site, address=ATTACKER).status_code == 200
    assert show(site, GUESSES[0], OWNER).status_code == 401


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_forged_x_forwarded_for_gives_nobody_a_fresh_bucket(site: Site, proxies: int) -> None:
    site.client = site.client_of(replace(site.gateway, trusted_proxies=proxies))
    # What our own proxies append: the attacker's address, and the outer proxy's.
    appended = ["", f", {ATTACKER}", f", {ATTACKER}, 10.0.0.1"][proxies]

    guessed = [
        show(site, GUESSES[0], f"10.9.8.{number}{appended}").status_code for number in range(6)
    ]

    assert guessed == [401] * 3 + [429] * 3


# --- pages


@pytest.mark.parametrize(("lang", "said"), [("zh", "操作太频繁"), ("en", "Too many requests")])
def test_a_person_sees_a_page_and_no_json(limited: PeopleSite, lang: str, said: str) -> None:
    for _ in range(3):
        limited.get("/sign-in")

    answer = limited.client.get("/sign-in", base_url=LEAF, headers={"Accept-Language": lang})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "20")
    assert said in answer.text
    assert answer.mimetype == "text/html"


DOORS = {
    "citizens' sign-in": ("GET", "/sign-in"),
    "its way back": ("GET", "/sign-in/callback"),
    "enrolment of a device": ("POST", "/merchant/enrol"),
    "the staff provider": ("GET", "/staff/sign-in/provider"),
    "its way back to staff": ("GET", "/staff/sign-in/callback"),
    "enrolment of staff": ("GET", "/staff/enrol"),
    "its form": ("POST", "/staff/enrol"),
}


@pytest.mark.parametrize("what", DOORS)
def test_a_door_that_knows_nobody_yet_counts_addresses(limited: PeopleSite, what: str) -> None:
    method, path = DOORS[what]

    def knock(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return limited.client.open(path, method=method, base_url=LEAF, headers=headers).status_code

    assert [knock(ATTACKER) == 429 for _ in range(5)] == [False] * 3 + [True] * 2
    assert knock(OWNER) != 429


def test_a_phone_of_a_merchant_is_counted_for_itself(limited: PeopleSite) -> None:
    other = limited.browser()
    limited.enrol()
    limited.enrol(other)
    fields = {"code": "nonsense", "scenario": "lodging.hotel"}

    statuses = [limited.post("/merchant", fields).status_code for _ in range(4)]

    assert statuses == [200] * 3 + [429]
    assert limited.post("/merchant", fields, other).status_code == 200


# --- signing in of staff


class CountingHasher(argon2.PasswordHasher):
    """Counts how often a password is looked at."""

    looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  argon2's
        self.looked += 1
        return super().verify(hash, password)


def counted(people: PeopleSite) -> CountingHasher:
    """Let the office look at passwords with a hasher that counts, behind one proxy."""
    office, hasher = people.gateway.office, CountingHasher(1, 8, 1)
    assert office is not None
    office = replace(office, access=replace(office.access, hasher=hasher))
    people.gateway = replace(
        people.gateway, office=office, limits=limits_of(RATES), trusted_proxies=1
    )
    people.client = people.browser()
    return hasher


def credentials_of(people: PeopleSite, account: str) -> str:
    """Set password and second factor of an account; return the code of the next half minute."""
    people.hire(StaffRole.OPERATOR, account=account)
    link, _ = people.staff.link(account, ACTING)
    page = people.get("/staff/enrol").text
    factor, secret = (
        re.search(r'name="factor" value="([^"]+)"', page),
        re.search(r"<pre>([A-Z2-7]{32})</pre>", page),
    )
    assert factor is not None
    assert secret is not None
    code = str(TOTP(secret[1]).generate_otp(NOON // 30))
    fields = {"link": link, "factor": factor[1], "password": PASSWORD, "code": code}
    assert people.post("/staff/enrol", fields).status_code == 303
    return str(TOTP(secret[1]).generate_otp(NOON // 30 + 1))


class Person:
    """Somebody at a browser and an address, before the office's form."""

    def __init__(self, people: PeopleSite, address: str) -> None:
        self._client, self._address = people.browser(), address
        self._token = people.form_token(self._client)

    def sign_in(self, account: str, password: str, code: str = "000000") -> TestResponse:
        fields = {"account": account, "password": password, "code": code}
        return self._client.post(
            "/staff/sign-in",
            data=fields | {"form_token": self._token},
            base_url=LEAF,
            headers={"X-Forwarded-For": self._address},
        )


def test_a_thousand_wrong_passwords_are_stopped_and_the_owner_elsewhere_gets_in(
    people: PeopleSite,
) -> None:
    hasher = counted(people)
    code = credentials_of(people, "lin")
    attacker, owner = Person(people, ATTACKER), Person(people, OWNER)

    statuses = [attacker.sign_in("lin", f"guess {n}").status_code for n in range(1000)]
    looked = hasher.looked
    people.site.clock.time = Timestamp(NOON + 30)
    inside = owner.sign_in("lin", PASSWORD, code)

    assert statuses[:10] == [422] * 10
    assert set(statuses[10:]) == {429}
    assert looked == 10
    assert inside.headers["Location"] == "/staff"


def test_a_thousand_accounts_from_one_address_are_stopped_as_well(people: PeopleSite) -> None:
    hasher = counted(people)
    attacker = Person(people, ATTACKER)

    answers = [attacker.sign_in(f"account-{n}", "guess") for n in range(200)]

    assert [each.status_code for each in answers] == [422] * 60 + [429] * 140
    assert hasher.looked == 60
    assert answers[-1].headers["Retry-After"] == "15"
    assert "操作太频繁" in answers[-1].text
