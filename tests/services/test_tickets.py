"""Scenario codes and quota tickets, from the home city to the counter, without a network."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from gateway.codes import reading
from gateway.codes.budget import ScenarioIds
from gateway.codes.claims import CreditClaims
from gateway.codes.errors import CodeTooLargeError
from gateway.codes.issuing import CodeSigner
from gateway.errors import GatewayError
from gateway.ids import CityId, MerchantId, OfferId, ScenarioId, Timestamp, UnverifiedText
from gateway.policy.catalogue import Catalogue
from gateway.policy.offers import Offer
from gateway.policy.published import PublishedCatalogue
from gateway.policy.scale import Scales
from gateway.policy.stops import NOTHING_STOPPED, Stop, StopTarget
from gateway.policy.versions import KEPT_S, Versions
from gateway.services import fitting_ids, issue_scenario
from gateway.services.assess import Assessment
from gateway.services.catalogue_view import CatalogueUnavailableError, Destination, FileVersions
from gateway.services.grants import TICKET_KEPT_S
from gateway.services.issue import IssueCode, LiveCode, NoIncentive
from gateway.services.issue_scenario import IssueScenarioCode
from gateway.services.own_keys import IssuingKey
from gateway.services.ports import Recorded, Showing
from gateway.services.standing import Standing, Standings
from gateway.services.verdicts import Hint, Outcome, Verdict
from gateway.services.void import VoidGrant
from tests.policy.builders import offer_raw, terms_raw
from tests.services.catalogues import stated
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HOTEL,
    HUZHOU,
    JINHUA,
    NOON,
    WENZHOU,
    Desk,
    MemoryLog,
    Trust,
    agreement,
    city_file,
    keyring_of,
    merchant,
    new_tags,
)

MONTHLY, FREE = ScenarioId("fitness.gym.monthly"), ScenarioId("travel.attraction.free")
TWICE = ScenarioId("fitness.gym.twice")
QUOTA = {"count": 2, "every": 1, "unit": "month"}
VOUCHER = {"kind": "voucher", "value": None}
TWO_A_MONTH = offer_raw(
    {key: value for key, value in terms_raw(**VOUCHER, quota=QUOTA).items() if value is not None},
    id="twice",
    scenario=TWICE,
)
PERSON = "illustrative-person"


def offered(*offers: object) -> Catalogue:
    return replace(stated(*offers), valid_from=Timestamp(NOON - DAY))  # type: ignore[arg-type]  # builder of tests


@dataclass
class Home:
    """Jinhua, which issues, and what it knows of Wenzhou's catalogue."""

    catalogue: Catalogue | None = None
    reading: int = 720
    codes: list[bytes] = field(default_factory=list)
    scenarios: frozenset[ScenarioId] | None = None
    stopped: frozenset[OfferId] = frozenset()

    def read(self, subject: str) -> Assessment | None:
        if subject == "nobody":
            return None
        return Assessment(
            reading=self.reading, assessed_on=Timestamp(NOON - DAY), scale_version=None
        )

    def count_issue(
        self, subject: bytes, day: int, kind: str, standing: Standing, codes: int
    ) -> int:
        assert (day, kind, standing.scale_version, codes) == (
            (NOON + 8 * 3600) // DAY,
            "live",
            "2020-04",
            1,
        )
        assert standing.tier in {1, 2, 3}
        self.codes.append(subject)
        return len(self.codes)

    def last_standing(self, subject: bytes) -> None:
        del subject

    def at(self, city: CityId, now: Timestamp) -> Destination:
        del now
        if self.catalogue is None:
            raise CatalogueUnavailableError("not known")
        told = FileVersions.of(self.catalogue, agreement().scenarios).versions.published[0]
        return Destination(
            city=city, published=told, scenarios=self.scenarios, stopped=self.stopped
        )

    @property
    def use_case(self) -> IssueScenarioCode:
        raw = city_file("wenzhou")["scales"]
        assert isinstance(raw, list)
        tags = new_tags()
        issue = IssueCode(
            city=JINHUA.code,
            key=lambda: IssuingKey(kid=JINHUA.signer.public.kid, signer=CodeSigner(JINHUA.signer)),
            trust=Trust(
                replace(keyring_of(JINHUA.issuer()), own=JINHUA.code),
            ),
            standings=Standings(
                scales=Scales.parse(raw),
                assessments=self,
                last=self,
                tags=tags,
                max_age_s=35 * DAY,
            ),
            log=self,
            tags=tags,
            live_s=90,
            refresh_s=60,
        )
        return IssueScenarioCode(issue=issue, destinations=self, ticket_key=bytes(32))

    def ask(
        self, scenario: ScenarioId, now: int = NOON, subject: str = PERSON
    ) -> LiveCode | NoIncentive:
        return self.use_case.scenario(subject, WENZHOU.code, scenario, Timestamp(now))

    def code(self, scenario: ScenarioId, subject: str = PERSON) -> str:
        issued = self.ask(scenario, subject=subject)
        assert isinstance(issued, LiveCode)
        return issued.text

    def claims(self, scenario: ScenarioId, subject: str = PERSON) -> CreditClaims:
        return reading.read(UnverifiedText(self.code(scenario, subject))).claims


