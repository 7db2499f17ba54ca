"""Status lists in an opened city, and whose turn it is to be fetched."""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.app.revoking import revoking
from gateway.app.worker.jobs import jobs_of
from gateway.app.worker.status_lists import AT_ONCE, RETRY_S, Rounds
from gateway.codes.status_list import TTL_S
from gateway.ids import EntityId, Timestamp
from gateway.services.audit import Acting
from gateway.services.fetch_rounds import CHANGED_PAUSE_S
from gateway.services.status_fetch import StatusRound
from gateway.services.status_indexes import uri_of
from gateway.trust.states import PartnerState
from tests.app.places import new_place

NOON = Timestamp(1_795_500_000)
SHEET = "ABCDEFGHIJKLMNOP"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Generator[OpenCity]:
    """Yield a founded city, opened."""
    place = new_place(Path(tmp_path_factory.mktemp("city")))
    with open_city(place.settings()) as opened:
        yield opened


def test_a_code_s_place_is_listed_by_the_worker_and_its_revocation_signed_at_once(
    city: OpenCity,
) -> None:
    now, jobs = city.clock.now(), {job.name: job for job in jobs_of(city)}
    pseudonym = city.tags.subject_pseudonym("illustrative-1")
    jobs["sign-status-lists"].run(now)
    (status,) = city.status_lists.indexes.allocate(pseudonym, SHEET, Timestamp(now + 86_400), 1)

    jobs["trust"].run(now)
    listed = city.status_lists.view.find(city.settings.city.division_code, status.uri)
    done = revoking(city).person("illustrative-1", Acting(by="console:root", at=now))
    jobs["trust"].run(now)
    after = city.status_lists.view.find(city.settings.city.division_code, status.uri)

    assert (status.uri, done.count, done.unsigned) == (uri_of(city.leaf, 1), 1, None)
    assert listed is not None
    assert not listed.revoked(status.index)
    assert after is not None
    assert after.revoked(status.index)


@dataclass
class Queue:
    """Partners that answer, or do not, in the place of a city."""

    count: int
    asked: list[str] = field(default_factory=list)
    asked_before: Timestamp | None = None
    problem: str | None = None
    changed: int = 0
    leaf: str = "a"
    breaks: set[str] = field(default_factory=set)

    def city(self) -> OpenCity:
        partners = [
            self._partner(f"p{n}", PartnerState.ACTIVE, "330500") for n in range(self.count)
        ]
        partners.append(self._partner("left", PartnerState.LEFT, "330700"))
        partners.append(self._partner("verifies-only", PartnerState.ACTIVE, None))
        snapshot = SimpleNamespace(partners=partners)
        return cast(
            "OpenCity",
            SimpleNamespace(
                trust=SimpleNamespace(snapshot=snapshot),
                status_lists=SimpleNamespace(fetch=self),
            ),
        )

    def _partner(self, name: str, state: PartnerState, division: str | None) -> SimpleNamespace:
        pins = SimpleNamespace(anchor=EntityId(name), division=division)
        trusted = SimpleNamespace(fingerprint=lambda _: self.leaf)
        return SimpleNamespace(record=SimpleNamespace(pins=pins, state=state), city=trusted)

    def asked_at(self, anchor: EntityId) -> Timestamp | None:
        return self.asked_before

    def one(self, partner: SimpleNamespace, now: Timestamp) -> StatusRound:
        anchor = partner.record.pins.anchor
        self.asked.append(anchor)
        if anchor in self.breaks:
            raise RuntimeError("a bug")
        return StatusRound(anchor=anchor, lists=1, changed=self.changed, problem=self.problem)


def at(seconds: int) -> Timestamp:
    return Timestamp(NOON + seconds)


def test_every_issuing_partner_has_its_turn_and_no_other() -> None:
    queue = Queue(count=AT_ONCE + 1, changed=1)
    rounds = Rounds(queue.city())

    rounds.run(NOON)
    first = list(queue.asked)
    rounds.run(at(5))
    rounds.run(at(10))

    assert len(first) == AT_ONCE
    assert sorted(queue.asked) == [f"p{n}" for n in range(AT_ONCE + 1)]


def test_a_partner_is_asked_again_after_its_ttl_and_not_before() -> None:
    queue = Queue(count=1)
    rounds = Rounds(queue.city())

    for seconds in (0, 5, TTL_S - 1, TTL_S):
        rounds.run(at(seconds))

    assert len(queue.asked) == 2


def test_a_worker_that_begins_anew_goes_on_where_the_last_one_was() -> None:
    queue = Queue(count=1, asked_before=at(-100))
    rounds = Rounds(queue.city())

    rounds.run(at(TTL_S - 101))
    assert queue.asked == []
    rounds.run(at(TTL_S - 100))
    assert queue.asked == ["p0"]


def test_a_partner_that_fails_is_asked_sooner_and_then_ever_later() -> None:
    queue = Queue(count=1, problem="fetch_refused")
    rounds = Rounds(queue.city())

    for seconds in (0, RETRY_S - 1, RETRY_S, 3 * RETRY_S - 1, 3 * RETRY_S):
        rounds.run(at(seconds))

    assert len(queue.asked) == 3


def test_a_partner_whose_leaf_changed_is_asked_at_once_since_its_k2_may_have_changed() -> None:
    queue = Queue(count=1)
    rounds = Rounds(queue.city())
    rounds.run(NOON)

    queue.leaf = "b"
    rounds.run(at(CHANGED_PAUSE_S))
    rounds.run(at(CHANGED_PAUSE_S + 5))

    assert len(queue.asked) == 2


def test_a_partner_whose_leaf_changes_all_the_time_is_asked_twice_a_minute() -> None:
    queue = Queue(count=1)
    rounds = Rounds(queue.city())

    for seconds in range(0, 120, 5):
        queue.leaf = f"leaf {seconds}"
        rounds.run(at(seconds))

    assert len(queue.asked) == 120 // CHANGED_PAUSE_S


def test_a_partner_on_whose_lists_our_code_breaks_holds_up_no_other() -> None:
    queue = Queue(count=2, breaks={"p0"})
    rounds = Rounds(queue.city())

    with pytest.raises(RuntimeError):
        rounds.run(NOON)
    rounds.run(at(5))

    assert queue.asked == ["p0", "p1"]


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_a_round() -> None:
    queue = Queue(count=1)
    rounds = Rounds(queue.city())
    rounds.run(at(100_000))

    rounds.run(NOON)
    rounds.run(at(TTL_S))

    assert len(queue.asked) == 1
