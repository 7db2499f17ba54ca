"""Trying a partner from end to end, and what nobody gets out of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import pytest

from gateway.codes import reading
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.errors import GatewayError
from gateway.ids import CityId, CodeId, OfferId, ScenarioId, Timestamp, UnverifiedText
from gateway.jose.keys import generate
from gateway.policy.scenarios import PROBE_SCENARIO, parse_scenario
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.errors import IssuingStoppedError
from gateway.services.own_keys import IssuingKey
from gateway.services.probe import ProbePartner, ProbeReport, ProbeStep
from gateway.services.probe_codes import LIFE_S, SAME_S, NoProbeError, ProbeCodes
from gateway.services.verdicts import Outcome
from gateway.trust import entity
from gateway.trust.decisions import Block, Decision
from gateway.trust.keyring import Keyring
from tests.services.offices import DAY, HOUR, NOON, Office, at, office, two
from tests.world import JINHUA, PHASE_1, RESTAURANT, WENZHOU, Desk, Trust, keyring_of, merchant
from tests.world import NOON as WORLD_NOON

OURS, THEIRS = CityId("330700"), CityId("330300")
MEMBERS = frozenset({OURS, THEIRS, CityId("330400")})


@dataclass
class Stop:
    """An officer who stops issuing."""

    issuing: bool = True
    offers: frozenset[OfferId] = frozenset()


def codes_of(theirs: Office, *, stop: Stop | None = None) -> ProbeCodes:
    """Return what Wenzhou shows to whoever asks."""
    signer = CodeSigner(theirs.k3)
    return ProbeCodes(
        THEIRS,
        MEMBERS,
        key=lambda: IssuingKey(kid=theirs.k3.public.kid, signer=signer),
        trust=theirs.view(NOON),
        stops=stop or NOTHING_STOPPED,
    )


def shown(theirs: Office, text: str) -> None:
    theirs.web.bodies[entity.probe_url(theirs.leaf, OURS)] = text.encode()


def probe(ours: Office, theirs: Office, now: Timestamp = NOON) -> ProbeReport:
    ticks = count()
    tried = ProbePartner(
        city=OURS,
        leaf=ours.leaf,
        book=ours.book,
        trust=ours.view(now),
        fetch=ours.web,
        elapsed_s=lambda: next(ticks) / 1000,
    )
    return tried.run(theirs.anchor, now)


@pytest.fixture
def pair() -> tuple[Office, Office]:
    ours, theirs = two()
    ours.join(theirs)
    shown(theirs, codes_of(theirs).code(OURS, NOON))
    return ours, theirs


def claims(**other: object) -> CreditClaims:
    members: dict[str, object] = {
        "issuer": THEIRS,
        "issued_at": NOON,
        "expires_at": at(90),
        "code_id": CodeId("A" * 16),
        "destination": OURS,
        "scenario": PROBE_SCENARIO,
        "policy_version": "probe",
    }
    return CreditClaims(**(members | other))  # type: ignore[arg-type]  # builder of tests


def test_a_partner_is_tried_from_end_to_end_and_every_step_says_how_long_it_took(
    pair: tuple[Office, Office],
) -> None:
    report = probe(*pair)

    assert report.verified
    assert [each.step for each in report.steps] == list(ProbeStep)
    assert {round(each.took_ms, 6) for each in report.steps} == {1.0}
    assert (report.lists_us, report.told_at) == (False, NOON)


def test_the_way_back_is_told_as_the_partner_publishes_it(pair: tuple[Office, Office]) -> None:
    ours, theirs = pair
    theirs.sign_leaf(at(HOUR), accepted=(ours.anchor,))
    ours.federation.sync(at(HOUR))
    shown(theirs, codes_of(theirs).code(OURS, at(HOUR)))

    report = probe(ours, theirs, at(HOUR))

    assert (report.verified, report.lists_us, report.told_at) == (True, True, at(HOUR))


Break = Callable[[Office, Office], None]


def _by(signer_of: Callable[[Office], CodeSigner], **other: object) -> Break:
    return lambda _, theirs: shown(theirs, signer_of(theirs).sign(claims(**other)))


def _genuine(theirs: Office) -> CodeSigner:
    return CodeSigner(theirs.k3)


def _gone(ours: Office, theirs: Office) -> None:
    del ours.web.bodies[entity.probe_url(theirs.leaf, OURS)]


def _blocked(ours: Office, theirs: Office) -> None:
    decision = Decision(officer="Li", reason="stolen", at=NOON)
    block = Block(since=NOON, decision=decision)
    kid = theirs.k3.public.kid
    ours.book.change(theirs.anchor, NOON, lambda record: record.key_blocked(kid, block))


def _html(_: Office, theirs: Office) -> None:
    shown(theirs, "<html>")


def _suspended(ours: Office, theirs: Office) -> None:
    ours.federation.suspend(theirs.leaf, "Li", "drill", NOON)


BREAKS: dict[str, tuple[Break, ProbeStep, str]] = {
    "suspended here": (_suspended, ProbeStep.PARTNER, "probe_refused"),
    "it answers nothing": (_gone, ProbeStep.FETCH, "fetch_status"),
    "it answers a page": (_html, ProbeStep.READ, "not_a_code"),
    "another city's code": (
        _by(_genuine, issuer=CityId("330400")),
        ProbeStep.ISSUER,
        "probe_refused",
    ),
    "a key that it does not announce": (
        _by(lambda _: CodeSigner(generate())),
        ProbeStep.SIGNATURE,
        "no_key",
    ),
    "a key that was blocked here": (_blocked, ProbeStep.SIGNATURE, "no_key"),
    "a code that is over": (
        _by(_genuine, issued_at=at(-DAY), expires_at=at(90 - DAY)),
        ProbeStep.LIFE,
        "code_life",
    ),
    "a code for another city": (
        _by(_genuine, destination=CityId("330400")),
        ProbeStep.PURPOSE,
        "probe_refused",
    ),
    "a code that is good for something": (
        _by(_genuine, scenario=ScenarioId("lodging.hotel")),
        ProbeStep.PURPOSE,
        "probe_refused",
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_the_first_step_that_fails_is_named(pair: tuple[Office, Office], what: str) -> None:
    ours, theirs = pair
    breaks, step, problem = BREAKS[what]
    breaks(ours, theirs)

    report = probe(ours, theirs)

    assert (report.steps[-1].step, report.problem) == (step, problem)
    assert not report.verified


def test_our_own_doubtful_clock_and_a_city_out_of_the_keyring_are_told(
    pair: tuple[Office, Office],
) -> None:
    ours, theirs = pair
    issuers = dict(ours.view(NOON).keyring.issuers)
    tried = ProbePartner(
        city=OURS,
        leaf=ours.leaf,
        book=ours.book,
        trust=Trust(Keyring(own=OURS, issuers=issuers, clock_doubtful=True)),
        fetch=ours.web,
        elapsed_s=lambda: 0.0,
    )
    ended = replace(issuers[THEIRS], statements_expire_at=NOON)

    said = [
        replace(tried, trust=Trust(keyring)).run(theirs.anchor, NOON).steps[-1].step
        for keyring in (
            tried.trust.keyring,
            Keyring(own=OURS, issuers={}),
            Keyring(own=OURS, issuers={THEIRS: ended}),
        )
    ]

    assert said == [ProbeStep.TRUST, ProbeStep.ISSUER, ProbeStep.TRUST]


def test_a_partner_that_only_verifies_has_nothing_to_probe() -> None:
    ours, theirs = two()
    theirs.division = None
    theirs.sign_all(at(1))
    ours.join(theirs, at(1))

    report = probe(ours, theirs, at(1))

    assert (report.steps[-1].step, report.problem) == (ProbeStep.PARTNER, "probe_refused")


# What a city shows


def test_everybody_gets_the_same_code_for_a_minute_so_that_it_is_no_signing_oracle(
    pair: tuple[Office, Office],
) -> None:
    codes = codes_of(pair[1])
    first = codes.code(OURS, NOON)

    assert codes.code(OURS, at(SAME_S - 1)) == first
    assert codes.code(CityId("330400"), NOON) != first
    later = codes.code(OURS, at(SAME_S))
    assert later != first
    # A clock that was set back gives a new one, too.
    assert codes.code(OURS, NOON) != later
    read = reading.read(UnverifiedText(first)).claims
    assert read.expires_at - read.issued_at == LIFE_S
    assert (read.scenario, read.destination, read.tier) == (PROBE_SCENARIO, OURS, None)


@pytest.mark.parametrize("destination", [THEIRS, CityId("330100"), CityId("000000")])
def test_there_is_no_code_for_whoever_is_no_other_member(
    pair: tuple[Office, Office], destination: CityId
) -> None:
    with pytest.raises(NoProbeError):
        codes_of(pair[1]).code(destination, NOON)


def test_a_city_that_issues_nothing_now_shows_no_probe_either(pair: tuple[Office, Office]) -> None:
    theirs = pair[1]
    unpublished = office("330300", "wenzhou", theirs.web)
    signer = CodeSigner(unpublished.k3)
    foreign = ProbeCodes(
        THEIRS,
        MEMBERS,
        key=lambda: IssuingKey(kid=unpublished.k3.public.kid, signer=signer),
        trust=theirs.view(NOON),
        stops=NOTHING_STOPPED,
    )

    for codes, now in (
        (codes_of(theirs, stop=Stop()), NOON),
        (codes_of(theirs), at(2 * DAY)),
        (foreign, NOON),
    ):
        with pytest.raises(IssuingStoppedError):
            codes.code(OURS, now)


# What a merchant makes of it


def test_a_probe_that_is_shown_to_a_merchant_gets_no_benefit() -> None:
    desk = Desk(JINHUA.issuer())
    codes = ProbeCodes(
        JINHUA.code,
        frozenset({WENZHOU.code}),
        key=lambda: IssuingKey(kid=JINHUA.signer.public.kid, signer=CodeSigner(JINHUA.signer)),
        trust=Trust(keyring_of(JINHUA.issuer())),
        stops=NOTHING_STOPPED,
    )
    text = codes.code(WENZHOU.code, WORLD_NOON)

    for scenario in (RESTAURANT, PROBE_SCENARIO):
        greedy = merchant(scenarios=PHASE_1 | {PROBE_SCENARIO})
        verdict = desk.verify.verify(desk.showing(text, scenario), greedy, WORLD_NOON)
        assert verdict.outcome is Outcome.NO_BENEFIT
    assert desk.log.records == {}


def test_no_agreement_offer_or_merchant_may_name_the_probes_scenario() -> None:
    with pytest.raises(GatewayError) as caught:
        parse_scenario(PROBE_SCENARIO)

    assert caught.value.code == "scenario_refused"
