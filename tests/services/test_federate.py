import json
from dataclasses import replace

import pytest

from gateway.errors import GatewayError
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp
from gateway.jose import jws
from gateway.jose.keys import generate
from gateway.services.federate import Added, SyncReport
from gateway.services.partner_cycle import statement_url
from gateway.services.partner_join import draw_groups
from gateway.services.partner_ports import (
    FirstSyncError,
    KnownPartnerError,
    OwnEntityError,
    OwnStatementsMissingError,
    UnknownPartnerError,
)
from gateway.services.trust_ports import ConflictError
from gateway.trust.candidate import CandidateError
from gateway.trust.confirmation import Verdict
from gateway.trust.errors import (
    ConfirmationError,
    DivisionForeignError,
    DivisionTakenError,
    EntityIdError,
    NotAMemberError,
    PartnerRowTamperedError,
    PinsFileError,
    RecordError,
    TransitionError,
)
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import (
    DAY,
    HOTEL,
    HOUR,
    NOON,
    Office,
    Web,
    at,
    office,
    two,
)

LATER = at(HOUR)


def joined() -> tuple[Office, Office]:
    one, other = two()
    one.join(other)
    return one, other


def stored_state(one: Office, other: Office, now: Timestamp = NOON) -> PartnerState | None:
    return next(s.state for s in one.federation.status(now) if s.anchor == other.anchor)


def results(report: SyncReport) -> list[str]:
    return [outcome.problem or outcome.result for outcome in report.outcomes]


# Joining


def test_both_offices_see_one_safety_number() -> None:
    one, other = two()

    here, there = one.federation.add(other.leaf, NOON), other.federation.add(one.leaf, NOON)

    assert here.safety_number == there.safety_number == one.number_with(other)
    assert (here.anchor, here.division) == (other.anchor, other.division)
    assert stored_state(one, other) is PartnerState.CANDIDATE


def test_only_derived_urls_are_fetched() -> None:
    one, other = two()

    one.federation.add(other.leaf, NOON)

    assert [url for url, _ in one.web.asked] == [
        f"{other.leaf}/anchor/.well-known/openid-federation",
        f"{other.leaf}/anchor/fetch?sub=https%3A%2F%2Fcredit.wenzhou.example",
        f"{other.leaf}/.well-known/openid-federation",
    ]


def test_officers_are_asked_for_the_partners_half_only() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)

    asked = one.federation.challenge(other.leaf, "Li", NOON)

    number, half = one.number_with(other), other.pins().half()
    assert [number[group - 1] for group in asked.groups] == [half[i] for i in (0, 2, 4)]


def test_a_confirmed_partner_becomes_active_with_its_first_sync() -> None:
    one, other = two()

    report = one.join(other)

    assert report.state is PartnerState.ACTIVE
    assert report.freshness is Freshness.FRESH
    assert stored_state(one, other) is PartnerState.ACTIVE
    assert one.federation.accepted_anchors(NOON) == (other.anchor,)
    assert len(one.rows.hashes[other.anchor]) == 3


def test_the_second_officer_is_another_person_with_other_groups() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    number = one.number_with(other)
    first = one.federation.challenge(other.anchor, "Li", NOON)
    one.federation.confirm(other.anchor, "Li", [number[g - 1] for g in first.groups], NOON)

    with pytest.raises(ConfirmationError):
        one.federation.challenge(other.anchor, "li ", NOON)
    second = one.federation.challenge(other.anchor, "Wang", NOON)

    assert not set(first.groups) & set(second.groups)


def test_three_wrong_answers_void_the_comparison_with_an_alarm() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    verdicts: list[Verdict] = []
    for _ in range(3):
        one.federation.challenge(other.leaf, "Li", NOON)
        verdicts.append(one.federation.confirm(other.leaf, "Li", ["00000"] * 3, NOON).verdict)

    assert verdicts == [Verdict.WRONG, Verdict.WRONG, Verdict.VOID]
    assert one.rows.codes() == ["trust_safety_number_wrong"]
    assert stored_state(one, other) is PartnerState.CANDIDATE


