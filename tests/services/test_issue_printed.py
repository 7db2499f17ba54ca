"""Printed codes, from the home city to the counter and to their revocation, without a network."""

from dataclasses import dataclass, field, replace

import pytest

from gateway.codes import reading, status_list
from gateway.codes.claims import CreditClaims
from gateway.codes.status_list import LIFE_S, TTL_S, StatusList
from gateway.errors import GatewayError
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp, UnverifiedText
from gateway.services import fitting_ids
from gateway.services.issue import NoIncentive
from gateway.services.issue_printed import MAX_CODES, IssuePrinted, Order, PrintedSheet
from gateway.services.revoke import SHEET, RevokeCodes
from gateway.services.standing import Standing
from gateway.services.status_indexes import StatusIndexes
from gateway.services.verdicts import Outcome, Verdict
from gateway.trust.keyring import Keyring
from tests.services.test_revoke import OFFICER, MemoryPlaces, MemoryStatusRows
from tests.services.test_tickets import PERSON, TWICE, TWO_A_MONTH, Home, offered
from tests.world import (
    DAY,
    HOTEL,
    HOUR,
    JINHUA,
    NOON,
    RESTAURANT,
    WENZHOU,
    Desk,
    Trust,
    catalogue,
    merchant,
)

LEAF = EntityId("https://credit.jinhua.example")
ORDER = Order(
    subject=PERSON,
    masked_name="张*",
    city=WENZHOU.code,
    scenario=HOTEL,
    life_s=7 * DAY,
    channel="counter",
    acting=OFFICER,
)


@dataclass
class Office(Home):
    """Jinhua's counter, which prints, and its status lists.

    Attributes:
        counted: Codes of each printing, as the day row was told before anything was signed.
    """

    counted: list[int] = field(default_factory=list)
    rows: MemoryStatusRows = field(default_factory=MemoryStatusRows)

    def count_issue(
        self, subject: bytes, day: int, kind: str, standing: Standing, codes: int
    ) -> int:
        assert kind == "printed"
        assert len(self.rows.entries) <= sum(self.counted)
        self.counted.append(codes)
        return codes

    @property
    def printer(self) -> IssuePrinted:
        return IssuePrinted(
            issue=self.use_case.issue,
            destinations=self,
            indexes=StatusIndexes(
                leaf=LEAF, rows=self.rows, noted=MemoryPlaces(), order_key=bytes(32)
            ),
            code_lifetime_max_s=31 * DAY,
            sheet_key=bytes(range(32)),
        )

    def order(self, now: Timestamp = NOON, **changes: object) -> PrintedSheet | NoIncentive:
        members: dict[str, object] = {
            "subject": PERSON,
            "masked_name": "张*",
            "city": WENZHOU.code,
            "scenario": HOTEL,
            "life_s": 7 * DAY,
            "channel": "counter",
            "acting": OFFICER,
        }
        order = Order(**(members | changes))  # type: ignore[arg-type]  # builder of tests
        return self.printer.printed(order, now)

    def printed(self, **changes: object) -> PrintedSheet:
        sheet = self.order(**changes)  # type: ignore[arg-type]  # builder of tests
        assert isinstance(sheet, PrintedSheet)
        return sheet

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        """Return what was published last, as a partner holds it."""
        if (issuer, uri) != (JINHUA.code, f"{LEAF}/status/1"):
            return None
        return StatusList(
            uri=uri,
            issued_at=NOON,
            expires_at=Timestamp(NOON + LIFE_S),
            ttl_s=TTL_S,
            packed=status_list.pack(self.rows.revoked(1)),
        )


def office() -> Office:
    return Office(catalogue=catalogue())


def claims(text: str) -> CreditClaims:
    return reading.read(UnverifiedText(text)).claims


def show(issuing: Office, text: str, now: Timestamp = NOON) -> Verdict:
    desk = Desk(JINHUA.issuer())
    verify = replace(desk.verify, status=issuing)
    return verify.verify(desk.showing(text, HOTEL), merchant(), now)


