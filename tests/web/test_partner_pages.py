"""What officers do about a partner in the pages, as which role."""

import re
from typing import Final

import pytest
from flask.testing import FlaskClient

from gateway.codes.issuing import CodeSigner
from gateway.ids import Timestamp
from gateway.jose.keys import generate
from gateway.policy.stops import ISSUING
from gateway.services.audit import Acting
from gateway.services.own_keys import IssuingKey
from gateway.services.probe_codes import ProbeCodes
from gateway.services.proposals import FourEyes
from gateway.services.staff import StaffRole
from gateway.trust import entity
from gateway.trust.states import PartnerState
from tests.services.test_probe import MEMBERS, OURS, THEIRS
from tests.web.people_site import PeopleSite
from tests.web.test_staff import JINHUA, colleague, hidden, read_out
from tests.world import HOUR, NOON

SINCE: Final = "2026-12-31"


@pytest.fixture
def lin(people: PeopleSite) -> PeopleSite:
    """Return the site with an operator signed in, and Jinhua as an active partner."""
    people.hire(StaffRole.OPERATOR)
    people.enter()
    people.own.join(people.neighbour, NOON)
    return people


def eyes(people: PeopleSite) -> FourEyes:
    assert people.gateway.office is not None
    return people.gateway.office.four_eyes


def approve_all(people: PeopleSite, client: FlaskClient) -> None:
    """Let whoever sits at ``client`` approve what waits."""
    for proposal in eyes(people).open(NOON):
        path = f"/staff/proposals/{proposal.id}/approve"
        assert people.post(path, {"digest": proposal.digest}, client).status_code == 303


def state(people: PeopleSite) -> PartnerState | None:
    [status] = people.own.federation.status(NOON)
    return status.state


def test_a_suspension_is_shown_as_waiting_until_another_officer_ratifies_it(
    lin: PeopleSite,
) -> None:
    wu = colleague(lin, "wu", StaffRole.APPROVER)
    lin.post(f"{JINHUA}/suspend", {"reason": "演练", "state": "suspended"})

    page = lin.get(JINHUA).text
    assert "不确认也不失效" in page
    assert "1 项待确认" in lin.get("/staff/partners").text
    assert "确认暂停伙伴城市" in lin.get("/staff/proposals", wu).text
    approve_all(lin, wu)

    assert "不确认也不失效" not in lin.get(JINHUA).text
    assert state(lin) is PartnerState.SUSPENDED


def test_a_partner_is_held_in_dispute_by_one_and_removed_by_two_for_ever(lin: PeopleSite) -> None:
    wu = colleague(lin, "wu", StaffRole.APPROVER)
    lin.post(f"{JINHUA}/suspend", {"reason": "两份声明", "state": "disputed"})
    assert state(lin) is PartnerState.DISPUTED
    approve_all(lin, wu)

    answer = lin.post(f"{JINHUA}/remove", {"reason": "退出协议", "typed": "jinhua"})
    assert answer.headers["Location"] == "/staff/proposals"
    assert state(lin) is PartnerState.DISPUTED
    approve_all(lin, wu)

    assert state(lin) is PartnerState.LEFT
    page = lin.get(JINHUA).text
    assert "也不能以同一地址重新加入" in page
    assert "<form" not in page.partition("<main")[2]


def test_a_key_is_blocked_by_one_ratified_and_unblocked_by_two(lin: PeopleSite) -> None:
    wu = colleague(lin, "wu", StaffRole.APPROVER)
    kid = lin.neighbour.k3.public.kid

    lin.post(f"{JINHUA}/block-key", {"key": kid, "since": SINCE, "reason": "失窃"})
    page = lin.get(JINHUA).text
    assert "本市已停用" in page
    assert "此后本市用它认可过 0 次" in page
    assert "2026-12-31 00:00:00" in page
    approve_all(lin, wu)
    lin.post(f"{JINHUA}/keys", {"key": kid, "act": "unblock", "reason": "找到了"})
    approve_all(lin, wu)

    [status] = lin.own.federation.status(NOON)
    assert status.blocked == ()


def test_a_new_anchor_pair_is_compared_in_the_page_by_two(lin: PeopleSite) -> None:
    wu = colleague(lin, "wu", StaffRole.APPROVER)
    later = Timestamp(NOON + HOUR)
    gone, lin.neighbour.k1s = lin.neighbour.k1s, generate()
    lin.neighbour.sign_all(later)
    lin.own.federation.sync(later)
    lin.site.clock.time = later
    page = lin.get(JINHUA).text
    assert "核对新的锚密钥" in page
    assert "已停用,所签内容不算数" in page

    wrong = {f"group{place}": "00000" for place in range(3)}
    lin.post(f"{JINHUA}/pin-new")
    assert "不对" in lin.post(f"{JINHUA}/pin-new", wrong).text
    for client in (None, wu):
        asked = lin.post(f"{JINHUA}/pin-new", client=client)
        number = lin.neighbour.number_with(lin.own)
        assert not any(group in asked.text for group in lin.neighbour.pins().half())
        assert number
        heard = read_out(lin, asked)
        assert lin.post(f"{JINHUA}/pin-new", heard, client).status_code == 303

    kids = {key.kid for key in lin.own.federation.status(later)[0].keys}
    assert lin.neighbour.k1s.public.kid in kids
    assert gone.public.kid not in kids


