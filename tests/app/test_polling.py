"""The poller with real threads, and real partners on loopback."""

import threading
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.app.worker.polling import Poller, even_jitter
from gateway.clock import SystemClock, monotonic_s
from gateway.errors import UnavailableError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.remote.fetch import Fetcher, TimeLimits
from gateway.services.partner_cycle import EVERY_ROLE, statement_url
from gateway.services.partner_sync import SyncPartners, SyncReport
from gateway.services.wishes import HINT_SPACING_S, HintWishes
from gateway.storage.engine import open_engine
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role
from tests.remote.peers import Call, Peer, Script, answer, peer, saying
from tests.services.offices import DAY, HOTEL, Office, Web
from tests.system.tills import until

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")


class Wishes:
    """Wishes in memory."""

    def __init__(self) -> None:
        self.owed: list[EntityId] = []
        self.away = False

    def wish(self, anchor: EntityId, now: Timestamp, *, spacing_s: int = 0) -> None:
        self.owed.append(anchor)

    def take(self) -> tuple[EntityId, ...]:
        if self.away:
            raise UnavailableError("gone")
        taken, self.owed = tuple(self.owed), []
        return taken


WAITS_S = 30.0


@dataclass
class Partners:
    """Partners that answer when a test lets them."""

    hang: set[EntityId] = field(default_factory=set[EntityId])
    broken: set[EntityId] = field(default_factory=set[EntityId])
    go_on: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[EntityId, frozenset[Role]]] = field(
        default_factory=list[tuple[EntityId, frozenset[Role]]]
    )
    ended: list[EntityId] = field(default_factory=list[EntityId])

    def one(self, anchor: EntityId, now: Timestamp, *, roles: frozenset[Role]) -> SyncReport:
        self.asked.append((anchor, roles))
        if anchor in self.broken:
            raise ZeroDivisionError
        if anchor in self.hang:
            self.go_on.wait(WAITS_S)
        self.ended.append(anchor)
        return SyncReport(
            anchor=anchor,
            state=PartnerState.ACTIVE,
            freshness=None,
            outcomes=(),
            alarms=(),
            problem=None,
            obtained=True,
        )


NOW = SystemClock().now()


def poller(partners: Partners, wishes: Wishes, *anchors: EntityId) -> Poller:
    return Poller(partners, lambda: anchors, wishes, SystemClock())


def test_a_partner_that_hangs_or_is_broken_holds_up_no_other_and_is_asked_once() -> None:
    partners = Partners(hang={HUZHOU})
    strange = EntityId("https://credit.strange.example/anchor")
    partners.broken = {strange}
    polling = poller(partners, Wishes(), HUZHOU, JIAXING, strange)

    for _ in range(3):
        polling.look(NOW)
    until(lambda: JIAXING in partners.ended, within_s=60)
    during = list(partners.ended)
    partners.go_on.set()
    polling.settle(60)

    assert during == [JIAXING]
    assert sorted(anchor for anchor, _ in partners.asked) == sorted([HUZHOU, JIAXING, strange])


