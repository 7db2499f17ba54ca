from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gateway.codes import reading
from gateway.codes.claims import StatusReference
from gateway.codes.issuing import CodeSigner
from gateway.errors import UnavailableError
from gateway.ids import EntityId, OfferId, ScenarioId, Tier, Timestamp, UnverifiedText, VenueId
from gateway.jose import jws, strict_json
from gateway.jose.keys import generate
from gateway.policy.stops import NOTHING_STOPPED, Stop, offer_target
from gateway.services.errors import RequestIdReusedError
from gateway.services.ports import Merchant, Recorded, Showing, StoredAnswer, Venue
from gateway.services.verdicts import Outcome, Presentation, Verdict
from gateway.trust.keyring import Issuer, Keyring
from gateway.trust.states import PartnerState
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HANGZHOU,
    HOTEL,
    HUZHOU,
    JIAXING,
    JINHUA,
    MINUTE,
    NOON,
    RESTAURANT,
    WENZHOU,
    City,
    Desk,
    MemoryLog,
    keyring_of,
    merchant,
)

IMPOSTOR = City(JINHUA.code)
SCENARIO_CODE: dict[str, Any] = {
    "tier": None,
    "destination": WENZHOU.code,
    "scenario": HOTEL,
    "policy_version": "2026.1",
}
UNPUBLISHED: dict[str, Any] = {**SCENARIO_CODE, "policy_version": "2025.9"}
OTHER_DESTINATION: dict[str, Any] = {**SCENARIO_CODE, "destination": JIAXING.code}
ATTRACTION_HALF = ScenarioId("travel.attraction.half")
STATUS = StatusReference(index=7, uri="https://credit.jinhua.example/status/1")


def show(
    text: str,
    *,
    desk: Desk | None = None,
    scenario: ScenarioId = RESTAURANT,
    at: int = NOON,
    **other: str,
) -> Verdict:
    where = desk or Desk(JINHUA.issuer())
    return where.verify.verify(
        where.showing(text, scenario, **other), merchant(), Timestamp(at), plain_jws=True
    )


def test_a_visitor_of_equal_standing_is_recognised_like_a_local() -> None:
    desk = Desk(JINHUA.issuer())

    visitor = show(JINHUA.show(), desk=desk)
    local = show(WENZHOU.show(), desk=desk)

    assert visitor.outcome is local.outcome is Outcome.RECOGNISED
    assert visitor.offers == local.offers
    assert [offer.id for offer in visitor.offers] == ["dining-discount"]


def test_a_receipt_names_offer_and_key_but_neither_code_nor_second() -> None:
    desk = Desk(JINHUA.issuer())

    verdict = show(JINHUA.show(), desk=desk, at=NOON + 7)

    record = desk.log.records[verdict.receipt] if verdict.receipt else None
    assert record is not None
    assert record.offers == ("dining-discount@1",)
    assert record.key_id == JINHUA.signer.public.kid
    assert record.at_minute == NOON - NOON % MINUTE


def test_a_code_is_recognised_once_and_then_asks_for_another() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()

    first, second = show(text, desk=desk), show(text, desk=desk)

    assert (first.outcome, second.outcome) == (Outcome.RECOGNISED, Outcome.PRESENT_AGAIN)
    assert desk.tally.reasons == {"already_used": 1}


def test_the_plain_jws_of_a_code_is_the_same_code() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()
    jws = reading.as_jws(reading.read(text), JINHUA.signer.public.kid)

    assert show(jws, desk=desk).outcome is Outcome.RECOGNISED
    assert show(text, desk=desk).outcome is Outcome.PRESENT_AGAIN


def test_another_wire_text_with_the_mirrored_signature_is_the_same_code() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()

    assert show(mirrored(text), desk=desk).outcome is Outcome.RECOGNISED
    assert show(text, desk=desk).outcome is Outcome.PRESENT_AGAIN


def mirrored(text: UnverifiedText) -> str:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    code = reading.read(text)
    s = int.from_bytes(code.signature[32:])
    signature = code.signature[:32] + (order - s).to_bytes(32)
    return reading.as_jws(replace(code, signature=signature), JINHUA.signer.public.kid)


