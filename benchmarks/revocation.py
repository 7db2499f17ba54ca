"""How long a killed code key lives: four cities with servers and workers, by push and by polling.

In a world where nobody pushes, every kill is found by the partners' polls alone.
"""

import secrets
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import Effort, Figure
from benchmarks.stage import CONFIG, LIFE_S, SCENARIO, lift_limit
from gateway.app.composition import open_city
from gateway.app.worker.holding import Holding
from gateway.app.worker.jobs import jobs_of
from gateway.app.worker.runner import Runner
from gateway.clock import monotonic_s
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.demo.api import Api
from gateway.demo.drills.watching import at_once, await_workers, seconds_until
from gateway.demo.layout import found, prepare
from gateway.demo.matrix import Stage
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, write_assessments
from gateway.demo.servers import Served, Servers, Workers
from gateway.ids import CodeId, Tier, Timestamp
from gateway.jose import base64url
from gateway.services.audit import Acting
from gateway.settings import load_process

PUSH_S: Final = 10
POLL_S: Final = 60
KILLS: Final = 2
"""Of each city: its active key, and the one that follows. Later ones are new to partners."""


class _Polling(Workers):
    """Workers that do everything but push."""

    def __init__(self, places: Iterable[Served]) -> None:
        super().__init__(places)
        command = (sys.executable, "-m", "benchmarks.revocation")
        self._programs = tuple(replace(program, command=command) for program in self._programs)


def killing(effort: Effort, progress: Callable[[str], None]) -> list[Figure]:
    """Return how long each killed key was still recognised at each partner."""
    kills = min(KILLS, effort.rounds)
    figures = list[Figure]()
    for name, bound_s, together in (("push", PUSH_S, False), ("polling", POLL_S, True)):
        with _world(pushing=name == "push") as stage, Api() as api:
            lived = list[float]()
            for number in range(kills):
                homes = [[slug] for slug in stage.cities]
                for group in [list(stage.cities)] if together else homes:
                    progress(f"killed keys, by {name}: {number + 1} of {kills}, {group[0]}")
                    lived += _kill(stage, api, group)
        figures.append(
            Figure(
                name=f"killed_{name}_s",
                what=f"key killed → a partner refuses, by {name}",
                unit="s",
                rounds=tuple(lived),
                target=bound_s,
                at_most=True,
                digits=1,
                note=f"{len(lived) // 3} kills at 3 partners each; "
                f"{min(lived):.1f} to {max(lived):.1f} s",
            )
        )
    return figures


def _kill(stage: Stage, api: Api, homes: Sequence[str]) -> list[float]:
    """Revoke the active keys of some cities; return how long each partner took to refuse."""
    thieves = {slug: stage.cities[slug].keys.codes().signer for slug in homes}
    pairs = [(home, away) for home in homes for away in stage.cities if home != away]
    for home, away in pairs:
        if (said := _outcome(stage, api, thieves[home], home, away)) != "recognised":
            raise ValueError(f"{away} says {said} of {home} before the kill")
    began_s = dict[str, float]()
    for slug in homes:
        city = stage.cities[slug]
        acting = Acting(by="console:bench", at=city.clock.now())
        began_s[slug] = monotonic_s()
        city.key_desk.revoke(city.keys.codes().kid, "drill", acting)
        city.key_desk.settle(acting.at)
    looks = {
        (home, away): partial(
            seconds_until,
            partial(_refused, stage, api, thieves[home], home, away),
            began_s[home],
        )
        for home, away in pairs
    }
    lived = at_once(looks)
    if late := [pair for pair, seconds in lived.items() if seconds is None]:
        raise TimeoutError(f"never refused: {late}")
    return [seconds for seconds in lived.values() if seconds is not None]


def _refused(stage: Stage, api: Api, thief: CodeSigner, home: str, away: str) -> bool:
    return _outcome(stage, api, thief, home, away) == "present_again"


def _outcome(stage: Stage, api: Api, thief: CodeSigner, home: str, away: str) -> str:
    city = stage.cities[home]
    now = city.clock.now()
    code = thief.sign(
        CreditClaims(
            issuer=city.settings.city.division_code,
            issued_at=now,
            expires_at=Timestamp(now + LIFE_S),
            code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
            tier=Tier(2),
        )
    )
    token = stage.tokens[away].merchants[SCENARIO]
    return str(api.verify(stage.places[away], token, code, SCENARIO)["outcome"])


@contextmanager
def _world(*, pushing: bool) -> Generator[Stage]:
    """Yield the four cities, acquainted, with servers and workers that have begun."""
    with TemporaryDirectory(prefix="credit-bench-") as temporary, ExitStack() as stack:
        places = {each.slug: each for each in prepare(Path(temporary) / "cities", CONFIG, 18_800)}
        cities = {}
        for slug, place in places.items():
            lift_limit(place)
            found(place)
            cities[slug] = stack.enter_context(open_city(place.settings()))
            write_assessments(place, cities[slug].clock.now())
        tokens = {slug: admit(city, city.clock.now()) for slug, city in cities.items()}
        stage = Stage(places=places, cities=cities, tokens=tokens)
        stack.enter_context(Servers(places.values()))
        for city, partner in permutations(cities.values(), 2):
            introduce(city, partner)
        sync_all(cities)
        stack.enter_context((Workers if pushing else _Polling)(places.values()))
        await_workers(stage)
        yield stage


def _work_without_pushing() -> None:
    """Be a worker that tells nobody anything."""
    with open_city(load_process()) as city:
        jobs = [job for job in jobs_of(city) if job.name != "push"]
        holding = Holding(city.store.worker_lease)
        Runner(jobs, holding, city.store.jobs, city.clock).until(threading.Event())


if __name__ == "__main__":
    _work_without_pushing()
