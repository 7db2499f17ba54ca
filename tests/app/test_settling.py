"""What the worker ends by itself: never by a wrong clock, and never again and again."""

import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app.composition import OpenCity, open_city
from gateway.app.worker import pruning
from gateway.app.worker.settling import PAUSE_MAX_S, SETTLE_S, KeySettler, KeysUnsettledError
from gateway.errors import UnavailableError
from gateway.ids import Timestamp
from gateway.services.audit import Acting
from gateway.services.document_resign import ResignDocuments
from gateway.services.events import AnnounceTrust
from gateway.services.partner_ports import OwnClockDoubtfulError
from gateway.settings import load
from gateway.trust.key_set import DAY_S, KeyKind
from gateway.trust.states import PartnerState
from tests.cli.places import Place, make_place
from tests.services.offices import two


class Stopwatch:
    """Stands until a test moves it."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("made")).init()


@pytest.fixture
def city(made: Place, tmp_path: Path) -> Generator[OpenCity]:
    shutil.copytree(made.root, tmp_path / "own")
    place = replace(made, root=tmp_path / "own")
    with open_city(load(place.environ)) as opened:
        yield opened


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Documents cannot be signed anew; what is tried, and told to partners, is counted."""
    counted = list[str]()

    def fails(*_: object, **__: object) -> None:
        counted.append("documents")
        raise UnavailableError("gone")

    def tells(*_: object) -> None:
        counted.append("announced")

    monkeypatch.setattr(ResignDocuments, "resign", fails)
    monkeypatch.setattr(AnnounceTrust, "announce", tells)
    return counted


def rotated(city: OpenCity) -> None:
    acting = Acting(by="console:tester", at=city.clock.now())
    city.key_office.desk.rotate_codes(acting, emergency=True)


def failed(settler: KeySettler, city: OpenCity) -> None:
    with pytest.raises(KeysUnsettledError):
        settler.look(city.clock.now())


def test_what_cannot_be_drawn_is_tried_and_told_less_and_less_often(
    city: OpenCity, attempts: list[str]
) -> None:
    watch = Stopwatch()
    settler = KeySettler(city, watch)
    rotated(city)

    for _ in range(60):
        failed(settler, city)
        watch.at_s += SETTLE_S

    # After 0, 10, 30, 70, 150, 270, 390 and 510 of 600 s.
    assert attempts.count("documents") == attempts.count("announced") == 8
    assert watch.at_s == 5 * PAUSE_MAX_S


def test_a_new_change_of_keys_waits_for_no_earlier_failure(
    city: OpenCity, attempts: list[str]
) -> None:
    settler = KeySettler(city, Stopwatch())
    rotated(city)
    failed(settler, city)
    failed(settler, city)
    before = attempts.count("documents")

    rotated(city)
    failed(settler, city)

    assert (before, attempts.count("documents")) == (1, 2)


def test_partners_are_told_nothing_of_a_leaf_that_could_not_be_signed(city: OpenCity) -> None:
    told = list[Timestamp]()

    def unsigned() -> None:
        raise UnavailableError("gone")

    rotated(city)
    desk = replace(city.key_office.desk, publish_leaf=unsigned, announce=told.append)

    assert desk.settle(city.clock.now()) == ("unavailable",)
    assert told == []


def test_partners_are_told_of_a_change_and_not_that_a_key_has_ended(city: OpenCity) -> None:
    told = list[Timestamp]()
    desk = replace(city.key_office.desk, announce=told.append)
    rotated(city)
    desk.settle(city.clock.now())
    of_the_change = len(told)

    desk.retire(Timestamp(city.clock.now() + 60 * DAY_S))
    desk.settle(city.clock.now())

    assert of_the_change == len(told) == 1
    assert city.keys.pending == ()


def believing(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch, heard_ago_s: int, *, doubtful: bool
) -> Timestamp:
    """Let an old code key be due, and one active partner have been heard; return the moment."""
    rotated(city)
    now = Timestamp(city.clock.now() + 400 * DAY_S)
    one, other = two()
    one.join(other)
    (partner,) = one.view().snapshot.partners
    assert partner.record.state is PartnerState.ACTIVE
    snapshot = city.trust.snapshot
    believed = replace(
        snapshot,
        partners=(replace(partner, obtained_at=Timestamp(now - heard_ago_s)),),
        keyring=replace(snapshot.keyring, clock_doubtful=doubtful),
    )
    monkeypatch.setattr(city.trust, "_snapshot", believed)
    return now


@pytest.mark.usefixtures("attempts")
@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("a minute ago", 0),
        ("a minute ago, and doubtful", 1),
        ("just today", 0),
        ("a day ago", 1),
    ],
)
def test_a_key_ends_only_by_a_clock_that_partners_do_not_contradict(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch, heard: str, kept: int
) -> None:
    ago_s = {"just today": DAY_S - 1, "a day ago": DAY_S}.get(heard, 60)
    now = believing(city, monkeypatch, ago_s, doubtful="doubtful" in heard)

    with pytest.raises(KeysUnsettledError):
        KeySettler(city).look(now)

    assert len(city.keys.keys.old_of(KeyKind.CODES)) == kept


def test_nothing_is_forgotten_by_a_clock_that_partners_contradict(
    city: OpenCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    prune, _ = pruning.jobs(city)
    prune.run(city.clock.now())

    later = believing(city, monkeypatch, 60, doubtful=True)
    with pytest.raises(OwnClockDoubtfulError):
        prune.run(later)