def test_somebody_in_between_has_another_safety_number() -> None:
    one, other = two()
    between = office("330300", "wenzhou", Web())
    for role in Role:
        url = statement_url(other.leaf, role)
        one.web.bodies[url] = between.web.bodies[url]

    added = one.federation.add(other.leaf, NOON)

    assert added.safety_number != other.number_with(one)


def test_a_candidate_that_is_added_again_begins_anew() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    number = one.number_with(other)
    asked = one.federation.challenge(other.leaf, "Li", NOON)
    one.federation.confirm(other.leaf, "Li", [number[g - 1] for g in asked.groups], NOON)

    one.federation.add(other.leaf, NOON)
    again = one.federation.challenge(other.leaf, "Li", NOON)

    assert again.groups == asked.groups


def test_a_partner_is_not_added_twice() -> None:
    one, other = joined()

    with pytest.raises(KnownPartnerError):
        one.federation.add(other.leaf, NOON)


def test_a_city_is_no_partner_of_itself() -> None:
    one, _ = two()

    with pytest.raises(OwnEntityError):
        one.federation.add(one.leaf, NOON)


@pytest.mark.parametrize("leaf", ["http://127.0.0.1:80", "https://x.example/", "x"])
def test_odd_identifiers_are_not_even_fetched(leaf: str) -> None:
    one, _ = two()

    with pytest.raises(EntityIdError):
        one.federation.add(leaf, NOON)
    assert one.web.asked == []


def test_a_city_without_statements_has_no_safety_number() -> None:
    web = Web()
    other = office("330300", "wenzhou", web)
    bare = Office(
        division=CityId("330700"), leaf=EntityId("https://credit.jinhua.example"), web=web
    )

    with pytest.raises(OwnStatementsMissingError):
        bare.federation.add(other.leaf, NOON)


def test_a_partner_that_announces_our_division_code_is_refused() -> None:
    one, _ = two()
    twin = office("330700", "huzhou", one.web)

    with pytest.raises(DivisionTakenError):
        one.federation.add(twin.leaf, NOON)
    assert one.rows.rows == {}


def test_a_partner_that_announces_another_partners_division_code_is_refused() -> None:
    one, other = joined()
    twin = office("330300", "huzhou", one.web)

    with pytest.raises(DivisionTakenError):
        one.federation.add(twin.leaf, NOON)
    assert set(one.rows.rows) == {other.anchor}


def test_a_division_code_that_was_taken_since_adding_is_refused_at_acceptance() -> None:
    one, other = two()
    twin = office("330300", "huzhou", one.web)
    one.members = {twin.leaf: CityId("330300"), other.leaf: CityId("330300")}
    one.federation.add(twin.leaf, NOON)
    one.compare(twin)
    one.join(other)

    with pytest.raises(DivisionTakenError):
        one.federation.accept(twin.leaf, (HOTEL,), at(DAY), NOON)


def test_a_city_may_not_take_the_code_of_a_member_that_has_not_joined_yet() -> None:
    one, _ = two()
    thief = office("330400", "huzhou", one.web)

    with pytest.raises(DivisionForeignError):
        one.federation.add(thief.leaf, NOON)
    assert one.rows.rows == {}


def test_a_city_that_only_verifies_knows_who_has_which_code_as_well() -> None:
    one, _ = two()
    one.division = None
    thief = office("330700", "huzhou", one.web)

    with pytest.raises(DivisionForeignError):
        one.federation.add(thief.leaf, NOON)


def test_a_city_outside_the_agreement_is_no_candidate() -> None:
    one, _ = two()
    stranger = office("330100", "hangzhou", one.web)

    with pytest.raises(NotAMemberError):
        one.federation.add(stranger.leaf, NOON)
    assert one.rows.rows == {}


def test_a_city_that_left_the_agreement_since_adding_is_not_accepted() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    one.compare(other)
    one.members = {}

    with pytest.raises(NotAMemberError):
        one.federation.accept(other.leaf, (HOTEL,), at(DAY), NOON)


def test_a_city_that_cannot_be_reached_is_not_added() -> None:
    one, other = two()
    other.offline(Role.SUBORDINATE)

    with pytest.raises(GatewayError) as refusal:
        one.federation.add(other.leaf, NOON)
    assert refusal.value.code == "fetch_status"
    assert one.rows.rows == {}


