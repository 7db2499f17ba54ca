from collections.abc import Callable
from itertools import pairwise

import pytest

from gateway.ids import EntityId
from gateway.services.partner_cycle import EVERY_ROLE, StatementOutcome
from gateway.services.partner_sync import SyncReport
from gateway.services.polling import FLIGHTS, PAUSE_MAX_S, PollPlan
from gateway.trust.freshness import Freshness
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.services.offices import DAY, HOUR, MINUTE, Office, at, two

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
LEAF = frozenset({Role.LEAF})


def report(
    problem: str | None = None,
    *,
    roles: frozenset[Role] = LEAF,
    state: PartnerState | None = PartnerState.ACTIVE,
    anchor: EntityId = HUZHOU,
) -> SyncReport:
    result = "unreachable" if problem else "unchanged"
    return SyncReport(
        anchor=anchor,
        state=state,
        freshness=None,
        outcomes=tuple(
            StatementOutcome(role=role, result=result, problem=problem) for role in sorted(roles)
        ),
        alarms=(),
        problem=problem,
        obtained=problem is None,
    )


def plan(jitter: Callable[[], float] = lambda: 0.0) -> PollPlan:
    made = PollPlan(jitter=jitter)
    made.follow([HUZHOU], 0.0)
    return made


Asked = list[tuple[int, frozenset[Role]]]


def polled(made: PollPlan, until_s: int, problem: str | None = None) -> Asked:
    """Return when a partner was asked, and for what."""
    asked: Asked = []
    for second in range(until_s):
        for errand in made.begin(second):
            asked.append((second, errand.roles))
            made.end(errand.anchor, report(problem, roles=errand.roles))
    return asked


def test_leaf_subordinate_and_anchor_have_intervals_of_their_own() -> None:
    asked = polled(plan(), 2 * HOUR)

    assert [second for second, _ in asked] == list(range(0, 2 * HOUR, 45))
    # What is due waits for the leaf's next turn.
    subordinate = [second for second, roles in asked if Role.SUBORDINATE in roles]
    assert subordinate[:4] == [0, 315, 630, 945]
    assert [second for second, roles in asked if Role.ANCHOR in roles] == [0, HOUR]


@pytest.mark.parametrize(("jitter", "next_s"), [(-1.0, 41), (1.0, 50)])
def test_an_interval_is_up_to_a_tenth_shorter_or_longer(jitter: float, next_s: int) -> None:
    assert polled(plan(lambda: jitter), 60)[1][0] == next_s


def test_each_partner_and_round_draws_anew() -> None:
    drawn = iter([-1.0, 0.0, 0.0, 1.0] + [0.0] * 100)
    asked = polled(plan(lambda: next(drawn)), 200)

    assert len({b - a for (a, _), (b, _) in pairwise(asked)}) > 1


