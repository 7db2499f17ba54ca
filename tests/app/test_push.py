"""Deliveries under way in one process: side by side, one a partner, and none holds up the job."""

import threading
from collections.abc import Callable, Generator, Mapping

import pytest

from gateway.app.worker.push import MAX_AT_ONCE, Pushing
from gateway.clock import monotonic_s, wait_s
from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.remote.errors import ConnectError
from gateway.services.deliver import DeliverEvents
from gateway.services.event_ports import Delivery, Posted
from tests.services.pushes import Believed, MemoryEvents, partner_of
from tests.trust.cities import NOON, City, at, jinhua, wenzhou

OWN = jinhua()
LONG_S = 60.0


def named(slug: str) -> City:
    city = wenzhou()
    city.leaf = EntityId(f"https://credit.{slug}.example")
    return city


class Post:
    """Partners that answer as told; those without a word take every event."""

    def __init__(self, words: Mapping[EntityId, Callable[[], Posted]]) -> None:
        self.words, self.sent = words, list[str]()

    def post(self, url: str, token: str) -> Posted:
        self.sent.append(url)
        leaf = EntityId(url.removesuffix("/federation/events"))
        word = self.words.get(leaf)
        return Posted(status=202) if word is None else word()


class Desk:
    def __init__(self, cities: list[City], words: Mapping[EntityId, Callable[[], Posted]]) -> None:
        self.rows, self.post = MemoryEvents(), Post(words)
        self.pushing = Pushing(
            DeliverEvents(
                leaf=OWN.leaf,
                signer=lambda: OWN.k2,
                trust=Believed(tuple(partner_of(city) for city in cities)),
                rows=self.rows,
                post=self.post,
                jti=lambda: "j",
                draw=lambda: 0.0,
            )
        )
        self.rows.owe(frozenset(city.anchor for city in cities), NOON, NOON)

    def until(self, done: Callable[[], bool], now: Timestamp) -> None:
        """Look for what is due, again and again as the worker does."""
        deadline_s = monotonic_s() + LONG_S
        while not done() and monotonic_s() < deadline_s:
            self.pushing.begin(now)
            wait_s(0.01)

    def settled(self) -> list[str]:
        self.pushing.settle(LONG_S)
        return self.post.sent


@pytest.fixture
def gate() -> Generator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


def dripping(gate: threading.Event) -> Callable[[], Posted]:
    def word() -> Posted:
        gate.wait(LONG_S)
        return Posted(status=202)

    return word


def test_a_partner_that_drips_holds_up_no_other_partner_and_not_the_next_event(
    gate: threading.Event,
) -> None:
    slow, quick = named("slow"), named("quick")
    desk = Desk([slow, quick], {slow.leaf: dripping(gate)})

    desk.pushing.begin(NOON)
    desk.until(lambda: desk.rows.pushes(quick.anchor).sent_at == NOON, NOON)
    desk.rows.owe(frozenset({slow.anchor, quick.anchor}), at(2), at(2))
    desk.until(lambda: desk.rows.pushes(quick.anchor).sent_at == at(2), at(2))
    gate.set()

    assert sorted(desk.settled()) == sorted(
        f"{leaf}/federation/events" for leaf in (slow.leaf, quick.leaf, quick.leaf)
    )
    assert desk.rows.pushes(slow.anchor).owed
    desk.pushing.begin(at(3))
    desk.pushing.settle(LONG_S)
    assert not desk.rows.pushes(slow.anchor).owed


def test_an_event_that_arrives_while_it_is_read_what_is_due_is_not_sent_again(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = named("slow")
    desk = Desk([slow], {slow.leaf: dripping(gate)})
    desk.pushing.begin(NOON)
    due = desk.rows.due

    def arrives_meanwhile(now: Timestamp, since: Timestamp) -> tuple[Delivery, ...]:
        found = due(now, since)
        gate.set()
        desk.pushing.settle(LONG_S)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(desk.rows, "due", arrives_meanwhile)
        desk.pushing.begin(at(600))

    assert len(desk.settled()) == 1


def test_what_fails_for_one_partner_is_noted_and_stops_no_other() -> None:
    def closed() -> Posted:
        raise ConnectError("closed")

    def gone() -> Posted:
        raise UnavailableError("no database")

    def broken() -> Posted:
        raise ZeroDivisionError

    cities = [named(slug) for slug in ("closed", "gone", "broken", "good")]
    words = dict(zip((city.leaf for city in cities), (closed, gone, broken), strict=False))
    desk = Desk(cities, words)

    desk.pushing.begin(NOON)

    assert len(desk.settled()) == 4
    owed = [desk.rows.pushes(city.anchor).owed for city in cities]
    assert owed == [True, True, True, False]
    assert desk.rows.pushes(cities[0].anchor).error == "fetch_connect"


def test_to_no_more_partners_is_sent_at_once_than_there_is_room_for(gate: threading.Event) -> None:
    cities = [named(f"c{number}") for number in range(MAX_AT_ONCE + 1)]
    desk = Desk(cities, {city.leaf: dripping(gate) for city in cities})

    desk.pushing.begin(NOON)
    desk.pushing.begin(NOON)
    gate.set()

    assert len(desk.settled()) == MAX_AT_ONCE
    desk.pushing.begin(NOON)
    assert len(desk.settled()) == MAX_AT_ONCE + 1