def test_what_is_no_ascii_is_no_statement() -> None:
    one, other = two()
    one.web.bodies[statement_url(other.leaf, Role.ANCHOR)] = "信用".encode()

    with pytest.raises(CandidateError) as refusal:
        one.federation.add(other.leaf, NOON)
    assert refusal.value.refusal == "jws_format"


def test_a_partner_that_changed_its_keys_since_adding_is_not_accepted() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    one.compare(other)
    stranger = office("330300", "wenzhou", Web())
    for role in Role:
        url = statement_url(other.leaf, role)
        one.web.bodies[url] = stranger.web.bodies[url]

    with pytest.raises(FirstSyncError) as refusal:
        one.federation.accept(other.leaf, (HOTEL,), at(DAY), NOON)

    assert refusal.value.refusal == "trust_unknown_signer"
    assert stored_state(one, other) is PartnerState.CONFIRMED


def test_an_unconfirmed_candidate_is_not_accepted() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)

    with pytest.raises(TransitionError):
        one.federation.accept(other.leaf, (HOTEL,), at(DAY), NOON)


@pytest.mark.parametrize("scenarios", [(), (ScenarioId("gov.service"),)])
def test_only_proper_scenarios_are_agreed(scenarios: tuple[ScenarioId, ...]) -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    one.compare(other)

    with pytest.raises(RecordError):
        one.federation.accept(other.leaf, scenarios, at(DAY), NOON)


def test_nobody_is_found_under_an_unknown_name() -> None:
    one, other = two()

    for act in (
        lambda: one.federation.challenge(other.leaf, "Li", NOON),
        lambda: one.federation.sync(NOON, "https://nobody.example"),
        lambda: one.federation.suspend("", "Li", "why", NOON),
    ):
        with pytest.raises(UnknownPartnerError):
            act()


def test_three_different_groups_are_drawn_at_random() -> None:
    draws = {draw_groups() for _ in range(200)}

    assert len(draws) > 10
    assert all(len(set(draw)) == 3 and set(draw) <= set(range(6)) for draw in draws)


def test_a_partner_that_is_not_stored_cannot_be_opened() -> None:
    one, other = two()
    with pytest.raises(UnknownPartnerError):
        one.book.find(other.anchor, NOON)


# Syncing


def test_a_sync_asks_with_the_stored_validators_and_a_304_counts() -> None:
    one, other = joined()
    one.web.asked.clear()

    (report,) = one.federation.sync(at(300))

    assert results(report) == ["unchanged"] * 3
    assert all(etag for _, etag in one.web.asked)
    assert one.rows.contacts[other.anchor].obtained_at == at(300)


def test_a_validator_that_a_hand_planted_hides_a_killed_key_for_ten_minutes_at_most() -> None:
    one, other = joined()
    url = statement_url(other.leaf, Role.LEAF)
    other.sign_leaf(at(1))
    planted = f'"{hash(one.web.bodies[url])}"'
    contact = one.rows.contacts[other.anchor]
    one.rows.contacts[other.anchor] = replace(contact, etags={**contact.etags, url: planted})

    polls = [one.federation.sync(at(each))[0].outcomes[-1].result for each in range(2, 602, 45)]

    assert polls[0] == "unchanged"
    assert "accepted" in polls


def test_a_validator_is_not_sent_for_a_statement_that_no_longer_counts() -> None:
    one, other = joined()
    one.web.asked.clear()

    one.federation.sync(at(DAY))

    leaf = statement_url(other.leaf, Role.LEAF)
    assert [etag is None for url, etag in one.web.asked if url == leaf] == [True]
    assert all(etag for url, etag in one.web.asked if url != leaf)


def test_a_new_statement_is_stored_at_once_and_under_a_new_version() -> None:
    one, other = joined()
    other.sign_all(at(60))
    stored = len(one.rows.history)

    (report,) = one.federation.sync(at(60), other.leaf)

    assert results(report) == ["accepted"] * 3
    assert len(one.rows.history) == stored + 3
    assert len(one.rows.hashes[other.anchor]) == 6


def test_a_partner_that_signs_anew_for_every_poll_is_not_compared_with_all_that_it_ever_said() -> (
    None
):
    one, other = joined()
    said = set(one.rows.hashes[other.anchor])
    for minutes in range(1, 4):
        other.sign_leaf(at(60 * minutes))
        one.federation.sync(at(60 * minutes))

    assert len(one.rows.hashes[other.anchor]) == len(said) + 3
    assert len(one.rows.asked) == 3
    assert said.isdisjoint(one.rows.asked)


