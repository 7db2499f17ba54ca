"""Two cities with servers and workers of their own: what is killed is refused because of a push.

Partners poll 45 s apart, so what is known sooner was pushed.
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack
from typing import Final

import pytest

from gateway.app.composition import OpenCity
from gateway.demo.layout import Place
from gateway.demo.servers import inherited
from gateway.ids import KeyId
from gateway.services.audit import Acting
from tests.system.tills import Till, until
from tests.system.towns import Mint, Pair, found_pair, rows
from tests.world import CONFIG

REFUSED_WITHIN_S: Final = 10.0
PROGRAM: Final = "from gateway.cli import main; main()"


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    """Yield Jinhua and Wenzhou, which nobody else uses, each with a worker that is at work."""
    with ExitStack() as stack:
        pair = found_pair(tmp_path_factory.mktemp("push") / "cities", CONFIG, stack)
        for place in (pair.away, pair.home):
            log = stack.enter_context((place.directory / "worker.log").open("ab"))
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-c", PROGRAM, "worker"],
                env=inherited() | dict(place.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
        until(lambda: _at_work(pair.away) and _at_work(pair.home), within_s=120)
        yield pair


def _at_work(place: Place) -> bool:
    """Return whether the worker of a place has signed, and asked its partner, once."""
    done = {name for (name,) in rows(place.directory, "SELECT name FROM worker_job")}
    return {"poll", "push", "sign-leaf"} <= done


def revoke(city: OpenCity, kid: KeyId) -> None:
    """End a key as `credit-gateway keys revoke` does."""
    acting = Acting(by="console:tester", at=city.clock.now())
    city.key_office.desk.revoke(kid, "drill (illustrative)", acting)
    assert city.key_office.desk.settle(acting.at) == ()


def heard(pair: Pair) -> int:
    """Return how many events Wenzhou took."""
    return len(rows(pair.away.directory, "SELECT 1 FROM heard_event"))


def test_a_killed_key_is_refused_by_push_within_ten_seconds_and_the_next_is_recognised(
    towns: Pair,
) -> None:
    stolen, before = towns.mint, heard(towns)

    with Till(towns.servers["wenzhou"].url, towns.hotel_token) as till:

        def outcome(mint: Mint) -> str:
            return till.show(mint.new(towns.now())).outcome

        first = outcome(stolen)
        revoke(towns.home_city, stolen.signer.public.kid)
        took_s = until(lambda: outcome(stolen) == "present_again", within_s=60)
        following = outcome(towns.mint)

    assert (first, following) == ("recognised", "recognised")
    assert took_s < REFUSED_WITHIN_S
    # An event of before may have brought the change first; the one about it comes all the same.
    until(lambda: heard(towns) > before, within_s=60)


def test_a_city_whose_k2_was_stolen_pushes_with_k2next(towns: Pair) -> None:
    stolen, before = towns.home_city.keys.federation().public.kid, heard(towns)

    def dead() -> bool:
        towns.away_city.trust.refresh(towns.now())
        (partner,) = towns.away_city.trust.snapshot.partners
        return stolen in partner.city.history.dead_federation

    assert not dead()
    revoke(towns.home_city, stolen)
    took_s = until(dead, within_s=60, every_s=0.1)

    assert took_s < REFUSED_WITHIN_S
    # An event of before may have brought the change first; the one about it comes all the same.
    until(lambda: heard(towns) > before, within_s=60)
