"""The demonstration from the first key to the last cell, in order."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import permutations
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.app.composition import OpenCity, open_city
from gateway.app.signals import ended_by_signals
from gateway.clock import monotonic_s
from gateway.demo import report
from gateway.demo.alone import alone_in
from gateway.demo.api import Api
from gateway.demo.drills import DRILLS, DrillResult
from gateway.demo.drills.watching import await_workers, seconds_until
from gateway.demo.errors import DemoError
from gateway.demo.layout import Place, found, identity_of, prepare
from gateway.demo.matrix import Cell, Refused, Stage, knows, run_matrix, run_refusals, sends
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, hire, write_assessments
from gateway.demo.quotas import Uses, exchange_catalogues, run_quotas
from gateway.demo.servers import Processes, Servers, Workers

TRUST_LOOK_S = 2.0
"""Between two codes that a server may not know: a city takes 30 wrong ones a minute of a till."""

CONFIG = Path("config")
"""The project's configuration, in the checkout that the demo is run in."""

_CELLS = 16
_PAIRS = 12


def main(  # noqa: PLR0913 (each is an option of the command)
    *,
    once: bool,
    as_json: bool,
    base_port: int,
    state: Path,
    drill: str | None = None,
    config: Path = CONFIG,
) -> int:
    """Run the demonstration; return 0 if every cell, refusal and step is right, else 1.

    Args:
        once: End after the matrix instead of staying up.
        as_json: Print one JSON object on stdout, and progress on stderr.
        base_port: First of the four loopback ports, if they are free.
        state: Directory of the demonstration; one that is there is replaced.
        drill: Name of a drill to play afterwards; then it ends.
        config: The project's configuration.

    Raises:
        GatewayError: it cannot run here.
    """
    out, started_s = report.console(as_json=as_json), monotonic_s()
    with ended_by_signals(), alone_in(state) as held, ExitStack() as stack:
        with _progress(out) as progress:
            stage, servers = _set_up(stack, progress, state, config, base_port)
            cells, refused, uses = _play(stack, stage, progress)
        report.print_tables(out, stage, cells, refused)
        report.print_uses(out, stage, uses)
        played = None if drill is None else _drill(stack, stage, servers, drill, out)
        seconds = monotonic_s() - started_s
        if as_json:
            report.print_json(cells, refused, uses, played, seconds)
        if not once and drill is None:
            report.print_what_to_try(out, stage, str(state))
            with Workers(stage.places.values()):
                held.await_loss()
            raise DemoError(f"{state} was deleted or moved while in use; its cities were ended")
    shown = [*(cell.right for cell in cells), *(case.right for case in refused)]
    right = all([*shown, *(each.right for each in uses)])
    return 0 if right and (played is None or played.right) else 1


def _drill(
    stack: ExitStack, stage: Stage, servers: Servers, name: str, out: Console
) -> DrillResult:
    out.print(f"演练 / drill: {name} …")
    workers = stack.enter_context(Workers(stage.places.values()))
    await_workers(stage)
    api = stack.enter_context(Api())
    played = DRILLS[name](stage, api, Processes(servers, workers))
    report.print_drill(out, stage, played)
    return played


def _set_up(
    stack: ExitStack, progress: Progress, state: Path, config: Path, base_port: int
) -> tuple[Stage, Servers]:
    places = {place.slug: place for place in prepare(state, config, base_port)}
    cities = dict[str, OpenCity]()
    making = progress.add_task("密钥与数据库 / keys and databases", total=len(places))
    for slug, place in places.items():
        cities[slug] = stack.enter_context(_new_city(place))
        progress.advance(making)
    tokens = {slug: admit(city, city.clock.now()) for slug, city in cities.items()}
    starting = progress.add_task("四个城市启动 / four servers", total=1)
    servers = stack.enter_context(Servers([*places.values(), identity_of(state)]))
    progress.advance(starting)
    meeting = progress.add_task("交换公钥 / keys exchanged", total=_PAIRS)
    for city, partner in permutations(cities.values(), 2):
        introduce(city, partner)
        progress.advance(meeting)
    sync_all(cities)
    stage = Stage(places=places, cities=cities, tokens=tokens)
    exchange_catalogues(cities.values())
    return stage, servers


def _new_city(place: Place) -> OpenCity:
    found(place)
    city = open_city(place.settings())
    write_assessments(place, city.clock.now())
    hire(city, city.clock.now())
    city.documents.publish_catalogues.run(city.clock.now(), clock_doubtful=False)
    return city


def _play(
    stack: ExitStack, stage: Stage, progress: Progress
) -> tuple[tuple[Cell, ...], tuple[Refused, ...], tuple[Uses, ...]]:
    api = stack.enter_context(Api())
    _await_trust(stage, api)
    showing = progress.add_task("互认矩阵 / matrix", total=_CELLS)
    cells = run_matrix(stage, api, lambda _: progress.advance(showing))
    visit = next(cell for cell in cells if cell.issuer != cell.verifier)
    return cells, run_refusals(stage, api, visit), run_quotas(stage, api)


def _await_trust(stage: Stage, api: Api) -> None:
    """Return once every server applies what the offices decided: in a second, if not too busy.

    Raises:
        DemoError: one of them never does.
    """
    for issuer, verifier in permutations(stage.places, 2):
        asked = stage, api, verifier, issuer
        _await(partial(knows, *asked), f"the server of {verifier} lacks the keys of {issuer}")
        _await(partial(sends, *asked), f"the server of {issuer} lacks the offers of {verifier}")


def _await(known: Callable[[], bool], missing: str) -> None:
    if seconds_until(known, monotonic_s(), TRUST_LOOK_S) is None:
        raise DemoError(missing)


@contextmanager
def _progress(out: Console) -> Generator[Progress]:
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=out) as progress:
        yield progress