def test_a_statement_that_is_gone_does_not_stop_the_next() -> None:
    one, other = joined()
    other.sign_leaf(at(60))
    other.offline(Role.ANCHOR)

    (report,) = one.federation.sync(at(60))

    assert results(report) == ["fetch_status", "unchanged", "accepted"]
    contact = one.rows.contacts[other.anchor]
    assert (contact.obtained_at, contact.failures) == (at(60), 0)
    assert contact.last_error == "fetch_status"


def test_a_blocked_leaf_does_not_hide_the_kill_switch() -> None:
    one, other = joined()
    other.publish_anchor.subordinate(at(60), clock_doubtful=False, allowed_entity_types=())
    other.upload()
    other.offline(Role.LEAF)

    (report,) = one.federation.sync(at(60))

    assert results(report) == ["unchanged", "accepted", "fetch_status"]
    assert report.state is PartnerState.SUSPENDED
    view = one.view(at(60)).keyring.issuer(CityId("330300"))
    assert view is not None
    assert not view.verifies(at(60))


@pytest.mark.parametrize("status", [404, 500])
def test_a_partner_that_answers_errors_for_hours_grows_stale_and_expires_then_returns(
    status: int,
) -> None:
    one, other = joined()
    one.web.bodies.clear()
    one.web.status = status

    states = {hours: one.federation.sync(at(hours * HOUR))[0] for hours in (1, 7, 23, 25)}
    other.sign_leaf(at(26 * HOUR))
    (back,) = one.federation.sync(at(26 * HOUR))

    assert [report.freshness for report in states.values()] == [
        Freshness.LATE,
        Freshness.STALE,
        Freshness.STALE,
        Freshness.EXPIRED,
    ]
    assert [report.state for report in states.values()] == [PartnerState.ACTIVE] * 3 + [
        PartnerState.EXPIRED
    ]
    assert one.rows.codes().count("trust_partner_stale") == 2
    assert (back.state, back.freshness) == (PartnerState.ACTIVE, Freshness.FRESH)
    assert one.rows.contacts[other.anchor].failures == 0


def test_failures_are_counted_and_the_obtained_time_stays() -> None:
    one, other = joined()
    one.web.bodies.clear()
    for minute in (1, 2, 3):
        one.federation.sync(at(minute * 60))

    contact = one.rows.contacts[other.anchor]
    assert (contact.failures, contact.obtained_at, contact.last_error) == (3, NOON, "fetch_status")


def test_rollback_is_refused_alarmed_and_its_validator_not_kept() -> None:
    one, other = joined()
    url = statement_url(other.leaf, Role.LEAF)
    etag = one.rows.contacts[other.anchor].etags[url]
    body = json.loads(
        jws.read(
            other.statements.tokens["leaf"], typ="entity-statement+jwt", max_chars=10**5
        ).payload
    )
    one.web.bodies[url] = jws.sign(
        json.dumps(body | {"iat": NOON - 1, "exp": NOON + HOUR}).encode(),
        other.k2,
        typ="entity-statement+jwt",
    ).encode()

    (report,) = one.federation.sync(at(60))

    assert results(report)[2] == "trust_rollback"
    assert one.rows.codes() == ["trust_rollback"]
    assert one.rows.contacts[other.anchor].etags[url] == etag
    assert one.rows.contacts[other.anchor].obtained_at == NOON


def test_a_slow_mirror_is_no_alarm_but_counts_as_nothing_heard() -> None:
    one, other = joined()
    url = statement_url(other.leaf, Role.LEAF)
    old = one.web.bodies[url]
    other.sign_leaf(at(60))
    one.federation.sync(at(60))
    one.web.bodies[url] = old

    (report,) = one.federation.sync(at(120))

    assert results(report)[2] == "not_newer"
    assert one.rows.codes() == []
    assert one.rows.contacts[other.anchor].obtained_at == at(60)


