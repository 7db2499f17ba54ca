"""The demonstration from the first key to the last cell, in order."""

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from itertools import permutations
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.app.composition import OpenCity, open_city
from gateway.app.signals import ended_by_signals
from gateway.clock import monotonic_s, wait_s
from gateway.demo import report
from gateway.demo.alone import alone_in
from gateway.demo.api import Api
from gateway.demo.layout import Place, found, identity_of, prepare
from gateway.demo.matrix import Cell, Refused, Stage, run_matrix, run_refusals
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, hire, write_assessments
from gateway.demo.servers import Servers
from gateway.errors import GatewayError

TRUST_APPLIES_S = 1.0
"""A running worker knows of a trust change after this time (protocol, section 4)."""

CONFIG = Path("config")
"""The project's configuration, in the checkout that the demo is run in."""

_CELLS = 16
KEEP_FRESH_S = 5 * 60
"""How often a demonstration that stays up publishes and syncs; partners are late after ten."""

_PAIRS = 12


def main(*, once: bool, as_json: bool, base_port: int, state: Path, config: Path = CONFIG) -> int:
    """Run the demonstration; return 0 if every cell and every refusal is right, else 1.

    Args:
        once: End after the matrix instead of staying up.
        as_json: Print one JSON object on stdout, and progress on stderr.
        base_port: First of the four loopback ports, if they are free.
        state: Directory of the demonstration; one that is there is replaced.
        config: The project's configuration.

    Raises:
        GatewayError: it cannot run here.
    """
    out, started_s = report.console(as_json=as_json), monotonic_s()
    with ended_by_signals(), alone_in(state), ExitStack() as stack:
        with _progress(out) as progress:
            stage = _set_up(stack, progress, state, config, base_port)
            cells, refused = _play(stack, stage, progress)
        seconds = monotonic_s() - started_s
        right = all(cell.right for cell in cells) and all(case.right for case in refused)
        report.print_tables(out, stage, cells, refused)
        if as_json:
            report.print_json(cells, refused, seconds)
        if not once:
            report.print_what_to_try(out, stage, str(state))
            _stay_up(stage)
    return 0 if right else 1


def _set_up(
    stack: ExitStack, progress: Progress, state: Path, config: Path, base_port: int
) -> Stage:
    places = {place.slug: place for place in prepare(state, config, base_port)}
    cities = dict[str, OpenCity]()
    making = progress.add_task("密钥与数据库 / keys and databases", total=len(places))
    for slug, place in places.items():
        cities[slug] = stack.enter_context(_new_city(place))
        progress.advance(making)
    tokens = {slug: admit(city, city.clock.now()) for slug, city in cities.items()}
    starting = progress.add_task("四个城市启动 / four servers", total=1)
    stack.enter_context(Servers([*places.values(), identity_of(state)]))
    progress.advance(starting)
    meeting = progress.add_task("交换公钥 / keys exchanged", total=_PAIRS)
    for city, partner in permutations(cities.values(), 2):
        introduce(city, partner)
        progress.advance(meeting)
    sync_all(cities)
    return Stage(places=places, cities=cities, tokens=tokens)


def _stay_up(stage: Stage) -> None:
    """Do what a timer does in production, until somebody ends it."""
    never = threading.Event()
    while not never.wait(KEEP_FRESH_S):
        with suppress(GatewayError):
            sync_all(stage.cities)


def _new_city(place: Place) -> OpenCity:
    found(place)
    city = open_city(place.settings())
    write_assessments(place, city.clock.now())
    hire(city, city.clock.now())
    return city


def _play(
    stack: ExitStack, stage: Stage, progress: Progress
) -> tuple[tuple[Cell, ...], tuple[Refused, ...]]:
    api = stack.enter_context(Api())
    # Every server applies what the offices decided within a second.
    wait_s(TRUST_APPLIES_S)
    showing = progress.add_task("互认矩阵 / matrix", total=_CELLS)
    cells = run_matrix(stage, api, lambda _: progress.advance(showing))
    visit = next(cell for cell in cells if cell.issuer != cell.verifier)
    return cells, run_refusals(stage, api, visit)


@contextmanager
def _progress(out: Console) -> Generator[Progress]:
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=out) as progress:
        yield progress