def test_a_probe_shows_every_step_and_changes_nothing(lin: PeopleSite) -> None:
    theirs = lin.neighbour
    key = IssuingKey(kid=theirs.k3.public.kid, signer=CodeSigner(theirs.k3))
    codes = ProbeCodes(
        OURS, MEMBERS, key=lambda: key, trust=theirs.view(NOON), stops=lin.gateway.stops
    )
    url = entity.probe_url(theirs.leaf, THEIRS)
    before = len(lin.own.rows.notes)

    theirs.web.bodies[url] = codes.code(THEIRS, NOON).encode()
    good = lin.post(f"{JINHUA}/probe").text
    theirs.web.bodies[url] = b"<html>"
    bad = lin.post(f"{JINHUA}/probe").text

    assert "该市的信用码现在可以在本市核验" in good
    assert len(re.findall(r"通过 <span", good)) == 8
    assert "没有通过:not_a_code" in bad
    assert len(lin.own.rows.notes) == before


MAY: dict[StaffRole, set[str]] = {
    StaffRole.OPERATOR: {"probe", "block-key", "keys", "suspend", "remove"},
    StaffRole.APPROVER: {"probe", "block-key", "suspend"},
    StaffRole.AUDITOR: set(),
}


@pytest.mark.parametrize("role", MAY)
def test_a_page_shows_each_role_only_the_forms_that_it_may_send(
    people: PeopleSite, role: StaffRole
) -> None:
    people.own.join(people.neighbour, NOON)
    people.hire(role)
    people.enter()

    page = people.get(JINHUA).text

    assert set(re.findall(rf'action="{JINHUA}/([a-z-]+)"', page)) == MAY[role]
    assert people.neighbour.k1.public.kid in page


OFFICE: Final = {
    StaffRole.OPERATOR: {"reject", "stops", "lift", "roles"},
    StaffRole.APPROVER: {"approve", "reject", "stops"},
    StaffRole.AUDITOR: set[str](),
}


@pytest.mark.parametrize("role", OFFICE)
def test_the_office_shows_each_role_only_what_it_may_send_and_open(
    people: PeopleSite, role: StaffRole
) -> None:
    people.own.join(people.neighbour, NOON)
    people.hire(StaffRole.OPERATOR, account="wu")
    acting = Acting(by="staff:wu", at=NOON)
    assert people.gateway.office is not None
    people.gateway.office.stop_desk.stop(ISSUING, "drill", acting)
    people.gateway.office.ratifications.ask(acting)
    people.hire(role)
    people.enter()

    pages = [people.get(f"/staff/{name}").text for name in ("proposals", "stops", "accounts")]

    forms = set(re.findall(r'action="/staff/[a-z0-9/]*?([a-z]+)"', "".join(pages)))
    assert forms - {"out"} == OFFICE[role]
    assert ("/staff/audit" in pages[0]) is (role is not StaffRole.OPERATOR)


def test_what_a_partner_stopped_itself_is_not_offered_to_be_resumed_here(lin: PeopleSite) -> None:
    theirs = lin.neighbour
    theirs.publish_anchor.subordinate(
        Timestamp(NOON + 1), clock_doubtful=False, allowed_entity_types=()
    )
    theirs.upload()
    lin.own.federation.sync(Timestamp(NOON + 2))
    assert state(lin) is PartnerState.SUSPENDED

    page = lin.get(JINHUA).text

    assert f"{JINHUA}/resume" not in page
    assert f"{JINHUA}/suspend" in page
    lin.post(f"{JINHUA}/suspend", {"reason": "演练", "state": "suspended"})
    page = lin.get(JINHUA).text
    assert f"{JINHUA}/resume" in page
    assert f"{JINHUA}/suspend" not in page


def test_an_alarm_says_in_words_what_to_do(lin: PeopleSite) -> None:
    lin.own.rows.alarm(lin.neighbour.anchor, "trust_equivocation", NOON)
    lin.own.rows.alarm(lin.neighbour.anchor, "jws_format", NOON)

    page = lin.get(JINHUA).text

    assert "说不清就暂停" in page
    assert "请告知对方技术人员" in page
    assert hidden(lin.get("/staff/proposals"), "digest") == []