def test_one_lying_partner_does_not_disturb_the_others() -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web)
    one.join(third)
    one.web.bodies[statement_url(other.leaf, Role.ANCHOR)] = b"<html>"
    one.rows.rows[other.anchor] = replace(one.rows.rows[other.anchor], memory="edited by hand")

    reports = {report.anchor: report for report in one.federation.sync(at(60))}

    assert reports[other.anchor].problem == "trust_partner_row_tampered"
    assert reports[other.anchor].state is None
    assert reports[third.anchor].problem is None
    assert "trust_partner_row_tampered" in one.rows.codes()


def test_a_row_that_changes_during_a_cycle_is_tried_again() -> None:
    one, other = joined()
    other.sign_leaf(at(60))
    one.rows.conflicts = 1

    (report,) = one.federation.sync(at(60))

    assert results(report)[2] == "accepted"


def test_a_row_that_changes_again_and_again_is_left_to_the_others() -> None:
    one, other = joined()
    other.sign_leaf(at(60))
    one.rows.conflicts = 2

    (report,) = one.federation.sync(at(60))

    assert report.problem == "storage_conflict"


def test_candidates_and_cities_that_left_are_not_fetched() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)
    one.web.asked.clear()

    assert one.federation.sync(NOON) == ()
    (idle,) = one.federation.sync(NOON, other.leaf)
    assert idle.outcomes == ()
    assert one.web.asked == []


def test_a_suspended_partner_is_still_followed_so_that_dead_keys_stay_dead() -> None:
    one, other = joined()
    one.federation.suspend(other.leaf, "Li", "key theft suspected", NOON)
    other.sign_leaf(at(60), other.k3next.public)

    (report,) = one.federation.sync(at(60))

    assert report.state is PartnerState.SUSPENDED
    assert results(report)[2] == "accepted"


def test_a_key_at_two_cities_is_an_alarm_and_both_go_on() -> None:
    one, other = joined()
    third = office("330500", "huzhou", one.web, k3next=other.k3next)
    one.join(third)

    reports = one.federation.sync(at(60))

    assert {report.state for report in reports} == {PartnerState.ACTIVE}
    assert one.rows.codes().count("trust_key_at_two_cities") == 2


def test_a_key_that_is_killed_is_gone_after_the_next_sync() -> None:
    one, other = joined()
    view = one.view()
    other.sign_leaf(at(30), other.k3next.public)
    one.federation.sync(at(30))

    assert view.refresh(at(30))
    issuer = view.keyring.issuer(CityId("330300"))
    assert issuer is not None
    assert issuer.candidates(other.k3.public.kid[:8]) == ()
    assert issuer.candidates(other.k3next.public.kid[:8])[0].usable(at(30))


# Files


def test_a_file_of_an_unknown_city_makes_a_candidate() -> None:
    one, other = two()
    raw = other.federation.export_pins()
    one.web.bodies.clear()

    added = one.federation.import_pins(raw, NOON)

    assert isinstance(added, Added)
    assert added.safety_number == one.number_with(other)
    assert one.web.asked == []


def test_a_file_replaces_a_candidate_too() -> None:
    one, other = two()
    one.federation.add(other.leaf, NOON)

    assert isinstance(one.federation.import_pins(other.federation.export_pins(), NOON), Added)


def test_a_file_keeps_a_partner_alive_whose_origin_is_gone_but_is_as_old_as_its_signature() -> None:
    one, other = joined()
    other.sign_leaf(at(20 * HOUR))
    raw = other.federation.export_pins()
    one.web.bodies.clear()

    report = one.federation.import_pins(raw, at(21 * HOUR))

    assert isinstance(report, SyncReport)
    assert results(report) == ["unchanged", "unchanged", "accepted"]
    assert one.rows.contacts[other.anchor].obtained_at == at(20 * HOUR)
    assert report.freshness is Freshness.LATE
    assert one.federation.import_pins(raw, at(22 * HOUR)) != report


def test_a_file_cannot_take_back_what_was_heard_since() -> None:
    one, other = joined()
    raw = other.federation.export_pins()
    other.sign_leaf(at(60), other.k3next.public)
    one.federation.sync(at(60))

    report = one.federation.import_pins(raw, at(120))

    assert isinstance(report, SyncReport)
    assert results(report)[2] == "not_newer"
    assert one.rows.contacts[other.anchor].obtained_at == at(60)