def test_a_partner_that_fails_is_asked_more_rarely_and_for_its_leaf_alone() -> None:
    asked = polled(plan(), 20 * MINUTE, "fetch_status")

    assert [second for second, _ in asked] == [0, 45, 90, 180, 360, 600, 840, 1080]
    assert [len(roles) for _, roles in asked] == [3, 3, 3, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(("jitter", "then_s"), [(-1.0, 41), (1.0, 50)])
def test_whoever_is_back_is_heard_of_within_five_minutes_whatever_the_draw(
    jitter: float, then_s: int
) -> None:
    made = plan(lambda: jitter)
    before, last = polled(made, 6 * HOUR, "fetch_status")[-2:]

    back = [second for second, _ in polled(made, 7 * HOUR) if second >= 6 * HOUR]

    assert 0 < last[0] - before[0] <= 1.1 * PAUSE_MAX_S + 1 < 5 * MINUTE
    assert back[1] - back[0] == then_s


def test_a_wish_overrides_the_pause_once() -> None:
    made = plan()
    polled(made, 10 * MINUTE, "fetch_status")

    made.wish(HUZHOU)
    first = made.begin(601.0)
    made.end(HUZHOU, report("fetch_status", roles=EVERY_ROLE))

    assert [errand.roles for errand in first] == [EVERY_ROLE]
    assert made.begin(602.0) == ()


def test_a_wish_while_the_partner_is_asked_is_granted_afterwards() -> None:
    made = plan()
    made.begin(0.0)
    made.wish(HUZHOU)

    during = made.begin(1.0)
    made.end(HUZHOU, report())
    after = made.begin(1.0)

    assert during == ()
    assert [errand.roles for errand in after] == [EVERY_ROLE]


def test_a_wish_for_a_stranger_is_forgotten() -> None:
    made = plan()
    polled(made, 1)

    made.wish(EntityId("https://credit.stranger.example/anchor"))

    assert made.begin(1.0) == ()


def test_our_own_trouble_is_no_failure_of_the_partner() -> None:
    made = plan()
    for second in range(0, 450, 45):
        assert len(made.begin(second)) == 1
        assert made.end(HUZHOU, report("storage_unavailable", state=None)) == 0
    made.begin(450.0)
    assert made.end(HUZHOU, None) == 0


def test_a_partner_that_is_not_followed_any_more_is_not_asked() -> None:
    made = plan()
    made.begin(0.0)
    made.follow([], 1.0)
    made.end(HUZHOU, report())
    made.follow([], 2.0)
    made.follow([HUZHOU], 3.0)

    assert [errand.roles for errand in made.begin(3.0)] == [EVERY_ROLE]


def anchors(count: int) -> list[EntityId]:
    return [EntityId(f"https://credit.city{number:03}.example/anchor") for number in range(count)]


def test_partners_that_do_not_answer_leave_room_for_those_that_do() -> None:
    made = plan()
    bad, good = anchors(2 * FLIGHTS)[:FLIGHTS], anchors(2 * FLIGHTS)[FLIGHTS:]
    made.follow(bad, 0.0)
    for errand in made.begin(0.0):
        made.end(errand.anchor, report("fetch_time", roles=errand.roles))
    made.follow([*bad, *good], 46.0)

    begun = {errand.anchor for errand in made.begin(46.0)}

    assert len(begun) == FLIGHTS
    assert len(begun & set(bad)) == FLIGHTS // 2
    assert made.begin(46.0) == ()
    assert made.flying == FLIGHTS


def _polling(one: Office, hours: int) -> list[tuple[int, Freshness | None, PartnerState | None]]:
    """Poll in virtual time, and note each change of what is thought of the partner."""
    made, seen = plan(), list[tuple[int, Freshness | None, PartnerState | None]]()
    sync = one.sync()
    (anchor,) = one.rows.rows
    made.follow([anchor], 0.0)
    for second in range(0, hours * HOUR, 15):
        one.web.now = at(second)
        made.follow([anchor], second)
        for errand in made.begin(second):
            said = sync.one(errand.anchor, at(second), roles=errand.roles)
            made.end(errand.anchor, said)
            if not seen or seen[-1][1:] != (said.freshness, said.state):
                seen.append((second, said.freshness, said.state))
    return seen


def test_a_partner_answering_404_for_hours_is_late_stale_expired_and_returns_by_itself() -> None:
    one, other = two()
    one.join(other)
    for role in Role:
        other.offline(role)

    seen = _polling(one, 25)
    other.sign_all(at(25 * HOUR))
    other.upload()
    sync, made = one.sync(), plan()
    back = sync.one(other.anchor, at(25 * HOUR))

    assert [(fresh, state) for _, fresh, state in seen] == [
        (Freshness.FRESH, PartnerState.ACTIVE),
        (Freshness.LATE, PartnerState.ACTIVE),
        (Freshness.STALE, PartnerState.ACTIVE),
        (Freshness.EXPIRED, PartnerState.EXPIRED),
    ]
    due = (0, 10 * MINUTE, 6 * HOUR, DAY)
    assert all(0 <= at_s - due_s <= 5 * MINUTE for (at_s, *_), due_s in zip(seen, due, strict=True))
    assert "trust_partner_stale" in one.rows.codes()
    assert (back.freshness, back.state) == (Freshness.FRESH, PartnerState.ACTIVE)
    assert back.obtained
    assert made.flying == 0


def test_a_poll_of_the_leaf_alone_asks_one_question_and_reads_no_history(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = two()
    one.join(other)
    sync = one.sync()
    one.web.asked.clear()

    def read_nothing(_anchor: EntityId) -> dict[str, object]:
        raise AssertionError("thousands of rows for nothing")

    monkeypatch.setattr(one.rows, "accepted", read_nothing)

    said = sync.one(other.anchor, at(45), roles=LEAF)

    assert [outcome.result for outcome in said.outcomes] == ["unchanged"]
    assert len(one.web.asked) == 1
    assert one.rows.contacts[other.anchor].obtained_at == at(45)


def test_a_new_leaf_is_checked_under_a_new_subordinate_statement_without_an_alarm() -> None:
    one, other = two()
    one.join(other)
    sync, before = one.sync(), other.k2
    other.k2, other.k2next = other.k2next, before
    other.publish_anchor.subordinate(at(60), clock_doubtful=False)
    other.sign_leaf(at(60))

    said = sync.one(other.anchor, at(60), roles=LEAF)

    assert [(each.role, each.result) for each in said.outcomes] == [
        (Role.ANCHOR, "unchanged"),
        (Role.SUBORDINATE, "accepted"),
        (Role.LEAF, "accepted"),
    ]
    assert one.rows.raised == []


def test_a_leaf_that_cannot_be_had_is_one_failed_question() -> None:
    one, other = two()
    one.join(other)
    sync = one.sync()
    other.offline(Role.LEAF)
    one.web.asked.clear()

    said = sync.one(other.anchor, at(45), roles=LEAF)

    assert [(each.role, each.problem) for each in said.outcomes] == [(Role.LEAF, "fetch_status")]
    assert len(one.web.asked) == 1
    assert not said.obtained


def test_a_row_put_back_is_noticed_by_a_poller_that_has_checked_it_before() -> None:
    one, other = two()
    one.join(other)
    sync = one.sync()
    sync.one(other.anchor, at(45), roles=LEAF)
    old = one.rows.rows[other.anchor]
    one.federation.suspend(other.leaf, "Li", "drill", at(46))
    one.rows.rows[other.anchor] = old

    said = sync.one(other.anchor, at(90), roles=LEAF)

    assert said.problem == "trust_partner_row_tampered"
