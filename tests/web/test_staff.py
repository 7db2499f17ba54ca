"""The office's pages: signing in, four eyes, partners, merchants, devices and the ledger."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from pyotp.totp import TOTP
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.ids import EntityId, Timestamp
from gateway.jose.keys import generate
from gateway.policy.working_days import WorkingDays
from gateway.services.acts import RESUME_PARTNER
from gateway.services.audit import Acting
from gateway.services.proposal_ports import UNDER_WAY_S, Proposal, ProposalState
from gateway.services.staff import StaffRole
from gateway.storage.errors import DatabaseUnavailableError
from gateway.trust.reminders import DatedFact, What
from gateway.trust.states import PartnerState
from tests.web.people_site import ACTING, ISSUER, PeopleSite, Provider
from tests.web.site import LEAF, Site
from tests.world import DAY, NOON

PASSWORD = "correct horse battery"
OPERATOR, APPROVER, AUDITOR, COUNTY = (
    *(StaffRole.OPERATOR, StaffRole.APPROVER),
    *(StaffRole.AUDITOR, StaffRole.COUNTY),
)
JINHUA = "/staff/partners/jinhua"


@pytest.fixture
def lin(people: PeopleSite) -> PeopleSite:
    """Return the site with an operator signed in."""
    people.hire(OPERATOR)
    people.enter()
    return people


def colleague(people: PeopleSite, account: str, *roles: StaffRole) -> FlaskClient:
    people.hire(*roles, account=account)
    browser = people.browser()
    people.enter(account, browser)
    return browser


def acts(people: PeopleSite) -> list[str]:
    return [entry.act for entry in people.store.ledger.read()]


def hidden(page: TestResponse, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page.text)


def test_a_year_without_holidays_is_said_on_the_first_page(lin: PeopleSite) -> None:
    words = "放假安排尚未录入"
    assert words not in lin.get("/staff").text
    office = lin.gateway.office
    assert office is not None
    lin.gateway = replace(lin.gateway, office=replace(office, working_days=WorkingDays()))

    browser = lin.browser()
    lin.enter("lin", browser)

    assert words in lin.get("/staff", browser).text


# --- signing in


def enrol(people: PeopleSite, account: str = "lin", *, code: str | None = None) -> TestResponse:
    link, _ = people.staff.link(account, ACTING)
    page = people.get("/staff/enrol")
    (factor,) = hidden(page, "factor")
    secret = re.search(r"<pre>([A-Z2-7]{32})</pre>", page.text)
    assert secret is not None
    right = TOTP(secret[1]).generate_otp(NOON // 30)
    fields = {"link": link, "factor": factor, "password": PASSWORD, "code": code or str(right)}
    return people.post("/staff/enrol", fields)


def enrolment(people: PeopleSite, factor: str, link: str) -> TestResponse:
    fields = {"link": link, "factor": factor, "password": PASSWORD, "code": "000000"}
    return people.post("/staff/enrol", fields)


def test_a_colleague_sets_a_password_and_a_second_factor_and_signs_in(people: PeopleSite) -> None:
    people.hire(OPERATOR)

    answer = enrol(people)

    assert answer.headers["Location"] == "/staff/sign-in"
    assert "staff.credentials_set" in acts(people)


def test_a_wrong_code_while_enrolling_shows_the_same_factor_again(people: PeopleSite) -> None:
    people.hire(OPERATOR)

    answer = enrol(people, code="000000")

    assert answer.status_code == 409
    assert "动态码不对" in answer.text


def test_an_enrolment_with_a_factor_of_another_key_is_refused(people: PeopleSite) -> None:
    people.hire(OPERATOR)
    link, _ = people.staff.link("lin", ACTING)

    answer = enrolment(people, "AAAA", link)

    assert answer.status_code == 409
    assert "这个页面已过期" in answer.text


@pytest.mark.parametrize("link", ["", "A" * 43])
def test_whoever_reads_the_database_gets_no_second_factor_shown(
    people: PeopleSite, link: str
) -> None:
    people.hire(OPERATOR)
    enrol(people)
    stored = people.store.staff_access.credentials("lin")
    assert stored is not None

    answer = enrolment(people, base64.urlsafe_b64encode(stored.sealed_totp).decode(), link)

    assert answer.status_code == 409
    assert "这个页面已过期" in answer.text


def test_a_factor_is_shown_again_with_a_good_link_only(people: PeopleSite) -> None:
    people.hire(OPERATOR)
    link, _ = people.staff.link("lin", ACTING)
    (factor,) = hidden(people.get("/staff/enrol"), "factor")

    assert hidden(enrolment(people, factor, link), "factor") == [factor]
    assert hidden(enrolment(people, factor, "A" * 43), "factor") != [factor]


WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "an unknown account": {"account": "nobody", "password": PASSWORD, "code": "000000"},
    "a wrong password": {"account": "lin", "password": "another password", "code": "000000"},
    "an account that cannot be": {"account": "a\0b", "password": PASSWORD, "code": "000000"},
    "a huge field": {"account": "lin" * 2000, "password": PASSWORD, "code": "1"},
}


@pytest.mark.parametrize("what", WRONG)
def test_one_page_answers_every_wrong_sign_in(people: PeopleSite, what: str) -> None:
    people.hire(OPERATOR)
    enrol(people)

    answer = people.post("/staff/sign-in", WRONG[what])

    assert answer.status_code == 422
    assert "账号、密码或动态码不对" in answer.text
    assert "__Host-staff" not in str(answer.headers)
    assert WRONG[what].get("password", PASSWORD) not in answer.text


def test_who_has_no_account_is_not_let_in_by_the_provider(people: PeopleSite) -> None:
    answer = people.enter("stranger")

    assert answer.status_code == 422
    assert people.get("/staff").headers["Location"] == "/staff/sign-in"


def test_an_answer_of_another_browser_signs_nobody_in(people: PeopleSite) -> None:
    people.hire(OPERATOR)
    away = people.get("/staff/sign-in/provider").headers["Location"]
    state = away.partition("state=")[2]

    answer = people.get(
        f"/staff/sign-in/callback?state={state}&code=lin&iss={ISSUER}", people.browser()
    )

    assert answer.status_code == 400


def test_an_attempt_of_a_citizen_is_none_of_staff(people: PeopleSite) -> None:
    """The two ways in have keys of their own."""
    people.hire(OPERATOR)
    state = people.get("/sign-in/provider").headers["Location"].partition("state=")[2]
    cookie = people.client.get_cookie("__Host-attempt", domain="credit.wenzhou.example")
    assert cookie is not None
    people.client.set_cookie(
        "__Host-staff-attempt", cookie.value, domain="credit.wenzhou.example", secure=True
    )

    answer = people.get(f"/staff/sign-in/callback?state={state}&code=lin&iss={ISSUER}")

    assert answer.status_code == 400


def test_a_session_is_a_cookie_for_this_host_and_ends_when_asked(lin: PeopleSite) -> None:
    assert "lin" in lin.get("/staff").text
    cookie = lin.client.get_cookie("__Host-staff", domain="credit.wenzhou.example")
    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "Lax")

    lin.post("/staff/sign-out")

    thief = lin.browser()
    thief.set_cookie("__Host-staff", cookie.value, domain="credit.wenzhou.example", secure=True)
    assert lin.get("/staff", thief).headers["Location"] == "/staff/sign-in"


def by_provider(people: PeopleSite, browser: FlaskClient) -> TestResponse:
    return people.enter("wu", browser)


def by_password(people: PeopleSite, browser: FlaskClient) -> TestResponse:
    office = people.gateway.office
    assert office is not None
    link, _ = people.staff.link("wu", ACTING)
    factor = office.access.new_factor(NOON)
    phone, step = TOTP(factor.secret), NOON // 30
    office.access.enrol(link, PASSWORD, factor, str(phone.generate_otp(step)), NOON)
    code = str(phone.generate_otp(step + 1))
    fields = {"account": "wu", "password": PASSWORD, "code": code}
    return people.post("/staff/sign-in", fields, browser)


WAYS_IN: dict[str, Callable[[PeopleSite, FlaskClient], TestResponse]] = {
    "the provider": by_provider,
    "a password": by_password,
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_on_a_shared_machine_who_signs_in_ends_the_session_and_the_forms_of_who_was_there(
    lin: PeopleSite, way: str
) -> None:
    proposal = proposed(lin)
    lin.hire(APPROVER, account="wu")
    shared = colleague(lin, "zhou", APPROVER)
    before = lin.form_token(shared)
    old = shared.get_cookie("__Host-staff", domain="credit.wenzhou.example")
    assert old is not None

    entered = WAYS_IN[way](lin, shared)
    stale = shared.post(
        f"/staff/proposals/{proposal.id}/approve",
        data={"form_token": before, "digest": proposal.digest},
        base_url=LEAF,
    )

    assert (entered.headers["Location"], stale.status_code) == ("/staff", 403)
    assert "proposal.approved" not in acts(lin)
    assert "wu" in lin.get("/staff", shared).text
    thief = lin.browser()
    thief.set_cookie("__Host-staff", old.value, domain="credit.wenzhou.example", secure=True)
    assert lin.get("/staff", thief).headers["Location"] == "/staff/sign-in"


def test_signing_out_leads_to_the_staff_providers_way_out(lin: PeopleSite) -> None:
    answer = lin.post("/staff/sign-out")

    # A link and a refresh of the page, since `form-action` would stop a redirect.
    assert answer.text.count(f"{ISSUER}/end?client_id=office") == 2
    assert lin.get("/staff").headers["Location"] == "/staff/sign-in"


def test_signing_out_leads_back_where_the_provider_has_no_way_out(
    lin: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Provider, "sign_out_url", lambda _: None)

    assert lin.post("/staff/sign-out").headers["Location"] == "/staff/sign-in"


FORMS = [
    *("/staff/sign-in", "/staff/sign-out", "/staff/enrol", f"{JINHUA}/add", f"{JINHUA}/compare"),
    *(f"{JINHUA}/accept", f"{JINHUA}/suspend", f"{JINHUA}/resume", "/staff/merchants"),
    *("/staff/merchants/m-1/state", "/staff/merchants/m-1/link", "/staff/merchants/m-1/revoke"),
    *("/staff/proposals/0/approve", "/staff/proposals/0/reject", "/staff/accounts/lin/roles"),
    *("/staff/merchants/m-1/tills", "/staff/merchants/m-1/tills/remove", "/staff/audit"),
    "/staff/merchants/m-1/clear-pin",
    *("/staff/stops", "/staff/stops/lift", "/staff/complaints/0/answer"),
    *(f"/staff/objections/0/{act}" for act in ("read", "extend", "answer")),
    *(f"{JINHUA}/block-key", f"{JINHUA}/keys", f"{JINHUA}/pin-new", f"{JINHUA}/probe"),
    *(f"{JINHUA}/remove", "/staff/merchants/m-1/notices/0/answer"),
    *(f"/staff/merchants/m-1/{act}" for act in ("uscc", "commitment", "starter")),
    *(f"/staff/merchants/m-1/{act}" for act in ("venues", "venues/close")),
    *(f"/staff/merchants/m-1/{act}" for act in ("scenarios", "scenarios/end")),
    *("/staff/merchants/import", "/staff/merchants/import/confirm"),
    "/staff/sheets",
    "/staff/sheets/revoke",
]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_another_page_sends_does_nothing(people: PeopleSite, path: str) -> None:
    people.hire(*StaffRole)
    people.enter()
    people.get("/staff/merchants")
    before = acts(people)

    forged = [
        people.client.post(path, base_url=LEAF),
        people.client.post(path, base_url=LEAF, data={"form_token": "0" * 64}),
        people.client.post(
            path,
            base_url=LEAF,
            data={"form_token": people.form_token()},
            headers={"Origin": "https://evil.example"},
        ),
    ]

    assert [answer.status_code for answer in forged] == [403, 403, 403]
    assert acts(people) == before
    assert people.get("/staff").status_code == 200


def test_every_form_of_the_office_is_in_the_list(people: PeopleSite) -> None:
    rules = {
        re.sub(r"<[a-z_]+>", "*", rule.rule)
        for rule in people.client.application.url_map.iter_rules()
        if rule.rule.startswith("/staff") and "POST" in (rule.methods or set())
    }

    listed = {re.sub(r"/(jinhua|m-1|0|lin)(?=/)", "/*", path) for path in FORMS}

    assert listed == rules


# --- partners


def read_out(people: PeopleSite, page: TestResponse) -> dict[str, str]:
    """Return what an officer types: the groups that the page asks for, as Jinhua reads them."""
    number = people.neighbour.number_with(people.own)
    asked = [int(group) for group in re.findall(r"第 (\d+) 组", page.text)]
    return {f"group{place}": number[group - 1] for place, group in enumerate(asked)}


def test_a_partner_joins_by_four_eyes_in_the_pages(lin: PeopleSite) -> None:
    wu = colleague(lin, "wu", APPROVER)
    assert "尚未联系" in lin.get("/staff/partners").text
    lin.post(f"{JINHUA}/add")
    assert "候选" in lin.get(JINHUA).text
    assert [(note.act, note.actor) for note in lin.own.rows.notes] == [
        ("partner.added", "staff:lin")
    ]

    asked = lin.post(f"{JINHUA}/compare")
    heard = read_out(lin, asked)
    assert not any(group in asked.text for group in heard.values())
    assert lin.post(f"{JINHUA}/compare", heard).status_code == 303
    again = lin.post(f"{JINHUA}/compare")
    assert (again.status_code, "另一人" in again.text) == (409, True)
    second = read_out(lin, lin.post(f"{JINHUA}/compare", client=wu))
    assert set(second.values()).isdisjoint(heard.values())
    lin.post(f"{JINHUA}/compare", second, wu)

    fields = {"scenario": "lodging.hotel", "until": "2040-12-31"}
    assert lin.post(f"{JINHUA}/accept", fields).headers["Location"] == "/staff/proposals"
    mine = lin.get("/staff/proposals")
    assert "同意并执行" not in mine.text
    theirs = lin.get("/staff/proposals", wu)
    (digest,) = hidden(theirs, "digest")
    proposal = lin.gateway.office.four_eyes.open(NOON)[0] if lin.gateway.office else None
    assert proposal is not None
    own = lin.post(f"/staff/proposals/{proposal.id}/approve", {"digest": digest})
    assert own.status_code == 403
    lin.post(f"/staff/proposals/{proposal.id}/approve", {"digest": digest}, wu)

    (status,) = lin.own.federation.status(NOON)
    assert (status.state, status.decided_by) == (PartnerState.ACTIVE, "staff:wu")
    page = lin.get(JINHUA).text
    assert "2040-12-31" in page
    assert "生效" in page


def joined(people: PeopleSite) -> PeopleSite:
    people.own.join(people.neighbour, NOON)
    return people


def test_one_officer_suspends_and_two_resume(lin: PeopleSite) -> None:
    wu = colleague(joined(lin), "wu", APPROVER)

    lin.post(f"{JINHUA}/suspend", {"reason": "演练"}, wu)
    assert "演练" in lin.get(JINHUA).text
    # The approver who did it is shown no button to ratify it with.
    assert hidden(lin.get("/staff/proposals", wu), "digest") == []
    lin.post(f"{JINHUA}/resume", {"reason": "结束"})
    assert lin.own.federation.status(NOON)[0].state is PartnerState.SUSPENDED
    (digest,) = hidden(lin.get("/staff/proposals", wu), "digest")
    office = lin.gateway.office
    assert office is not None
    (proposal,) = (each for each in office.four_eyes.open(NOON) if each.act == RESUME_PARTNER)
    lin.post(f"/staff/proposals/{proposal.id}/approve", {"digest": digest}, wu)

    assert lin.own.federation.status(NOON)[0].state is PartnerState.ACTIVE


def test_who_is_operator_and_approver_still_needs_another(people: PeopleSite) -> None:
    people.hire(OPERATOR, APPROVER)
    people.enter()
    second = people.browser()
    people.enter("lin", second)
    people.own.federation.add(people.neighbour.leaf, NOON)
    people.own.compare(people.neighbour, NOON)
    people.post(f"{JINHUA}/accept", {"scenario": "lodging.hotel", "until": "2040-12-31"})
    office = people.gateway.office
    assert office is not None
    (proposal,) = office.four_eyes.open(NOON)

    for browser in (people.client, second):
        answer = people.post(
            f"/staff/proposals/{proposal.id}/approve", {"digest": proposal.digest}, browser
        )
        assert answer.status_code == 409
        assert "另一人复核" in answer.text
    assert people.own.federation.status(NOON)[0].state is PartnerState.CONFIRMED


def proposed(people: PeopleSite) -> Proposal:
    """Propose to accept Jinhua."""
    people.own.federation.add(people.neighbour.leaf, NOON)
    people.own.compare(people.neighbour, NOON)
    people.post(f"{JINHUA}/accept", {"scenario": "lodging.hotel", "until": "2040-12-31"})
    office = people.gateway.office
    assert office is not None
    (proposal,) = office.four_eyes.open(NOON)
    return proposal


def test_a_proposal_is_taken_back(lin: PeopleSite) -> None:
    proposal = proposed(lin)
    office = lin.gateway.office
    assert office is not None

    lin.post(f"/staff/proposals/{proposal.id}/reject")

    assert "未同意" in lin.get("/staff/proposals").text
    assert office.four_eyes.open(NOON) == ()


def interrupted(people: PeopleSite) -> str:
    """Propose to accept Jinhua, approve a minute ago, and never hear of it again."""
    proposal = proposed(people)
    then = Acting(by="staff:wu", at=Timestamp(NOON - UNDER_WAY_S))
    note = then.note("proposal.approved", proposal.id)
    assert people.store.proposals.decide(proposal.id, ProposalState.APPROVED, then.by, note)
    return proposal.id


@pytest.mark.parametrize("already", [False, True])
def test_an_act_that_was_interrupted_is_shown_and_finished_by_an_approver(
    lin: PeopleSite, *, already: bool
) -> None:
    wu = colleague(lin, "wu", APPROVER)
    proposal = interrupted(lin)
    office = lin.gateway.office
    assert office is not None
    if already:
        found = office.four_eyes.find(proposal)
        office.four_eyes.acts[found.act].perform(found, Acting(by="staff:wu", at=NOON))
    rows = len(lin.own.rows.history)

    page = lin.get("/staff/proposals", wu)
    assert "没有执行完" in page.text
    assert ">再次执行<" in page.text
    assert ">再次执行<" not in lin.get("/staff/proposals").text
    (digest,) = hidden(page, "digest")
    lin.post(f"/staff/proposals/{proposal}/approve", {"digest": digest}, wu)

    assert lin.own.federation.status(NOON)[0].state is PartnerState.ACTIVE
    assert (len(lin.own.rows.history) == rows) is already
    assert "已同意并执行" in lin.get("/staff/proposals").text
    assert acts(lin)[-2:] == ["proposal.taken_up", "proposal.done"]


def test_each_act_tells_whether_it_has_happened(lin: PeopleSite) -> None:
    office, leaf = joined(lin).gateway.office, lin.neighbour.leaf
    assert office is not None
    until = lin.own.federation.status(NOON)[0].until
    assert until is not None
    asked: list[tuple[str, str, dict[str, str | int]]] = [
        ("partner.accept", leaf, {"scenarios": "lodging.hotel", "until": until}),
        ("partner.accept", leaf, {"scenarios": "lodging.hotel", "until": until + 1}),
        ("partner.resume", leaf, {"reason": "x"}),
        ("staff.roles", "lin", {"roles": "operator"}),
        ("staff.roles", "lin", {"roles": "auditor"}),
        ("staff.roles", "nobody", {"roles": "auditor"}),
    ]

    def told() -> list[bool]:
        return [
            office.four_eyes.acts[act].is_done(target, facts, NOON) for act, target, facts in asked
        ]

    assert told() == [True, False, True, True, False, False]
    lin.own.federation.suspend(leaf, "Li", "drill", NOON)
    assert told() == [False, False, False, True, False, False]


def test_a_wrong_group_is_asked_for_again(lin: PeopleSite) -> None:
    lin.post(f"{JINHUA}/add")
    lin.post(f"{JINHUA}/compare")

    answer = lin.post(
        f"{JINHUA}/compare", {"group0": "00000", "group1": "00000", "group2": "00000"}
    )

    assert "不对" in answer.text


def test_comparing_again_after_the_second_officer_is_refused_and_not_an_error(
    lin: PeopleSite,
) -> None:
    lin.own.federation.add(lin.neighbour.leaf, NOON)
    lin.own.compare(lin.neighbour, NOON)
    before = lin.own.federation.status(NOON)

    for fields in ({}, {"group0": "00000", "group1": "00000", "group2": "00000"}):
        answer = lin.post(f"{JINHUA}/compare", fields)
        assert answer.status_code == 409
        assert "trust_transition" in answer.text
    assert lin.own.federation.status(NOON) == before


def test_a_row_that_was_put_back_is_named_to_who_acts_on_it(lin: PeopleSite) -> None:
    row = joined(lin).own.rows.rows[lin.neighbour.anchor]
    lin.post(f"{JINHUA}/suspend", {"reason": "演练"})
    lin.own.rows.rows[lin.neighbour.anchor] = row

    answer = lin.post(f"{JINHUA}/resume", {"reason": "结束"})

    assert answer.status_code == 409
    assert "换成了旧的" in answer.text


def test_a_database_that_is_gone_during_an_act_says_try_again(
    lin: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise DatabaseUnavailableError("gone")

    monkeypatch.setattr(lin.own.rows, "get", gone)

    answer = lin.post(f"{JINHUA}/suspend", {"reason": "演练"})

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


REFUSED_ACTS: dict[str, tuple[str, dict[str, str], str]] = {
    "accepting a stranger": (
        f"{JINHUA}/accept",
        {"scenario": "lodging.hotel", "until": "2040-12-31"},
        "partner_unknown",
    ),
    "an odd day": (
        f"{JINHUA}/accept",
        {"scenario": "lodging.hotel", "until": "tomorrow"},
        "trust_record",
    ),
    "the end of the calendar": (
        f"{JINHUA}/accept",
        {"scenario": "lodging.hotel", "until": "9999-12-31"},
        "trust_record",
    ),
    "comparing with a stranger": (f"{JINHUA}/compare", {}, "partner_unknown"),
    "groups of a stranger": (
        f"{JINHUA}/compare",
        {"group0": "00000", "group1": "00000", "group2": "00000"},
        "partner_unknown",
    ),
    "a proposal that cannot be": ("/staff/proposals/a%00b/reject", {}, "proposal_unknown"),
    "roles of an id that cannot be": ("/staff/accounts/a%00b/roles", {}, "staff_unknown"),
    "suspending a stranger": (f"{JINHUA}/suspend", {"reason": "x"}, "partner_unknown"),
    "blocking a key of a stranger": (
        f"{JINHUA}/block-key",
        {"key": "k" * 43, "since": "2026-11-20", "reason": "x"},
        "partner_unknown",
    ),
    "blocking a key since no moment": (
        f"{JINHUA}/block-key",
        {"key": "k" * 43, "since": "yesterday", "reason": "x"},
        "trust_record",
    ),
    "a change of a key that there is not": (f"{JINHUA}/keys", {"act": "x"}, "proposal_refused"),
    "taking out a stranger's key": (
        f"{JINHUA}/keys",
        {"act": "unpin", "key": "k" * 43, "reason": "x"},
        "partner_unknown",
    ),
    "comparing new keys of a stranger": (f"{JINHUA}/pin-new", {}, "partner_unknown"),
    "probing a stranger": (f"{JINHUA}/probe", {}, "partner_unknown"),
    "removing a city that nobody typed": (
        f"{JINHUA}/remove",
        {"typed": "jinhua!", "reason": "x"},
        "trust_record",
    ),
    "removing a stranger": (
        f"{JINHUA}/remove",
        {"typed": "jinhua", "reason": "x"},
        "partner_unknown",
    ),
    "resuming a stranger": (f"{JINHUA}/resume", {"reason": "x"}, "partner_unknown"),
    "a merchant with an odd id": (
        "/staff/merchants",
        {"id": "M 1", "name": "N", "scenario": "lodging.hotel"},
        "merchant_refused",
    ),
    "a merchant that is there": (
        "/staff/merchants",
        {"id": "m-1", "name": "N", "scenario": "lodging.hotel"},
        "storage_conflict",
    ),
    "a device without a name": ("/staff/merchants/m-1/link", {}, "device_refused"),
    "a till without a name": ("/staff/merchants/m-1/tills", {}, "till_refused"),
    "a till with a key that is none": (
        "/staff/merchants/m-1/tills",
        {"label": "x", "key": "{}"},
        "till_refused",
    ),
    "a warning without a reason": (
        "/staff/merchants/m-1/state",
        {"state": "warned"},
        "merchant_refused",
    ),
    "an end that nobody typed": (
        "/staff/merchants/m-1/state",
        {"state": "removed", "reason": "has left", "typed": "m-2"},
        "merchant_refused",
    ),
    "a proposal that is not there": ("/staff/proposals/0/reject", {}, "proposal_unknown"),
    "roles of nobody": ("/staff/accounts/nobody/roles", {}, "staff_unknown"),
    "a role that is none": ("/staff/accounts/lin/roles", {"role": "admin"}, "staff_refused"),
}


@pytest.mark.parametrize("what", REFUSED_ACTS)
def test_what_is_refused_is_explained_in_the_visitors_language(lin: PeopleSite, what: str) -> None:
    path, fields, code = REFUSED_ACTS[what]

    answer = lin.post(path, fields)

    assert answer.status_code == 409
    assert code in answer.text
    assert "这个操作被拒绝" not in answer.text


@pytest.mark.parametrize("path", ["/staff/partners/atlantis", "/staff/partners/wenzhou"])
def test_a_city_that_is_no_other_member_has_no_page(lin: PeopleSite, path: str) -> None:
    assert lin.get(path).status_code == 404
    assert lin.post(f"{path}/add").status_code == 404


# --- merchants and devices


def test_a_merchant_is_enrolled_with_venues_and_gets_a_device(lin: PeopleSite) -> None:
    page = lin.post(
        "/staff/merchants",
        {"id": "river", "name": "江滨酒店", "scenario": "lodging.hotel", "venues": "west 西楼\n"},
    )
    assert "西楼" in page.text

    shown = lin.post("/staff/merchants/river/link", {"label": "前台", "venue": "west"})
    secret = re.search(r"/merchant/enrol#([A-Za-z0-9_-]{43})", shown.text)
    assert secret is not None
    phone = lin.browser()
    lin.post("/merchant/enrol", {"link": secret[1]}, phone)
    assert "江滨酒店" in lin.get("/merchant", phone).text

    page = lin.get("/staff/merchants/river")
    (device,) = hidden(page, "device")
    assert lin.post("/staff/merchants/m-1/revoke", {"device": device}).status_code == 404
    lin.post("/staff/merchants/river/revoke", {"device": device})
    assert "还没有登记设备" in lin.get("/staff/merchants/river").text
    assert acts(lin)[-4:] == [
        "merchant.added",
        "device.link_made",
        "device.enrolled",
        "device.revoked",
    ]


def test_a_county_officer_suspends_and_resumes(people: PeopleSite) -> None:
    people.hire(COUNTY)
    people.enter()

    people.post("/staff/merchants/m-1/state", {"state": "warned", "reason": "没有给优惠"})
    assert "撤回警告" in people.get("/staff/merchants/m-1").text
    people.post("/staff/merchants/m-1/state", {"state": "suspended", "reason": "停业"})
    page = people.get("/staff/merchants/m-1").text
    assert "恢复核验" in page
    assert "停业" in page
    people.post("/staff/merchants/m-1/state", {"state": "active"})

    assert acts(people)[-3:] == ["merchant.warned", "merchant.suspended", "merchant.resumed"]
    assert people.get("/staff").status_code == 200
    assert people.get("/staff/partners").status_code == 403


def test_a_till_is_registered_shown_once_and_removed(lin: PeopleSite) -> None:
    fields = {"label": "收银一", "scenario": "lodging.hotel", "venue": "hall"}

    shown = lin.post("/staff/merchants/m-1/tills", fields)
    page = lin.get("/staff/merchants/m-1")

    assert "client_secret" in shown.text
    assert f"{LEAF}/oauth2/token" in shown.text
    (till,) = hidden(page, "till")
    assert till in shown.text
    assert "收银一" in page.text
    lin.post("/staff/merchants/m-1/tills/remove", {"till": till})
    assert "还没有登记收银系统" in lin.get("/staff/merchants/m-1").text
    assert acts(lin)[-2:] == ["till.added", "till.removed"]


def test_a_till_with_its_own_key_is_shown_no_secret(lin: PeopleSite) -> None:
    key = json.dumps(generate().public.jwk())

    shown = lin.post("/staff/merchants/m-1/tills", {"label": "x", "key": key})

    assert "private_key_jwt" in shown.text
    assert "client_secret" not in shown.text


def test_a_merchant_is_removed_by_two_of_whom_one_types_its_id(lin: PeopleSite) -> None:
    fields = {"state": "removed", "reason": "退出", "typed": "m-1"}
    office = lin.gateway.office
    assert office is not None

    lin.post("/staff/merchants/m-1/state", fields)

    assert "可核验" in lin.get("/staff/merchants/m-1").text
    (proposal,) = office.four_eyes.open(NOON)
    office.four_eyes.approve(proposal.id, Acting(by="staff:chen", at=NOON), proposal.digest)
    page = lin.get("/staff/merchants/m-1").text
    assert "已注销" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    assert "merchant.removed" in acts(lin)


UNKNOWN: dict[str, Callable[[PeopleSite], TestResponse]] = {
    "a till": lambda people: people.post("/staff/merchants/nobody/tills"),
    "another merchant's till": lambda people: people.post("/staff/merchants/m-1/tills/remove"),
    "another merchant's venue": lambda people: people.post(
        "/staff/merchants/m-1/link", {"label": "x", "venue": "east"}
    ),
    "a venue of nobody for a till": lambda people: people.post(
        "/staff/merchants/m-1/tills", {"label": "x", "venue": "east"}
    ),
    "an id that none has": lambda people: people.get("/staff/merchants/a%00b"),
    "its page": lambda people: people.get("/staff/merchants/nobody"),
    "its state": lambda people: people.post("/staff/merchants/nobody/state"),
    "a link": lambda people: people.post("/staff/merchants/nobody/link", {"label": "x"}),
    "a device": lambda people: people.post("/staff/merchants/nobody/revoke"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_a_merchant_that_there_is_not_has_no_page(lin: PeopleSite, what: str) -> None:
    told = UNKNOWN[what](lin)

    assert told.status_code == 404
    assert main_of(told) == main_of(lin.get("/staff/merchants/somebody"))


def main_of(answer: TestResponse) -> str:
    return answer.text.partition("<main")[2].partition("</main>")[0]


def test_a_page_of_another_role_says_so_and_leads_back_to_the_desk(people: PeopleSite) -> None:
    people.hire(COUNTY)
    people.enter()

    refused = people.get("/staff/partners")

    assert refused.status_code == 403
    assert "您的角色不能打开这一页" in refused.text
    assert 'href="/staff"' in main_of(refused)


def test_the_pages_of_the_office_say_which_of_them_is_open(people: PeopleSite) -> None:
    people.hire(AUDITOR)
    people.enter()

    for path in ("/staff", "/staff/partners", "/staff/partners/jinhua", "/staff/audit"):
        marked = re.findall(r'href="([^"]+)" aria-current="page"', people.get(path).text)
        assert marked == [path.removesuffix("/jinhua")]


# --- accounts and the ledger


def test_roles_change_by_four_eyes_but_not_to_an_office_that_cannot_act(lin: PeopleSite) -> None:
    wu = colleague(lin, "wu", APPROVER)
    office = lin.gateway.office
    assert office is not None

    lin.post("/staff/accounts/wu/roles", {"role": "auditor"})
    (proposal,) = office.four_eyes.open(NOON)
    answer = lin.post(f"/staff/proposals/{proposal.id}/approve", {"digest": proposal.digest}, wu)

    assert answer.status_code == 409
    assert "staff_last_administrator" in answer.text
    colleague(lin, "he", APPROVER)
    lin.post("/staff/accounts/wu/roles", {"role": "auditor"})
    (proposal,) = office.four_eyes.open(NOON)
    lin.post(f"/staff/proposals/{proposal.id}/approve", {"digest": proposal.digest}, wu)
    # The session ended with the old roles.
    assert lin.get("/staff", wu).headers["Location"] == "/staff/sign-in"


def test_the_auditor_sees_every_act_and_finds_a_hand_in_them(people: PeopleSite) -> None:
    people.hire(AUDITOR)
    people.enter()
    assert "staff.added" in people.get("/staff/audit").text
    assert "完整" in people.post("/staff/audit").text

    with people.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger_entry WHERE seq = 1"))

    assert "removed @ 2" in people.post("/staff/audit").text


def test_the_table_for_spreadsheets_steers_none(people: PeopleSite) -> None:
    people.hire(AUDITOR)
    people.enter()
    for name in ("=1+1", "+1", "-1", "@SUM(A1)"):
        people.store.ledger.append(ACTING.note("merchant.added", name))

    answer = people.get("/staff/audit.csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    cells = [cell for line in answer.text.splitlines()[1:] for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=1+1" in cells


def test_one_officer_stops_at_once_and_two_lift(lin: PeopleSite) -> None:
    lin.post("/staff/stops", {"target": "issuing", "reason": "名单错了"})
    lin.post("/staff/stops", {"target": "offer/gym-discount", "reason": "条款错了"})

    page = lin.get("/staff/stops").text
    assert lin.stop_desk.standing(NOON).order.issuing
    assert "名单错了" in page
    assert 'value="offer/gym-discount"' in page
    assert '<option value="offer/gym-discount">' not in page
    assert '<option value="issuing">' not in page
    lin.post("/staff/stops/lift", {"target": "issuing", "reason": "改好了"})
    wu = colleague(lin, "wu", APPROVER)
    waiting = lin.gateway.office.four_eyes.open(NOON) if lin.gateway.office else ()
    for each in waiting:
        if each.act in {"stop.lift", "ratify.stop.ordered"} and each.target == "issuing":
            lin.post(f"/staff/proposals/{each.id}/approve", {"digest": each.digest}, wu)
    assert not lin.stop_desk.standing(NOON).order.issuing
    assert {"stop.ordered", "stop.lifted"} <= set(acts(lin))


def test_a_stop_without_a_reason_or_of_nothing_is_told_why(lin: PeopleSite) -> None:
    for target, reason, said in (
        ("issuing", "", "理由须为"),
        ("offer/none", "x", "没有这项优惠"),
        ("all", "x", "请选择"),
    ):
        page = lin.post("/staff/stops", {"target": target, "reason": reason})
        assert page.status_code == 409
        assert said in page.text

    assert lin.post("/staff/stops/lift", {"target": "issuing", "reason": "x"}).status_code == 409
    assert lin.store.stops.get() is None


def test_a_hand_that_lifts_a_stop_in_the_database_is_named_on_the_page(lin: PeopleSite) -> None:
    lin.post("/staff/stops", {"target": "issuing", "reason": "x"})
    with lin.store.engine.begin() as connection:
        connection.execute(text("DELETE FROM stop_order"))

    page = lin.get("/staff/stops").text

    assert "已停用的仍然停用" in page
    assert '<input type="hidden" name="target" value="issuing">' in page


def test_the_first_page_reminds_of_what_ends(lin: PeopleSite) -> None:
    jinhua = EntityId("https://credit.jinhua.example")
    lin.facts = [
        DatedFact(what=What.ANCHOR, whose=None, ends_at=Timestamp(NOON + 13 * DAY)),
        DatedFact(what=What.AGREEMENT, whose=jinhua, ends_at=Timestamp(NOON + DAY)),
        DatedFact(what=What.LEAF, whose=jinhua, ends_at=NOON),
        DatedFact(
            what=What.RATIFICATION,
            whose=None,
            ends_at=Timestamp(NOON + DAY),
            name=f"partner.suspended {jinhua}",
        ),
    ]

    page = " ".join(re.sub(r"<[^>]+>", " ", lin.get("/staff").text).split())

    assert "金华: 互认协议 ⚠ 1 天内到期" in page
    assert "本市: 锚声明 14 天内到期" in page
    assert "金华: 本级声明 ⚠ 已到期" in page
    assert "请致电对方办公室" in page
    assert "本市: 待确认事项 ⚠ 1 天内到期 确认暂停伙伴城市: 金华" in page


def test_pages_of_the_office_speak_english_as_well(lin: PeopleSite) -> None:
    for path in (
        "/staff",
        "/staff/partners",
        JINHUA,
        "/staff/merchants",
        "/staff/accounts",
        "/staff/stops",
    ):
        page = lin.get(f"{path}?lang=en")
        body = re.sub(r"<a [^>]*lang=\"zh-CN\".*?</a>", "", page.text)
        assert page.status_code == 200
        assert set(re.findall(r"[\u4e00-\u9fff]+", body)) <= {"中文", "示例商家"}, path


def test_a_city_without_staff_pages_has_none(people: PeopleSite) -> None:

    bare = Site.client_of(replace(people.gateway, office=None))

    assert people.get("/staff/sign-in", bare).status_code == 404
    assert people.get("/staff", bare).headers["Location"] == "/staff/sign-in"