def home(*offers: object, **other: object) -> Home:
    return Home(catalogue=offered(*offers), **other)  # type: ignore[arg-type]  # builder of tests


def desk(*offers: object) -> Desk:
    """Return Wenzhou's desk, with these offers in force."""
    made = Desk(JINHUA.issuer())
    versions = FileVersions.of(offered(*offers), agreement().scenarios)
    made.verify = replace(made.verify, catalogues=versions)
    return made


def show(
    at: Desk, text: str, scenario: ScenarioId = GYM, *, request_id: str | None = None
) -> Verdict:
    return at.verify.verify(at.showing(text, scenario, request_id=request_id), merchant(), NOON)


def code_of(act: Callable[[], object]) -> str | None:
    try:
        act()
    except GatewayError as error:
        return error.code
    return None


def test_a_scenario_code_says_where_and_for_what_and_no_tier() -> None:
    claims = home().claims(HOTEL)

    assert (claims.destination, claims.scenario, claims.policy_version) == (
        WENZHOU.code,
        HOTEL,
        "2026.1",
    )
    assert (claims.tier, claims.ticket, claims.status) == (None, None, None)
    assert claims.expires_at - claims.issued_at == 90


def test_nothing_about_destination_or_scenario_is_kept_at_home() -> None:
    city = home()

    city.code(HOTEL)

    assert len(city.codes) == 1
    assert len(city.codes[0]) == 32


@pytest.mark.parametrize(("reading_", "subject"), [(649, PERSON), (690, PERSON), (720, "nobody")])
def test_who_is_not_eligible_there_is_answered_like_somebody_without_a_tier(
    reading_: int, subject: str
) -> None:
    city = home(offer_raw(terms_raw(min_tier=2)), reading=reading_)

    assert city.ask(HOTEL, subject=subject) == NoIncentive()
    assert city.codes == []


NOT_OFFERED: dict[str, tuple[Home, ScenarioId, str]] = {
    "a scenario without an offer": (home(), GYM, "scenario_not_offered"),
    "a whole of which only parts are offered": (home(TWO_A_MONTH), GYM, "scenario_not_offered"),
    "an offer that is over": (
        home(offer_raw(valid_until=NOON)),
        HOTEL,
        "scenario_not_offered",
    ),
    "an offer of our own that an officer stopped": (
        home(stopped=frozenset({OfferId("hotel-discount")})),
        HOTEL,
        "scenario_not_offered",
    ),
    "a scenario that is not agreed": (
        home(scenarios=frozenset({GYM})),
        HOTEL,
        "scenario_not_offered",
    ),
    "a catalogue that is not known": (Home(), HOTEL, "catalogue_unavailable"),
}


@pytest.mark.parametrize("case", NOT_OFFERED)
def test_a_code_that_would_be_good_for_nothing_is_not_made(case: str) -> None:
    city, scenario, code = NOT_OFFERED[case]

    assert code_of(lambda: city.ask(scenario)) == code
    assert city.codes == []


def test_ids_too_long_for_the_qr_code_are_not_offered_and_measured_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_case, measured = home().use_case, list[str]()

    def too_large(ids: ScenarioIds, *, now: Timestamp) -> None:
        del now
        measured.append(ids.destination)
        raise CodeTooLargeError("a scenario code", 9, 8)

    monkeypatch.setattr(issue_scenario, "check_scenario", too_large)
    monkeypatch.setattr(fitting_ids, "MAX_REMEMBERED", 1)

    cities = ("330300", "330300", "330500", "330300")
    asked = (partial(use_case.scenario, PERSON, CityId(city), HOTEL, NOON) for city in cities)
    codes = [code_of(ask) for ask in asked]

    assert codes == ["scenario_not_offered"] * 4
    assert measured == ["330300", "330500", "330300"], "no more is remembered than that"


def test_a_scenario_code_is_recognised_for_the_offers_of_its_scenario() -> None:
    at = desk()

    verdict = show(at, home().code(HOTEL), HOTEL)

    assert verdict.outcome is Outcome.RECOGNISED
    assert [each.id for each in verdict.offers] == ["hotel-discount"]
    assert at.log.spent == set()