def test_a_printed_code_says_all_that_it_has_to_and_no_tier() -> None:
    issuing = office()
    sheet = issuing.printed()

    (text,) = sheet.texts
    found = claims(text)
    (entry,) = issuing.rows.entries
    assert (found.tier, found.ticket) == (None, None)
    assert (found.destination, found.scenario, found.masked_name) == (WENZHOU.code, HOTEL, "张*")
    assert found.policy_version == catalogue().version
    assert (found.issued_at, found.expires_at) == (NOON, NOON + 7 * DAY)
    assert found.status is not None
    assert (found.status.uri, found.status.index) == (f"{LEAF}/status/1", entry.index)
    assert sheet.expires_at == NOON + 7 * DAY


def test_a_sheet_has_a_name_and_codes_of_which_each_has_a_place_of_its_own() -> None:
    issuing = office()
    sheet = issuing.printed(codes=6)

    found = [claims(text) for text in sheet.texts]
    assert SHEET.fullmatch(sheet.sheet)
    assert len({each.code_id for each in found}) == 6
    assert len({each.status for each in found}) == 6
    assert issuing.counted == [6]
    assert {entry.sheet for entry in issuing.rows.entries} == {sheet.sheet}


def test_a_printed_code_is_recognised_at_a_partner_with_the_name_to_look_at() -> None:
    issuing = office()
    (text,) = issuing.printed().texts

    verdict = show(issuing, text)

    assert verdict.outcome is Outcome.RECOGNISED
    assert verdict.holder == "张*"


@pytest.mark.parametrize("whole", [True, False], ids=["the person", "the sheet"])
def test_once_revoked_it_is_refused_like_any_used_code_also_on_the_next_sheet(
    *, whole: bool
) -> None:
    issuing = office()
    sheet = issuing.printed(codes=2)
    tags = issuing.printer.issue.tags
    # The office's tags are new with each use case: those that named the person are needed.
    for entry in issuing.rows.entries:
        object.__setattr__(entry, "subject", tags.subject_pseudonym(PERSON))
    revoke = RevokeCodes(rows=issuing.rows, tags=tags, publish=lambda: None)

    done = revoke.person(PERSON, OFFICER) if whole else revoke.sheet(sheet.sheet, OFFICER)

    assert done.count == 2
    for text in sheet.texts:
        verdict = show(issuing, text)
        assert (verdict.outcome, verdict.reason) == (Outcome.PRESENT_AGAIN, "revoked")


def test_it_is_undetermined_where_the_list_is_not_known_or_too_old() -> None:
    issuing = office()
    (text,) = issuing.printed().texts
    desk = Desk(JINHUA.issuer(statements_expire_at=Timestamp(NOON + 9 * DAY)))

    unknown = desk.verify.verify(desk.showing(text, HOTEL), merchant(), NOON)
    late = replace(desk.verify, status=issuing).verify(
        desk.showing(text, HOTEL), merchant(), Timestamp(NOON + DAY)
    )

    assert (unknown.outcome, unknown.reason) == (Outcome.UNDETERMINED, "status_unlisted")
    assert (late.outcome, late.reason) == (Outcome.UNDETERMINED, "status_too_old")


def test_a_person_below_the_tier_gets_no_code_and_nothing_is_kept() -> None:
    issuing = Office(catalogue=catalogue(), reading=100)

    assert isinstance(issuing.order(), NoIncentive)
    assert isinstance(issuing.order(subject="nobody"), NoIncentive)
    assert (issuing.counted, issuing.rows.given) == ([], 0)


