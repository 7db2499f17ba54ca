"""Handing out sheets: who asks, whether the person agreed, and what is said about it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.clock import china_day, china_midnight
from gateway.codes import reading
from gateway.errors import GatewayError, UnavailableError
from gateway.ids import CityId, Timestamp, UnverifiedText
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.services.catalogue_view import CatalogueUnavailableError, Destination
from gateway.services.consent import Channel, ConsentMissingError
from gateway.services.issue import NoIncentive
from gateway.services.issue_sheet import CODES, COUNTER, DAYS, IssueSheet, Sheet, SheetOrder
from gateway.services.revoke import RevokeCodes
from tests.services.test_issue_printed import Office
from tests.services.test_revoke import OFFICER
from tests.services.test_tickets import PERSON
from tests.world import DAY, HOTEL, JIAXING, NOON, WENZHOU, catalogue


@dataclass
class Agreed:
    """Who agreed.

    Attributes:
        ends_after: How often it is so when it is looked at.
    """

    people: list[str] = field(default_factory=list[str])
    channels: list[str] = field(default_factory=list[str])
    ends_after: int = 99

    def give(self, subject: str, now: Timestamp, channel: Channel) -> None:
        self.people.append(subject)
        self.channels.append(channel)

    def check(self, subject: str) -> None:
        self.ends_after -= 1
        if subject not in self.people or self.ends_after < 0:
            raise ConsentMissingError("not, or not any more")


@dataclass
class Counter:
    """Jinhua's counter."""

    office: Office = field(default_factory=lambda: Office(catalogue=catalogue()))
    consents: Agreed = field(default_factory=Agreed)
    notes: list[Note] = field(default_factory=list[Note])
    signed: int = 0
    publish: Callable[[], None] | None = None

    @property
    def sheets(self) -> IssueSheet:
        printed = self.office.printer
        return IssueSheet(
            printed=printed,
            consents=self.consents,
            revoke=RevokeCodes(
                rows=self.office.rows, tags=printed.issue.tags, publish=self.publish or self._sign
            ),
            append=self.notes.append,
            cities=(WENZHOU.code, JIAXING.code),
            hotline="12345",
        )

    def _sign(self) -> None:
        self.signed += 1

    def issue(self, now: Timestamp = NOON, **changes: Any) -> Sheet | NoIncentive:  # noqa: ANN401  builder of tests
        return self.sheets.issue(replace(ORDER, **changes), now)

    def sheet(self, **changes: Any) -> Sheet:  # noqa: ANN401  builder of tests
        found = self.issue(**changes)
        assert isinstance(found, Sheet)
        return found


ORDER = SheetOrder(
    subject=PERSON,
    name="张",
    city=WENZHOU.code,
    scenario=HOTEL,
    days=7,
    channel="counter",
    acting=OFFICER,
)


def test_a_person_at_the_counter_gets_six_codes_until_the_end_of_a_day() -> None:
    counter = Counter()
    sheet = counter.sheet()

    codes = [reading.read(UnverifiedText(text)).claims for text in sheet.texts]
    assert len(codes) == CODES
    assert {each.masked_name for each in codes} == {sheet.holder} == {"张*"}
    assert sheet.last_day == china_day(NOON) + 7
    assert {each.expires_at for each in codes} == {china_midnight(china_day(NOON) + 8)}
    assert counter.signed == 1


@pytest.mark.parametrize("channel", ["counter", "relative"])
def test_asking_is_written_down_before_anything_is_read_and_names_nobody(channel: str) -> None:
    counter = Counter(office=Office(catalogue=catalogue(), reading=100))

    assert isinstance(counter.issue(channel=channel), NoIncentive)
    (note,) = counter.notes
    assert (note.act, note.target, note.facts) == ("sheet.asked", "citizen", {"channel": channel})
    assert note.actor == OFFICER.by
    assert (counter.office.rows.entries, counter.signed) == ([], 0)


