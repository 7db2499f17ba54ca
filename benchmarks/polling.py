"""What 41 partners cost: the worker's CPU for each poll, its memory, and verifying beside it."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import peers
from benchmarks.figures import Effort, Figure, percentile, ratios
from benchmarks.http import API, CONNECTIONS
from benchmarks.load import Job, Result
from benchmarks.servers import Server, cpu_of, fire
from benchmarks.stage import CONFIG, SCENARIO, bodies, lift_limit
from gateway.app.composition import OpenCity, open_city
from gateway.codes.issuing import CodeSigner
from gateway.demo.layout import Place, found, prepare
from gateway.demo.officers import AGREED_S, OFFICERS
from gateway.demo.people import SCENARIOS, admit, write_assessments
from gateway.demo.servers import inherited
from gateway.ids import Timestamp
from gateway.services.acts import ACCEPT_PARTNER
from gateway.services.audit import Acting
from gateway.trust import entity
from gateway.trust.safety import half, safety_number
from gateway.vault.roles import Role

PARTNERS: Final = 41
INTERVAL_S: Final = 45
RATE: Final = 60.0
"""Verifications a second, well below saturation: what is measured is the time of one."""

_LONGER: Final = 5
"""Times as long as other runs: everybody is asked once in it, three times as often as in use."""

_WORKER: Final = "from gateway.cli import main; main()"
_GIVE_UP_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class _World:
    """Wenzhou with its partners.

    Attributes:
        token: Of a merchant there.
    """

    directory: Path
    place: Place
    city: OpenCity
    others: peers.Peers
    token: str

    def wish(self) -> None:
        """Let the worker ask everybody now."""
        for peer in self.others.cities:
            self.city.store.wishes.wish(peer.anchor, self.city.clock.now())


def polling(effort: Effort) -> list[Figure]:
    """Return what polling 41 partners takes, and what it does to verifying."""
    window_s = min(20.0 * effort.seconds, 2.0 * INTERVAL_S)
    with _set_up() as world:
        with _worker(world.place) as pid:
            _settled(lambda: _at_work(world))
            idle = _spent(pid, window_s / 3)
        _introduce(world)
        with _worker(world.place) as pid:
            _settled(lambda: world.others.answers().total() > PARTNERS)
            _settled(lambda: _quiet(pid))
            before = world.others.answers()
            busy = _spent(pid, window_s)
            polls = (world.others.answers() - before).total()
            changed = [_round(world, pid) for _ in range(effort.rounds)]
            memory_mb = _resident_mb(pid)
            beside = _verifying(world, pid, effort)
    each_ms = max(0.0, busy - idle) * window_s / max(1, polls) * 1000
    return [
        Figure(
            name="poll_cpu_ms",
            what="worker CPU a poll that finds nothing new, all else that partners bring included",
            unit="ms",
            rounds=(each_ms,),
            note=f"{polls} polls in {window_s:.0f} s of {PARTNERS} partners; documents, loading "
            "rows anew; what a worker without partners does is subtracted",
        ),
        Figure(
            name="poll_cpu_changed_ms",
            what="worker CPU to ask a partner for all three statements, the leaf's new",
            unit="ms",
            rounds=tuple(cpu_s / PARTNERS * 1000 for cpu_s, _ in changed),
            note="all partners at once; verified, sealed and stored",
        ),
        Figure(
            name="poll_round_s",
            what=f"all {PARTNERS} partners asked at once, until the last is stored",
            unit="s",
            rounds=tuple(wall_s for _, wall_s in changed),
        ),
        Figure(
            name="worker_idle_percent",
            what="worker, without partners: share of one core",
            unit="%",
            rounds=(idle * 100,),
        ),
        Figure(
            name="worker_busy_percent",
            what=f"worker, with {PARTNERS} partners: share of one core",
            unit="%",
            rounds=(busy * 100,),
        ),
        Figure(
            name="worker_mb",
            what=f"worker, with {PARTNERS} partners: resident memory",
            unit="MB",
            rounds=(memory_mb,),
            digits=0,
        ),
        *beside,
    ]


def _verifying(world: _World, pid: int, effort: Effort) -> list[Figure]:
    """Return how verifying fares while the worker asks everybody without a pause."""
    cpu_ms: dict[bool, list[float]] = {False: [], True: []}
    p50_ms: dict[bool, list[float]] = {False: [], True: []}
    count = max(20, int(RATE * _LONGER * effort.seconds))
    with Server(environ=world.place.environ) as server:
        _send(world, server, count)
        for _ in range(effort.rounds):
            for busy in (False, True):
                if not busy:
                    os.kill(pid, signal.SIGSTOP)
                else:
                    os.kill(pid, signal.SIGCONT)
                    world.others.sign_leaves(_later(world))
                    world.wish()
                before_s = server.cpu_s()
                result = _send(world, server, count)
                cpu_ms[busy].append((server.cpu_s() - before_s) / count * 1000)
                p50_ms[busy].append(percentile(result.latencies_ms, 0.5))
        os.kill(pid, signal.SIGCONT)
    return [
        Figure(
            name=f"verify_beside_{name}",
            what=f"{words} of a verification while all {PARTNERS} are asked; worker still: 1",
            unit="x",
            rounds=ratios(values[True], values[False]),
            target=1.1,
            at_most=True,
            note=f"{RATE:.0f} a second; {statistics.median(values[False]):.2f} ms beside it still",
        )
        for name, words, values in (("p50", "p50", p50_ms), ("cpu", "server CPU", cpu_ms))
    ]


def _send(world: _World, server: Server, count: int) -> Result:
    home = world.others.cities[0]
    path = bodies(world.directory, home.division, CodeSigner(home.k3), count)
    result = fire(
        Job(
            port=server.port,
            path=API,
            token=world.token,
            bodies=str(path),
            expected='"recognised"',
            connections=CONNECTIONS,
            rate=RATE,
        )
    )
    path.unlink()
    if result.wrong:
        raise ValueError(f"wrong answers: {result.wrong}")
    return result


@contextmanager
def _set_up() -> Generator[_World]:
    with TemporaryDirectory(prefix="credit-bench-") as temporary, ExitStack() as stack:
        directory = Path(temporary)
        place = prepare(directory / "cities", CONFIG, 18_700)[0]
        others = stack.enter_context(peers.serving(PARTNERS))
        _agree(place, others)
        lift_limit(place)
        found(place)
        city = stack.enter_context(open_city(place.settings()))
        write_assessments(place, city.clock.now())
        tokens = admit(city, city.clock.now())
        others.sign_all(Timestamp(city.clock.now() - 60))
        yield _World(directory, place, city, others, tokens.merchants[SCENARIO])


def _agree(place: Place, others: peers.Peers) -> None:
    """Write an agreement between the place's city and all the others."""
    path = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"]).parents[1] / "agreement.toml"
    head, first, *rest = path.read_text("utf-8").split("[[members]]")
    after = rest[-1].partition("# There are three tiers")[2]
    members = "".join(
        f'[[members]]\ndivision_code = "{peer.division}"\nname_zh = "城{peer.division}"\n'
        f'name_en = "City {peer.division}"\nslug = "{_letters(peer.division)}"\n'
        f'entity_id = "{peer.leaf}"\n\n'
        for peer in others.cities
    )
    path.write_text(f"{head}[[members]]{first}{members}# There are three tiers{after}", "utf-8")