def test_a_broken_file_is_refused() -> None:
    one, _ = two()

    with pytest.raises(PinsFileError):
        one.federation.import_pins(b"{}", NOON)


def test_only_a_city_that_published_all_exports() -> None:
    one, _ = two()
    one.statements.tokens.pop("leaf")

    with pytest.raises(OwnStatementsMissingError):
        one.federation.export_pins()


# Looking and stopping


def test_status_shows_both_directions() -> None:
    one, other = joined()
    before = one.federation.status(NOON)[0]
    other.join(one)
    other.sign_leaf(at(60), accepted=other.federation.accepted_anchors(NOON))
    one.federation.sync(at(60))

    after = one.federation.status(at(90))[0]

    assert (before.lists_us, after.lists_us) == (False, True)
    assert after.state is PartnerState.ACTIVE
    assert after.scenarios == (HOTEL,)
    assert after.age_s == 30
    assert [role for role, _ in after.statements] == list(Role)
    assert after.failures == 0
    assert after.alarms == ()


def test_status_tells_the_next_key_changes() -> None:
    one, other = joined()
    new = generate()
    other.sign_leaf(at(60), other.k3.public, new.public)
    one.federation.sync(at(60))

    changes = one.federation.status(at(60))[0].key_changes

    assert (changes[0].kid, changes[0].what, changes[0].at) == (
        new.public.kid,
        "usable",
        at(60 + DAY),
    )
    assert [change.what for change in changes[1:]] == ["expires", "expires"]


def test_status_of_a_candidate_knows_little_and_of_a_broken_row_says_so() -> None:
    one, other = two()
    third = office("330500", "huzhou", one.web)
    one.federation.add(other.leaf, NOON)
    one.join(third)
    one.rows.rows[third.anchor] = replace(one.rows.rows[third.anchor], record="x")

    broken, candidate = one.federation.status(NOON)

    assert (broken.anchor, broken.state) == (third.anchor, None)
    assert broken.last_error == "trust_partner_row_tampered"
    assert [alarm.code for alarm in broken.alarms] == ["trust_partner_row_tampered"]
    assert (candidate.state, candidate.age_s, candidate.lists_us) == (
        PartnerState.CANDIDATE,
        None,
        None,
    )
    assert candidate.freshness is None


def test_one_officer_suspends_at_once() -> None:
    one, other = joined()

    state = one.federation.suspend(other.leaf, "Li", "key theft suspected", NOON)

    status = one.federation.status(NOON)[0]
    assert state is status.state is PartnerState.SUSPENDED
    assert (status.reason, status.decided_by) == ("key theft suspected", "Li")
    assert one.federation.accepted_anchors(NOON) == ()


def test_a_cycle_under_way_does_not_keep_an_officer_from_suspending() -> None:
    one, other = joined()
    one.rows.conflicts = 2

    assert one.federation.suspend(other.leaf, "Li", "why", NOON) is PartnerState.SUSPENDED


def test_an_officer_is_told_when_the_row_will_not_hold_still() -> None:
    one, other = joined()
    one.rows.conflicts = 3

    with pytest.raises(ConflictError):
        one.federation.suspend(other.leaf, "Li", "why", NOON)


@pytest.mark.parametrize(("officer", "reason"), [("", "why"), ("Li", ""), ("Li", "a\nb")])
def test_who_and_why_are_kept(officer: str, reason: str) -> None:
    one, other = joined()

    with pytest.raises(RecordError):
        one.federation.suspend(other.leaf, officer, reason, NOON)


def test_a_partner_row_edited_by_hand_fails_closed_with_an_alarm() -> None:
    one, other = joined()
    row = one.rows.rows[other.anchor]
    payload = jws.read(row.record, typ="partner-record+jwt", max_chars=10**6).payload
    edited = payload.replace(b'"lodging.hotel"', b'"fitness.gym"')
    forged = jws.sign(edited, generate(), typ="partner-record+jwt")
    one.rows.rows[other.anchor] = replace(row, record=forged)

    with pytest.raises(PartnerRowTamperedError):
        one.federation.suspend(other.leaf, "Li", "why", NOON)

    assert one.view().keyring.issuer(CityId("330300")) is None
    assert set(one.rows.codes()) == {"trust_partner_row_tampered"}
