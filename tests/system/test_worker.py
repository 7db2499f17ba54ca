"""The background worker as processes: one at work, another ready to go on."""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from gateway.demo.layout import Place
from gateway.demo.servers import inherited
from gateway.ids import EntityId
from gateway.jose.keys import generate
from gateway.trust import entity
from tests.system.conftest import Serve
from tests.system.tills import Till, until
from tests.system.towns import Mint, Pair, rows

LEASE_S = 4.0
PROGRAM = "from gateway.cli import main; main()"

Start = Callable[[Place], subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Generator[Start]:
    """Yield what starts a worker of a place; all are ended at last."""
    with ExitStack() as stack:

        def started(place: Place) -> subprocess.Popen[bytes]:
            log = stack.enter_context((place.directory / "worker.log").open("ab"))
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-c", PROGRAM, "worker", "--lease", str(LEASE_S)],
                env=inherited() | dict(place.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield started


def holder(place: Place) -> str:
    """Return who holds the lease, as stored."""
    return next(
        (str(row[0]) for row in rows(place.directory, "SELECT holder FROM worker_lease")), ""
    )


def obtained_at(place: Place) -> int:
    """Return when the one partner was last heard."""
    ((at,),) = rows(place.directory, "SELECT obtained_at FROM contact")
    return int(str(at))


def test_a_killed_workers_lease_is_taken_over_and_a_clean_end_gives_it_up(
    place: Place, start: Start
) -> None:
    first = start(place)
    until(lambda: holder(place) != "", within_s=120)
    held_by_first = holder(place)
    second = start(place)

    first.kill()
    until(lambda: holder(place) not in {"", held_by_first}, within_s=120)

    second.terminate()
    assert second.wait(60) == 0
    assert holder(place) == ""


def test_a_code_with_an_unknown_hint_lets_the_worker_ask_its_city_within_seconds(
    pair: Pair, place: Place, run: Serve, start: Start
) -> None:
    server, before = run(place), obtained_at(place)
    start(place)
    # It asks everybody when it begins, and then after 40 s at the earliest.
    until(lambda: obtained_at(place) > before, within_s=120)
    polled = obtained_at(place)
    # Times are whole seconds: what is heard from now on is heard later.
    until(lambda: pair.now() > polled, within_s=60)
    stranger = Mint(pair.mint.code, generate())
    asked = "SELECT anchor_id FROM refresh_wish"

    with Till(server.url, pair.hotel_token) as till:
        outcome = till.show(stranger.new(pair.now())).outcome
        until(lambda: obtained_at(place) > polled, within_s=30)

    assert outcome == "present_again"
    assert rows(place.directory, asked) == [(entity.anchor_of(EntityId(pair.home.leaf)),)]