def _letters(division: str) -> str:
    """Return a slug, which has letters only."""
    return "city" + "".join("abcdefghij"[int(digit)] for digit in division)


def _introduce(world: _World) -> None:
    """Let the office add, compare and accept every partner."""
    city, now = world.city, world.city.clock.now()
    keys = (city.vault.public(Role.ANCHOR), city.vault.public(Role.ANCHOR_STANDBY))
    own = half(entity.anchor_of(city.leaf), (key.kid for key in keys))
    first, second = (Acting(by=f"officer:{officer}", at=now) for officer in OFFICERS)
    facts: dict[str, str | int] = {
        "scenarios": " ".join(sorted(SCENARIOS)),
        "until": Timestamp(now + AGREED_S),
    }
    for peer in world.others.cities:
        city.federation.add(peer.leaf, now, OFFICERS[0])
        number = safety_number(peer.half(), own)
        for officer in OFFICERS:
            asked = city.federation.challenge(peer.leaf, officer, now)
            heard = [number[group - 1] for group in asked.groups]
            city.federation.confirm(peer.leaf, officer, heard, now)
        proposal = city.four_eyes.propose(ACCEPT_PARTNER, peer.leaf, facts, first)
        city.four_eyes.approve(proposal.id, second, proposal.digest)


@contextmanager
def _worker(place: Place) -> Iterator[int]:
    """Yield the process of the place's worker."""
    with (place.directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-c", _WORKER, "worker"],
            env=inherited() | dict(place.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _round(world: _World, pid: int) -> tuple[float, float]:
    """Return CPU and time that asking everybody takes, each with a new leaf configuration."""
    world.others.sign_leaves(_later(world))
    before, cpu_s, began_s = world.others.answers()[200], cpu_of(pid), time.monotonic()
    world.wish()
    _settled(lambda: world.others.answers()[200] - before >= PARTNERS)
    _settled(lambda: not world.city.store.wishes.take())
    return cpu_of(pid) - cpu_s, time.monotonic() - began_s


def _later(world: _World) -> Timestamp:
    """Return a moment of signing after the one before; a statement must be newer."""
    time.sleep(1.1)
    return world.city.clock.now()


def _spent(pid: int, seconds: float) -> float:
    """Return the share of one core that a process takes."""
    before_s = cpu_of(pid)
    time.sleep(seconds)
    return (cpu_of(pid) - before_s) / seconds


def _at_work(world: _World) -> bool:
    return "poll" in world.city.store.jobs.all()


def _quiet(pid: int) -> bool:
    return _spent(pid, 1.0) < 0.2


def _settled(look: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _GIVE_UP_S
    while not look():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the worker does not come to it")
        time.sleep(0.05)


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


__all__ = ["polling"]