def test_a_code_for_a_part_is_good_where_the_whole_is_asked_for() -> None:
    free = offer_raw({"min_tier": 1, "kind": "free_admission"}, id="free", scenario=FREE)
    half = offer_raw(terms_raw(min_tier=2), id="half", scenario="travel.attraction.half")

    verdict = show(desk(free, half), home(free, half).code(FREE), ATTRACTION)

    assert [each.id for each in verdict.offers] == ["free"]


def test_where_offers_overlap_the_guest_gets_the_best_one() -> None:
    better = offer_raw(terms_raw(value="0.70"), id="better")

    verdict = show(desk(offer_raw(), better), home(offer_raw(), better).code(HOTEL), HOTEL)

    assert [each.id for each in verdict.offers] == ["better"]


def test_a_quota_offer_is_granted_exactly_n_times() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)

    verdicts = [show(at, city.code(TWICE)) for _ in range(4)]

    outcomes = [(each.outcome, each.reason, each.hint) for each in verdicts]
    spent = (Outcome.NO_BENEFIT, "ticket_spent", Hint.ANOTHER_CODE)
    recognised = (Outcome.RECOGNISED, "recognised", None)
    assert outcomes == [recognised, recognised, spent, spent]
    assert len(at.log.spent) == 2


def test_a_ticket_spent_n_plus_1_times_burns_no_code() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)
    for _ in range(2):
        show(at, city.code(TWICE))
    third, burned = city.code(TWICE), len(at.log.burned_tags)

    answers = [show(at, third).reason for _ in range(2)]

    assert answers == ["ticket_spent", "ticket_spent"]
    assert len(at.log.burned_tags) == burned


def test_two_people_spend_two_tickets() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)

    outcomes = [show(at, city.code(TWICE, subject=f"person-{n % 2}")).outcome for n in range(4)]

    assert outcomes.count(Outcome.RECOGNISED) >= 2
    assert len({city.claims(TWICE, subject=f"person-{n}").ticket for n in range(5)}) == 5


def test_a_used_code_says_so_before_its_ticket_does() -> None:
    at, code = desk(TWO_A_MONTH), home(TWO_A_MONTH).code(TWICE)

    assert [show(at, code).reason for _ in range(2)] == ["recognised", "already_used"]


def test_a_repeat_of_a_request_is_answered_alike_and_spends_nothing_more() -> None:
    at, code = desk(TWO_A_MONTH), home(TWO_A_MONTH).code(TWICE)

    first, second = (show(at, code, request_id="till-1") for _ in range(2))

    assert first == second
    assert len(at.log.spent) == 1


def test_a_void_gives_the_ticket_back_once_and_the_code_stays_burned() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)
    first = city.code(TWICE)
    receipt = show(at, first).receipt
    assert receipt is not None
    show(at, city.code(TWICE))
    voiding = VoidGrant(log=at.log, tags=at.verify.tags)

    for _ in range(2):
        voiding.void(UnverifiedText(receipt), merchant(), None, NOON)
        assert show(at, first).reason == "already_used"
    assert len(at.log.spent) == 1

    outcomes = [show(at, city.code(TWICE)).outcome for _ in range(2)]
    voiding.void(UnverifiedText(receipt), merchant(), None, NOON)

    assert outcomes == [Outcome.RECOGNISED, Outcome.NO_BENEFIT]
    assert len(at.log.spent) == 2


def test_a_held_ticket_that_a_hand_changed_is_not_given_back() -> None:
    at = desk(TWO_A_MONTH)
    receipt = show(at, home(TWO_A_MONTH).code(TWICE)).receipt
    assert receipt is not None
    at.log.held[receipt] = secrets.token_bytes(44)

    VoidGrant(log=at.log, tags=at.verify.tags).void(UnverifiedText(receipt), merchant(), None, NOON)

    assert at.log.records[receipt].voided
    assert len(at.log.spent) == 1


def test_a_spent_ticket_is_forgotten_thirty_days_after_its_period_whenever_it_was_spent() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)
    kept = list[int]()

    class Watching(MemoryLog):
        def record(self, showing: Showing) -> Recorded:
            assert showing.ticket is not None
            kept.append(showing.ticket.forget_after)
            return super().record(showing)

    at.verify = replace(at.verify, log=Watching())
    for _ in range(2):
        show(at, city.code(TWICE))

    february_2027 = 1_801_411_200  # midnight in Shanghai
    assert kept == [february_2027 + TICKET_KEPT_S] * 2


def forged(**other: Any) -> str:  # noqa: ANN401  builder of tests
    members: dict[str, Any] = {
        "tier": None,
        "destination": WENZHOU.code,
        "scenario": TWICE,
        "policy_version": "2026.1",
        "ticket": "A" * 22,
    }
    return JINHUA.show(**(members | other))