def test_a_partner_for_whom_no_thread_was_left_is_asked_in_its_next_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partners, wishes = Partners(), Wishes()
    polling = poller(partners, wishes, HUZHOU, JIAXING)

    def none_left(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        polling.look(NOW)
    assert partners.asked == []
    for anchor in (HUZHOU, JIAXING):
        wishes.wish(anchor, NOW)
    polling.look(NOW)
    polling.settle(60)

    assert sorted(partners.ended) == [HUZHOU, JIAXING]


def test_a_wish_is_granted_in_the_next_look_and_only_once() -> None:
    partners, wishes = Partners(), Wishes()
    polling = poller(partners, wishes, HUZHOU)
    polling.look(NOW)
    polling.settle(60)

    wishes.wish(HUZHOU, NOW)
    for _ in range(3):
        polling.look(NOW)
        polling.settle(60)

    assert partners.asked == [(HUZHOU, EVERY_ROLE)] * 2


def test_nobody_is_asked_while_nothing_could_be_stored() -> None:
    partners, wishes = Partners(), Wishes()
    wishes.away = True

    with pytest.raises(UnavailableError):
        poller(partners, wishes, HUZHOU).look(NOW)

    assert partners.asked == []


def test_settling_waits_no_longer_than_it_is_told() -> None:
    partners = Partners(hang={HUZHOU})
    polling = poller(partners, Wishes(), HUZHOU)
    polling.look(NOW)
    began_s = monotonic_s()

    polling.settle(0.05)

    partners.go_on.set()
    assert monotonic_s() - began_s < WAITS_S / 2


def test_jitter_is_even_and_within_bounds() -> None:
    drawn = [even_jitter() for _ in range(2000)]

    assert all(-1 <= each <= 1 for each in drawn)
    assert abs(sum(drawn) / len(drawn)) < 0.1


LIMITS = TimeLimits(connect_s=2, read_s=2, total_s=2)
"""A partner that drips or says nothing is given up after this; the good ones take a moment."""


class Cities:
    """Partners on loopback: accepted while all was well, and each with a temper of its own now."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self.web = stack, Web()
        self.now = self.web.now = SystemClock().now()
        self.home = Office(
            division=CityId("330300"), leaf=EntityId("http://127.0.0.1:1/home"), web=self.web
        )
        self.home.sign_all(self.now)

    def join(self, division: str, temper: Script | None = None) -> EntityId:
        """Accept a new partner; it answers well, or as ``temper`` says."""
        tokens, running = dict[str, str](), list[Peer]()

        def answer_well(call: Call) -> None:
            target = running[0].requests[-1].split(b" ")[1].decode()
            call.sock.sendall(
                answer(tokens[f"http://127.0.0.1:{running[0].port}{target}"].encode())
            )

        running.append(self._stack.enter_context(peer(temper or answer_well)))
        leaf = EntityId(f"http://127.0.0.1:{running[0].port}/city")
        other = Office(division=CityId(division), leaf=leaf, web=self.web)
        other.sign_all(self.now)
        tokens |= {statement_url(leaf, role): other.statements.tokens[role] for role in Role}
        self._accept(other)
        return other.anchor

    def poller(self) -> Poller:
        fetch = Fetcher((), allow_http_loopback=True, clock=SystemClock(), limits=LIMITS)
        sync = SyncPartners(book=self.home.book.keeping(), fetch=fetch)
        return Poller(sync, lambda: tuple(self.home.rows.rows), Wishes(), SystemClock())

    def failures(self, anchor: EntityId) -> int:
        return self.home.rows.contacts[anchor].failures

    def _accept(self, other: Office) -> None:
        federation = replace(
            self.home.federation,
            members={other.leaf: other.division or CityId("")},
            allow_loopback=True,
        )
        federation.add(other.leaf, self.now)
        number = other.number_with(self.home)
        for officer in ("Li", "Wang"):
            asked = federation.challenge(other.leaf, officer, self.now)
            heard = [number[group - 1] for group in asked.groups]
            federation.confirm(other.leaf, officer, heard, self.now)
        federation.accept(other.leaf, (HOTEL,), Timestamp(self.now + DAY), self.now)


@pytest.fixture
def cities() -> Generator[Cities]:
    with ExitStack() as stack:
        yield Cities(stack)


TEMPERS: dict[str, Script] = {
    "slow drip": lambda call: call.drip(answer(b"x" * 4000)),
    "silent": lambda call: call.hold(),
    "404": saying(answer(status="404 Not Found")),
    "500": saying(answer(status="500 Internal Server Error")),
    "html": saying(answer(content_type="text/html")),
    "a lie": saying(answer(b"eyJhbGciOiJub25lIn0.e30.")),
}


def test_slow_dead_and_lying_partners_delay_no_other(cities: Cities) -> None:
    bad = [cities.join(f"33{n:02}00", temper) for n, temper in enumerate(TEMPERS.values(), 20)]
    good = [cities.join(f"33{n:02}00") for n in range(40, 43)]
    polling, rows = cities.poller(), cities.home.rows
    for contact in list(rows.contacts.values()):
        rows.contacts[contact.anchor_id] = replace(contact, obtained_at=Timestamp(1), failures=-1)

    polling.look(cities.now)
    until(lambda: all(cities.failures(each) == 0 for each in good), within_s=60)
    slow_meanwhile = [cities.failures(each) for each in bad[:2]]
    polling.settle(60)

    assert slow_meanwhile == [-1, -1]
    assert all(rows.contacts[each].last_error for each in bad)
    assert all(rows.contacts[each].obtained_at == Timestamp(1) for each in bad)


def test_an_unknown_hint_flood_at_two_servers_causes_one_fetch_in_30_s(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    engine = open_engine(url)
    migrate(engine)
    store, partners = Store.from_engine(engine), Partners()
    servers = [HintWishes(store.wishes) for _ in range(2)]
    polling = Poller(partners, lambda: [HUZHOU], store.wishes, SystemClock())
    polling.look(NOW)
    polling.settle(60)
    for half_second in range(4 * HINT_SPACING_S):
        now = Timestamp(NOW + half_second // 2)
        for server in servers:
            for _ in range(20):
                server.met(HUZHOU, now)
            server.pass_on(now)
        polling.look(now)
        polling.settle(60)
    store.close()

    # The first poll of all, and one each for the hints of 0 to 29 and of 30 to 59 s.
    assert len(partners.asked) == 3