def statement(typ: str) -> str:
    """Return a statement that a code key of a partner really signed."""
    leaf = "https://credit.jinhua.example"
    payload = {"iss": leaf, "sub": leaf, "iat": NOON, "exp": NOON + 60, "tier": 3}
    return jws.sign(strict_json.encode(payload), JINHUA.signer, typ=typ)


@dataclass(frozen=True)
class Case:
    text: Callable[[], str]
    outcome: Outcome
    reason: str
    desk: Callable[[], Desk] = lambda: Desk(JINHUA.issuer())
    scenario: ScenarioId = RESTAURANT
    hint: str | None = None
    venue: str | None = None


def jinhua(**other: object) -> Callable[[], Desk]:
    return lambda: Desk(JINHUA.issuer(**other))


def with_key(**other: object) -> Callable[[], Desk]:
    return lambda: Desk(JINHUA.issuer(JINHUA.key(**other)))


REFUSALS: dict[str, Case] = {
    "text of something else": Case(lambda: "https://example.org", Outcome.NOT_A_CODE, "not_a_code"),
    "empty text": Case(lambda: "", Outcome.NOT_A_CODE, "not_a_code"),
    "a later form": Case(lambda: "CC2:ABC", Outcome.NOT_A_CODE, "newer_form", hint="update"),
    "a damaged plain JWS": Case(lambda: "eyJ.a.b", Outcome.NOT_A_CODE, "not_a_code"),
    "a statement as a code": Case(
        lambda: statement("entity-statement+jwt"), Outcome.NOT_A_CODE, "not_a_code"
    ),
    "a statement as a code, under a code's header": Case(
        lambda: statement("credit-code+jwt"), Outcome.NOT_A_CODE, "not_a_code"
    ),
    "a city that never was a member": Case(
        HANGZHOU.show, Outcome.NOT_A_CODE, "not_a_member", hint="not_a_member"
    ),
    "a member whose keys are not exchanged": Case(HUZHOU.show, Outcome.PRESENT_AGAIN, "no_key"),
    "an unknown key": Case(IMPOSTOR.show, Outcome.PRESENT_AGAIN, "no_key"),
    "a key before its time": Case(
        JINHUA.show, Outcome.PRESENT_AGAIN, "key_not_usable", with_key(not_before=NOON + 1)
    ),
    "a key at its end": Case(
        JINHUA.show, Outcome.PRESENT_AGAIN, "key_not_usable", with_key(expires_at=NOON)
    ),
    "a key inside its hold-down": Case(
        JINHUA.show, Outcome.PRESENT_AGAIN, "key_not_usable", with_key(usable_from=NOON + 1)
    ),
    "a city that signs for another": Case(
        lambda: City(JIAXING.code, JINHUA.signer).show(),
        Outcome.PRESENT_AGAIN,
        "no_key",
        lambda: Desk(JINHUA.issuer(), JIAXING.issuer()),
    ),
    "a suspended partner": Case(
        JINHUA.show, Outcome.UNDETERMINED, "issuer_not_active", jinhua(state=PartnerState.SUSPENDED)
    ),
    "statements that end now": Case(
        JINHUA.show, Outcome.UNDETERMINED, "issuer_not_active", jinhua(statements_expire_at=NOON)
    ),
    "our own clock in doubt": Case(
        JINHUA.show,
        Outcome.UNDETERMINED,
        "clock_doubtful",
        lambda: Desk(JINHUA.issuer(), clock_doubtful=True),
    ),
    "expired to the second": Case(
        lambda: JINHUA.show(at=Timestamp(NOON - 90)), Outcome.PRESENT_AGAIN, "code_life"
    ),
    "61 seconds ahead": Case(
        lambda: JINHUA.show(at=Timestamp(NOON + 61)), Outcome.PRESENT_AGAIN, "code_life"
    ),
    "longer than the city's codes live": Case(
        JINHUA.show, Outcome.PRESENT_AGAIN, "code_lifetime", jinhua(code_lifetime_max_s=89)
    ),
    "longer than its key": Case(
        JINHUA.show, Outcome.PRESENT_AGAIN, "code_outlives_key", with_key(expires_at=NOON + 89)
    ),
    "over an hour without status": Case(
        lambda: JINHUA.show(life_s=3601), Outcome.PRESENT_AGAIN, "code_status_rule"
    ),
    "for another city": Case(
        lambda: JINHUA.show(**OTHER_DESTINATION),
        Outcome.NO_BENEFIT,
        "other_destination",
    ),
    "for another scenario": Case(
        lambda: JINHUA.show(**SCENARIO_CODE), Outcome.NO_BENEFIT, "other_scenario"
    ),
    "at a venue of nobody": Case(
        JINHUA.show, Outcome.NO_BENEFIT, "merchant_scenario", venue="nowhere"
    ),
    "at a venue for other scenarios": Case(
        JINHUA.show, Outcome.NO_BENEFIT, "merchant_scenario", venue="hall"
    ),
    "a scenario that this partner did not agree": Case(
        JINHUA.show, Outcome.NO_BENEFIT, "scenario_not_agreed", jinhua(scenarios=frozenset({HOTEL}))
    ),
    "a printed code, whose status is not read": Case(
        lambda: JINHUA.show(life_s=DAY, status=STATUS, **SCENARIO_CODE),
        Outcome.UNDETERMINED,
        "status_unlisted",
        scenario=HOTEL,
    ),
    "a scenario code of a version that was never published": Case(
        lambda: JINHUA.show(**UNPUBLISHED),
        Outcome.NO_BENEFIT,
        "version_not_in_force",
        scenario=HOTEL,
    ),
    "a tier below every offer": Case(
        lambda: JINHUA.show(tier=Tier(1)), Outcome.NO_BENEFIT, "no_offer", scenario=HOTEL
    ),
    "only an offer with a quota": Case(
        JINHUA.show,
        Outcome.NO_BENEFIT,
        "no_offer",
        scenario=ScenarioId("fitness.gym.monthly"),
        hint="scenario_code",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_has_its_outcome_and_reason(name: str) -> None:
    case = REFUSALS[name]
    desk = case.desk()
    other: dict[str, Any] = {} if case.venue is None else {"venue": case.venue}

    verdict = show(case.text(), desk=desk, scenario=case.scenario, **other)

    assert (verdict.outcome, verdict.reason, verdict.hint) == (
        case.outcome,
        case.reason,
        case.hint,
    )
    assert verdict.receipt is None
    assert not desk.log.burned_tags
    assert desk.tally.reasons == {case.reason: 1}


@pytest.mark.parametrize("name", REFUSALS)
def test_trust_age_is_told_only_where_it_matters(name: str) -> None:
    case = REFUSALS[name]
    other: dict[str, Any] = {} if case.venue is None else {"venue": case.venue}

    verdict = show(case.text(), desk=case.desk(), scenario=case.scenario, **other)

    assert (verdict.trust_age_s is not None) == (verdict.outcome is Outcome.UNDETERMINED)


@pytest.mark.parametrize("at", [NOON - 60, NOON + 89], ids=["a minute ahead", "in the last second"])
def test_a_code_is_alive_up_to_both_ends(at: int) -> None:
    assert show(JINHUA.show(), at=at).outcome is Outcome.RECOGNISED


def test_two_keys_with_one_hint_are_both_tried() -> None:
    other = replace(generate().public, kid=JINHUA.signer.public.kid)
    desk = Desk(JINHUA.issuer(JINHUA.key(public=other), JINHUA.key()))

    assert show(JINHUA.show(), desk=desk).outcome is Outcome.RECOGNISED


@pytest.mark.parametrize(
    ("stopped", "tier", "granted"),
    [
        ("attraction-half", 3, ["attraction-free"]),
        ("attraction-free", 3, ["attraction-half"]),
        ("attraction-half", 1, []),
    ],
)
def test_a_stopped_offer_is_not_granted_unless_another_applies(
    stopped: str, tier: int, granted: list[str]
) -> None:
    desk = Desk(JINHUA.issuer())
    stop = Stop(target=offer_target(stopped), reason="x", by="officer:Lin", at=NOON)
    desk.verify = replace(desk.verify, stops=NOTHING_STOPPED.with_stop(stop))
    text = JINHUA.show(tier=Tier(tier))

    verdict = show(text, desk=desk, scenario=ATTRACTION)

    assert [offer.id for offer in verdict.offers] == granted
    assert verdict.outcome is (Outcome.RECOGNISED if granted else Outcome.NO_BENEFIT)
    assert verdict.hint is None


def test_an_offer_that_the_merchant_paused_is_granted_to_residents_and_visitors_alike_no_more() -> (
    None
):
    desk = Desk(JINHUA.issuer())
    dining = OfferId("dining-discount")
    paused, other = replace(merchant(), paused=frozenset({dining})), merchant()

    def ask(text: str, of: Merchant) -> Verdict:
        return desk.verify.verify(desk.showing(text, RESTAURANT), of, NOON, plain_jws=True)

    for text in (JINHUA.show(), WENZHOU.show()):
        verdict = ask(text, paused)
        assert verdict.outcome is Outcome.NO_BENEFIT
        # Nothing was used up, and others grant it still.
        assert ask(text, other).outcome is Outcome.RECOGNISED


def test_a_general_code_at_a_whole_scenario_gets_the_best_of_its_parts() -> None:
    verdict = show(JINHUA.show(), scenario=GYM)

    assert [offer.id for offer in verdict.offers] == ["gym-discount"]


def test_a_venue_that_serves_the_scenario_is_accepted() -> None:
    assert show(JINHUA.show(), scenario=HOTEL, venue="hall").outcome is Outcome.RECOGNISED


def test_a_venue_may_serve_a_part_of_what_its_merchant_serves() -> None:
    free = Venue(
        id=VenueId("gate"), name="示例 (illustrative)", scenarios=frozenset({ATTRACTION_HALF})
    )
    desk = Desk(JINHUA.issuer())
    where = merchant(venues=(free,))

    part = desk.showing(JINHUA.show(), ATTRACTION_HALF, venue="gate")
    whole = desk.showing(JINHUA.show(), ATTRACTION, venue="gate")

    assert desk.verify.verify(part, where, NOON).outcome is Outcome.RECOGNISED
    assert desk.verify.verify(whole, where, NOON).reason == "merchant_scenario"


def test_a_repeated_request_gets_the_same_answer_even_after_the_end() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()

    first = show(text, desk=desk, request_id="r-1")
    again = show(text, desk=desk, request_id="r-1", scenario=HOTEL, at=NOON + DAY)

    assert again == replace(first, trust_age_s=again.trust_age_s)
    assert len(desk.log.records) == 1


def test_another_request_with_the_same_code_asks_for_another() -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()
    show(text, desk=desk, request_id="r-1")

    assert show(text, desk=desk, request_id="r-2").outcome is Outcome.PRESENT_AGAIN


def used_at(desk: Desk) -> str:
    text = JINHUA.show()
    show(text, desk=desk)
    return text


NOT_ALIVE: dict[str, Callable[[Desk], str]] = {
    "used": used_at,
    "expired": lambda _: JINHUA.show(at=Timestamp(NOON - 90)),
    "forged": lambda _: IMPOSTOR.show(),
}


@pytest.mark.parametrize("name", NOT_ALIVE)
def test_a_scenario_that_the_merchant_lacks_tells_nothing_about_a_code(name: str) -> None:
    desk = Desk(JINHUA.issuer())
    shown = desk.showing(NOT_ALIVE[name](desk), HOTEL)

    verdict = desk.verify.verify(shown, merchant(scenarios=frozenset({RESTAURANT})), NOON)

    assert (verdict.outcome, verdict.hint) == (Outcome.NO_BENEFIT, None)


@pytest.mark.parametrize("name", NOT_ALIVE)
def test_a_scenario_without_offers_tells_nothing_about_a_code(name: str) -> None:
    desk = Desk(JINHUA.issuer())

    verdict = show(NOT_ALIVE[name](desk), desk=desk, scenario=ScenarioId("fitness.gym.monthly"))

    assert (verdict.outcome, verdict.hint) == (Outcome.PRESENT_AGAIN, None)


@pytest.mark.parametrize("name", NOT_ALIVE)
def test_a_bound_request_id_tells_nothing_about_another_code(name: str) -> None:
    desk = Desk(JINHUA.issuer())
    show(JINHUA.show(), desk=desk, request_id="r-1")

    with pytest.raises(RequestIdReusedError):
        show(NOT_ALIVE[name](desk), desk=desk, request_id="r-1")


KEY_GONE: dict[str, tuple[Callable[[], Keyring], str]] = {
    "the key ended": (
        lambda: keyring_of(JINHUA.issuer(JINHUA.key(expires_at=NOON))),
        "key_not_usable",
    ),
    "the key was removed": (lambda: keyring_of(JINHUA.issuer(IMPOSTOR.key())), "no_key"),
    "the partner was dropped": (keyring_of, "no_key"),
}


@pytest.mark.parametrize("name", KEY_GONE)
def test_a_repeat_whose_key_is_gone_is_refused_and_no_fault_of_the_till(name: str) -> None:
    desk = Desk(JINHUA.issuer())
    text = JINHUA.show()
    show(text, desk=desk, request_id="r-1")
    keyring, reason = KEY_GONE[name]
    desk.trust.keyring = keyring()

    repeated = show(text, desk=desk, request_id="r-1")

    assert (repeated.outcome, repeated.reason) == (Outcome.PRESENT_AGAIN, reason)
    with pytest.raises(RequestIdReusedError):
        show(JINHUA.show(), desk=desk, request_id="r-1")


def test_a_forgery_of_the_bound_code_is_refused_as_without_the_request_id() -> None:
    desk = Desk(JINHUA.issuer())
    claims = JINHUA.claims()
    show(CodeSigner(JINHUA.signer).sign(claims), desk=desk, request_id="r-1")
    forged = CodeSigner(IMPOSTOR.signer).sign(claims)

    verdicts = [show(forged, desk=desk, request_id=each) for each in ("r-1", "r-2")]

    assert verdicts[0] == verdicts[1]
    assert verdicts[0].outcome is Outcome.PRESENT_AGAIN


def test_a_request_id_is_bound_to_its_code() -> None:
    desk = Desk(JINHUA.issuer())
    show(JINHUA.show(), desk=desk, request_id="r-1")

    with pytest.raises(RequestIdReusedError):
        show(JINHUA.show(), desk=desk, request_id="r-1")


def test_the_same_request_id_of_another_merchant_is_another_request() -> None:
    desk = Desk(JINHUA.issuer())
    show(JINHUA.show(), desk=desk, request_id="r-1")

    verdict = desk.verify.verify(
        desk.showing(JINHUA.show(), request_id="r-1"), merchant(id="m-2"), NOON
    )

    assert verdict.outcome is Outcome.RECOGNISED


def test_a_refused_request_binds_nothing() -> None:
    desk = Desk(JINHUA.issuer())
    show(JINHUA.show(tier=Tier(1)), desk=desk, request_id="r-1", scenario=HOTEL)

    assert show(JINHUA.show(), desk=desk, request_id="r-1").outcome is Outcome.RECOGNISED


def test_a_plain_jws_is_refused_where_pages_scan() -> None:
    desk = Desk(JINHUA.issuer())
    text = reading.as_jws(reading.read(JINHUA.show()), JINHUA.signer.public.kid)

    verdict = desk.verify.verify(desk.showing(text), merchant(), NOON)

    assert verdict.outcome is Outcome.NOT_A_CODE


class NoReads(MemoryLog):
    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        raise UnavailableError("the database is gone")

    def burned(self, code_tag: bytes) -> bool:
        raise UnavailableError("the database is gone")


@pytest.mark.parametrize("request_id", [None, "r-1"])
def test_without_reads_a_refusal_that_needs_one_is_undetermined(request_id: str | None) -> None:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, log=NoReads())
    text = JINHUA.show(tier=Tier(1)) if request_id is None else IMPOSTOR.show()

    shown = desk.showing(text, HOTEL, request_id=request_id)

    assert desk.verify.verify(shown, merchant(), NOON).outcome is Outcome.UNDETERMINED


class BrokenLog(MemoryLog):
    def __init__(self, *, reads: bool) -> None:
        super().__init__()
        self.reads = reads

    def stored_answer(self, request_tag: bytes) -> StoredAnswer | None:
        if self.reads:
            return None
        raise UnavailableError("the database is gone")

    def record(self, showing: Showing) -> Recorded:
        raise UnavailableError("the database is gone")


@pytest.mark.parametrize("reads", [True, False])
def test_without_a_database_nothing_is_recognised(*, reads: bool) -> None:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, log=BrokenLog(reads=reads))

    verdict = show(JINHUA.show(), desk=desk, request_id="r-1")

    assert (verdict.outcome, verdict.receipt) == (Outcome.UNDETERMINED, None)