REFUSED: dict[str, tuple[dict[str, Any], ScenarioId, str]] = {
    "a ticket of another destination": ({"destination": HUZHOU.code}, GYM, "other_destination"),
    "a ticket of another scenario": ({"scenario": MONTHLY}, GYM, "no_offer"),
    "a code of another scenario": ({"scenario": TWICE}, HOTEL, "other_scenario"),
    "a quota code without a ticket": ({"ticket": None}, GYM, "ticket_missing"),
    "a version that was never published": (
        {"policy_version": "2026.2"},
        GYM,
        "version_not_in_force",
    ),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_a_code_gets_nothing_and_uses_nothing_up(attack: str) -> None:
    changes, asked, reason = REFUSED[attack]
    at = desk(TWO_A_MONTH)

    verdict = show(at, forged(**changes), asked)

    assert (verdict.outcome, verdict.reason) == (Outcome.NO_BENEFIT, reason)
    assert (at.log.spent, at.log.burned_tags) == (set(), set())


def test_a_ticket_on_an_offer_without_a_quota_is_not_spent() -> None:
    at = desk()

    verdict = show(at, forged(scenario=HOTEL), HOTEL)

    assert verdict.outcome is Outcome.RECOGNISED
    assert at.log.spent == set()


def test_tickets_of_two_cities_or_scenarios_are_not_the_same_ticket() -> None:
    tags = new_tags()
    ticket = "A" * 22

    names = {
        tags.ticket_tag(JINHUA.code, TWICE, ticket),
        tags.ticket_tag(HUZHOU.code, TWICE, ticket),
        tags.ticket_tag(JINHUA.code, MONTHLY, ticket),
    }

    assert len(names) == 3


def test_a_stopped_offer_is_not_granted_to_a_scenario_code() -> None:
    at = desk()
    stop = Stop(target=StopTarget("offer/hotel-discount"), reason="why", by="Li", at=NOON)
    at.verify = replace(at.verify, stops=NOTHING_STOPPED.with_stop(stop))

    assert show(at, home().code(HOTEL), HOTEL).reason == "no_offer"
    assert at.verify.stops.offers == {OfferId("hotel-discount")}


def version(name: str, begins: int, *offers: object) -> PublishedCatalogue:
    told = FileVersions.of(offered(*offers), agreement().scenarios).versions.published[0]
    catalogue = replace(told.catalogue, version=name, valid_from=Timestamp(begins))
    return replace(told, catalogue=catalogue)


@pytest.mark.parametrize(
    ("name", "since", "reason"),
    [
        ("2026.1", DAY, "version_not_in_force"),
        ("2026.1", 30, "recognised"),
        ("2026.2", 30, "recognised"),
        ("2026.2", -30, "recognised"),
        ("2026.2", -120, "version_not_in_force"),
    ],
)
def test_a_code_is_read_under_the_version_that_was_in_force_when_it_was_made(
    name: str, since: int, reason: str
) -> None:
    """Version 2026.2 follows at ``NOON - since``; codes were made at noon."""
    at = desk()
    both = Versions.of([version("2026.1", NOON - 9 * DAY), version("2026.2", NOON - since)])
    at.verify = replace(at.verify, catalogues=FileVersions(versions=both))

    assert show(at, forged(scenario=HOTEL, policy_version=name), HOTEL).reason == reason


def test_a_version_is_kept_as_long_as_the_longest_code_can_live() -> None:
    assert KEPT_S >= 31 * DAY


def test_nobody_but_its_merchant_learns_that_a_ticket_is_spent() -> None:
    at, city = desk(TWO_A_MONTH), home(TWO_A_MONTH)
    for _ in range(2):
        show(at, city.code(TWICE))
    stranger = merchant(id=MerchantId("m-2"), scenarios=frozenset({HOTEL}))

    verdict = at.verify.verify(at.showing(city.code(TWICE), GYM), stranger, NOON)

    assert (verdict.reason, verdict.hint) == ("merchant_scenario", None)


def test_a_city_without_any_version_in_force_grants_nothing() -> None:
    at = desk()
    at.verify = replace(at.verify, catalogues=FileVersions(versions=Versions.of([])))

    verdicts = [show(at, text, HOTEL) for text in (JINHUA.show(), home().code(HOTEL))]

    assert [each.reason for each in verdicts] == ["no_offer", "version_not_in_force"]


def test_every_offer_of_a_scenario_has_one_quota_so_the_first_one_tells() -> None:
    offers: tuple[Offer, ...] = offered(TWO_A_MONTH).offers

    assert {each.quota for each in offers} == {offers[0].quota}