def test_another_sheet_for_the_same_purpose_ends_the_earlier_one_and_no_other() -> None:
    issuing = office()
    printer, gym = issuing.printer, replace(ORDER, scenario=RESTAURANT)
    first, other, again = (printer.printed(each, NOON) for each in (ORDER, gym, ORDER))

    assert isinstance(first, PrintedSheet)
    assert isinstance(other, PrintedSheet)
    assert isinstance(again, PrintedSheet)
    of = {each.sheet: each.index for each in issuing.rows.entries}
    assert issuing.rows.revoked(1) == (of[first.sheet],)
    assert first.sheet[:4] == again.sheet[:4] != other.sheet[:4]
    assert first.sheet[4:] != again.sheet[4:]


def test_what_can_be_printed_is_what_a_sheet_can_be_had_for() -> None:
    issuing = Office(catalogue=offered(TWO_A_MONTH))

    assert issuing.printer.scenarios(WENZHOU.code, NOON) == ()
    assert set(office().printer.scenarios(WENZHOU.code, NOON)) >= {HOTEL, RESTAURANT}


REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "an hour": ({"life_s": HOUR}, "printed_life"),
    "over 31 days": ({"life_s": 31 * DAY + 1}, "printed_life"),
    "no code": ({"codes": 0}, "printed_life"),
    "too many codes": ({"codes": MAX_CODES + 1}, "printed_life"),
    "a whole name": ({"masked_name": "张三"}, "masked_name"),
    "a name with a quote": ({"masked_name": '"*'}, "masked_name"),
    "a name that is not NFC": ({"masked_name": "e\u0301*"}, "masked_name"),
    "a name that no text can be": ({"masked_name": "\ud800*"}, "masked_name"),
    "a scenario without offers": (
        {"scenario": ScenarioId("lodging.nothing")},
        "scenario_not_offered",
    ),
}


@pytest.mark.parametrize(("changes", "code"), REFUSALS.values(), ids=list(REFUSALS))
def test_nothing_is_kept_where_it_is_refused(changes: dict[str, object], code: str) -> None:
    issuing = office()

    with pytest.raises(GatewayError) as refused:
        issuing.order(**changes)  # type: ignore[arg-type]  # builder of tests

    assert refused.value.code == code
    assert (issuing.counted, issuing.rows.given) == ([], 0)


def test_31_days_and_a_second_over_an_hour_are_lives() -> None:
    issuing = office()

    assert isinstance(issuing.order(life_s=31 * DAY), PrintedSheet)
    issuing.rows.entries.clear()
    assert isinstance(issuing.order(life_s=HOUR + 1), PrintedSheet)


def test_an_offer_with_a_quota_needs_a_live_code() -> None:
    issuing = Office(catalogue=offered(TWO_A_MONTH))

    with pytest.raises(GatewayError) as refused:
        issuing.order(scenario=TWICE)

    assert refused.value.code == "scenario_not_offered"


def test_ids_that_miss_the_budget_are_refused_and_measured_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuing = office()
    # The address of list 1 fits a code, that of list 9999 does not.
    leaf = EntityId("https://credit." + "x" * 23)
    printer = replace(issuing.printer, indexes=replace(issuing.printer.indexes, leaf=leaf))
    monkeypatch.setattr(fitting_ids, "MAX_REMEMBERED", 1)
    order = ORDER

    for scenario in (HOTEL, HOTEL, RESTAURANT):
        with pytest.raises(GatewayError) as refused:
            printer.printed(replace(order, scenario=scenario), NOON)
        assert refused.value.code == "scenario_not_offered"
    assert issuing.rows.given == 0


def test_a_life_beyond_the_key_s_end_is_refused() -> None:
    issuing = office()
    ending = JINHUA.issuer(JINHUA.key(expires_at=Timestamp(NOON + 3 * DAY)))
    keyring = Keyring(own=JINHUA.code, issuers={JINHUA.code: ending})
    live = replace(issuing.use_case.issue, trust=Trust(keyring))
    printer = replace(issuing.printer, issue=live)
    order = ORDER

    with pytest.raises(GatewayError) as refused:
        printer.printed(order, NOON)

    assert refused.value.code == "issuing_stopped"