class RacedLog(MemoryLog):
    """Answers as the database does when another worker was faster between look and write."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__()
        self.recorded = recorded

    def record(self, showing: Showing) -> Recorded:
        super().record(showing)
        return self.recorded


def test_a_request_that_lost_the_race_to_itself_gets_the_winners_answer() -> None:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, log=RacedLog(Recorded.REPEATED))

    assert show(JINHUA.show(), desk=desk, request_id="r-1").outcome is Outcome.RECOGNISED


def test_a_request_id_that_another_worker_bound_first_is_refused() -> None:
    desk = Desk(JINHUA.issuer())
    desk.verify = replace(desk.verify, log=RacedLog(Recorded.REQUEST_ID_REUSED))

    with pytest.raises(RequestIdReusedError):
        show(JINHUA.show(), desk=desk, request_id="r-1")


def test_any_text_gets_one_of_five_outcomes() -> None:
    texts = [
        "\ud800",
        "CC1:",
        "CC1:\ud800",
        "x" * 4096,
        "CC1:" + "0" * 4092,
        "eyJhbGciOiJub25lIn0..",
    ]

    outcomes = {show(text).outcome for text in texts}

    assert outcomes == {Outcome.NOT_A_CODE}


def test_a_presentation_does_not_show_its_text_when_printed() -> None:
    assert "CC1:" not in repr(Presentation(text=JINHUA.show(), scenario=HOTEL))


JINHUA_ANCHOR = EntityId("https://credit.jinhua.example/anchor")


def asked_about(text: str, issuer: Issuer) -> tuple[list[EntityId], Verdict]:
    """Return which partners a showing lets us ask, and its verdict."""
    desk, asked = Desk(issuer), list[EntityId]()
    desk.verify = replace(desk.verify, unknown_hint=lambda anchor, _now: asked.append(anchor))
    return asked, show(text, desk=desk)


def test_a_code_with_an_unknown_hint_lets_us_ask_its_city_and_is_answered_as_ever() -> None:
    known = JINHUA.issuer(seen_hints=frozenset({JINHUA.signer.public.kid[:8]}))

    forged, plain = asked_about(IMPOSTOR.show(), replace(known, anchor=JINHUA_ANCHOR))
    _, unasked = asked_about(IMPOSTOR.show(), known)

    assert forged == [JINHUA_ANCHOR]
    assert plain == unasked
    assert plain.outcome is Outcome.PRESENT_AGAIN


def test_a_dead_blocked_or_held_down_hint_lets_us_ask_nobody() -> None:
    seen = frozenset({IMPOSTOR.signer.public.kid[:8]})

    asked, verdict = asked_about(
        IMPOSTOR.show(), JINHUA.issuer(anchor=JINHUA_ANCHOR, seen_hints=seen)
    )

    assert asked == []
    assert verdict.outcome is Outcome.PRESENT_AGAIN


def test_an_unknown_hint_of_our_own_city_lets_us_ask_nobody() -> None:
    asked, _ = asked_about(City(WENZHOU.code).show(), JINHUA.issuer(anchor=JINHUA_ANCHOR))

    assert asked == []
