"""``make bench``: measure everything on this machine in one run."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks import (
    citizens,
    codes,
    http,
    memory,
    pages,
    polling,
    report,
    revocation,
    scanning,
    services,
    stage,
    status_lists,
)
from benchmarks.figures import FULL, QUICK, SMOKE, Effort, Figure

RESULTS: Final = Path(__file__).parent / "results"
_EFFORTS: Final = {"full": FULL, "quick": QUICK, "smoke": SMOKE}


def main(arguments: Sequence[str]) -> int:
    """Measure, print, save; return 0 whatever the figures are: they are no tests."""
    options = _parser().parse_args(arguments)
    effort = _EFFORTS["smoke" if options.smoke else "quick" if options.quick else "full"]
    console, facts = Console(width=150), report.machine()
    with console.status("in process") as status:
        figures = [] if options.federation or options.counter else in_process(effort)
        if options.federation:
            figures = federation(effort, status.update)
        elif options.counter:
            with stage.set_up() as cities:
                figures = scanning.scanning(cities, effort)
        elif not options.in_process:
            status.update("two cities exchange keys")
            with stage.set_up() as cities:
                status.update("packs, and a phone that opens the code page")
                figures += citizens.packing(cities, effort)
                figures += citizens.drawing(cities, effort)
                status.update("a counter's camera")
                figures += scanning.scanning(cities, effort)
                status.update("issuing with day rows")
                figures += services.issuing(cities, effort)
                status.update("pages")
                figures += pages.answering(cities, effort)
                figures += http.throughput(cities, effort, status.update)
                if options.long:
                    status.update(f"{options.long} verifications, then half-open connections")
                    figures += memory.endurance(cities, options.long)
    report.show(console, figures, facts)
    if options.name:
        report.save(Path(options.results), options.name, figures, facts)
    return 0


def in_process(effort: Effort) -> list[Figure]:
    """Return the figures that need no server."""
    return [
        *codes.verifying(effort),
        *codes.issuing(effort),
        *codes.sizes(effort),
        *status_lists.signing(effort),
        *status_lists.growth(effort),
    ]


def federation(effort: Effort, progress: Callable[[str], None]) -> list[Figure]:
    """Return what partners cost, and how long a killed key lives at them."""
    progress("41 partners")
    figures = polling.polling(effort)
    return figures + revocation.killing(effort, progress)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="under a minute, wider spread")
    size.add_argument("--smoke", action="store_true", help="seconds; only shows that it runs")
    parser.add_argument("--in-process", action="store_true", help="only what needs no server")
    parser.add_argument(
        "--federation",
        action="store_true",
        help="only partners: the worker with 41 of them, killed keys in four cities",
    )
    parser.add_argument("--counter", action="store_true", help="only the verify page's camera")
    parser.add_argument(
        "--long",
        type=int,
        nargs="?",
        const=100_000,
        default=0,
        metavar="N",
        help="memory as well: after N verifications (100,000) and with 400 half-open connections",
    )
    parser.add_argument("--name", default="latest", help="of the result files; empty saves none")
    parser.add_argument("--results", default=str(RESULTS), help="folder of the result files")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