@pytest.mark.parametrize("channel", COUNTER)
def test_agreeing_at_the_counter_is_a_consent_that_says_how_it_was_given(channel: str) -> None:
    counter = Counter()
    counter.sheet(channel=channel)

    assert (counter.consents.people, counter.consents.channels) == ([PERSON], [channel])


def test_on_the_own_page_nothing_is_printed_without_a_consent() -> None:
    counter = Counter()

    with pytest.raises(GatewayError) as refused:
        counter.issue(channel="page")
    counter.consents.give(PERSON, NOON, "page")

    assert refused.value.code == "consent_required"
    assert isinstance(counter.issue(channel="page"), Sheet)
    assert counter.notes == []


def test_a_consent_that_ends_while_codes_are_made_ends_them_as_well() -> None:
    counter = Counter()
    counter.consents.ends_after = 1

    with pytest.raises(GatewayError) as refused:
        counter.issue()

    assert refused.value.code == "consent_required"
    places = {each.index for each in counter.office.rows.entries}
    assert len(places) == CODES
    assert set(counter.office.rows.revoked(1)) == places


def test_a_stop_that_saw_the_sheet_already_is_told_as_a_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counter = Counter()
    counter.consents.ends_after = 1
    rows = counter.office.rows
    revoke_sheet = rows.revoke_sheet

    def stopped_before(sheet: str, acting: Acting) -> int:
        revoke_sheet(sheet, acting)
        return revoke_sheet(sheet, acting)

    monkeypatch.setattr(rows, "revoke_sheet", stopped_before)
    with pytest.raises(ConsentMissingError):
        counter.issue()

    assert len(rows.revoked(1)) == CODES


def test_lists_that_cannot_be_signed_at_once_hold_up_nobody() -> None:
    def gone() -> None:
        raise UnavailableError("no key")

    assert isinstance(Counter(publish=gone).issue(), Sheet)


@pytest.mark.parametrize("name", ["张", "张三", " 张三丰"])
def test_of_a_name_the_first_character_is_kept(name: str) -> None:
    assert Counter().sheet(name=name).holder == "张*"


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"subject": ""}, "subject_form"),
    "an id with a space": ({"subject": "a b"}, "subject_form"),
    "an id that is too long": ({"subject": "a" * 256}, "subject_form"),
    "no name": ({"name": " "}, "masked_name"),
    "a name of signs": ({"name": "*"}, "masked_name"),
    "no days": ({"days": 0}, "printed_life"),
    "days between": ({"days": 8}, "printed_life"),
    "no city": ({"city": CityId("999999")}, "city_unknown"),
    "no scenario": ({"scenario": "lodging.nothing"}, "scenario_not_offered"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSALS.values(), ids=list(REFUSALS))
def test_an_order_that_is_none_gives_no_sheet(changes: dict[str, Any], code: str) -> None:
    counter = Counter()

    with pytest.raises(GatewayError) as refused:
        counter.issue(**changes)

    assert refused.value.code == code
    assert counter.office.rows.entries == []


def test_thirty_days_fit_a_printed_code_at_the_first_second_of_a_day() -> None:
    midnight = china_midnight(china_day(NOON))

    assert Counter().sheet(days=30, now=midnight).last_day == china_day(NOON) + 30


def test_a_city_with_shorter_codes_offers_fewer_days() -> None:
    sheets = Counter().sheets

    assert sheets.days == DAYS
    assert replace(sheets, printed=replace(sheets.printed, code_lifetime_max_s=15 * DAY)).days == (
        7,
        14,
    )


def test_a_city_whose_catalogue_is_missing_has_nothing_to_choose() -> None:
    @dataclass
    class Partly(Office):
        def at(self, city: CityId, now: Timestamp) -> Destination:
            if city == JIAXING.code:
                raise CatalogueUnavailableError("not known")
            return super().at(city, now)

    choices = Counter(office=Partly(catalogue=catalogue())).sheets.choices(NOON)

    assert HOTEL in choices[WENZHOU.code]
    assert choices[JIAXING.code] == ()
