"""A city's environment on disk, founded or about to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.app.init import init_city
from gateway.clock import SystemClock
from gateway.demo.layout import Place, prepare
from gateway.demo.people import write_assessments
from gateway.ids import Timestamp
from gateway.settings import Settings, StateKind, load_for_init
from gateway.vault import passphrase
from tests.cli.places import know_years
from tests.world import CONFIG

NOBODY_LISTENS = 21_000


def new_place(root: Path, *, founded: bool = True) -> Place:
    """Return Wenzhou in ``root``, with keys, database and citizens if it is ``founded``."""
    place = prepare(root, CONFIG, NOBODY_LISTENS)[0]
    know_years(root / "config" / "working_days.toml")
    passphrase.create_file(Path(place.environ["CREDIT_GATEWAY_PASSPHRASE_FILE"]))
    if founded:
        init_city(settings_of(place.environ), SystemClock())
        write_assessments(place, SystemClock().now())
    return place


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Return the settings with which ``init`` makes a demonstration city."""
    return load_for_init(environ, StateKind.DEMO)


@dataclass
class StoppingClock:
    """A clock that breaks when it is asked once too often: so a step of ``init`` fails."""

    answers: int

    def now(self) -> Timestamp:
        if self.answers == 0:
            raise ClockStoppedError
        self.answers -= 1
        return SystemClock().now()


class ClockStoppedError(Exception):
    """The clock broke."""
