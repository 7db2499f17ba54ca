"""Two cities that an office's ceremonies are held in, and the commands that it types there."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gateway.app.composition import OpenCity, open_city
from gateway.app.init import init_city
from gateway.clock import SystemClock
from gateway.demo.layout import Place, prepare
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import Tokens, admit, write_assessments
from gateway.demo.servers import Servers, Workers, inherited
from gateway.ids import ScenarioId, Tier, Timestamp
from gateway.settings import StateKind, load_for_init
from gateway.trust.keyring import HINT_CHARS
from gateway.vault import passphrase

HOME: Final = "jinhua"
AWAY: Final = "wenzhou"
SCENARIO: Final = ScenarioId("dining.restaurant")

AGE_S: Final = 3 * 24 * 3600
"""Age of the home city's keys when it begins: a planned rotation asks for 48 h of publication."""

_CONFIG: Final = Path(__file__).parent.parent / "config"
_OFFICER: Final = ("--officer", "officer-one (illustrative)")
_COMMAND: Final = "from gateway.cli import main; main()"
_LIMITS: Final = "\n[limits]\n" + "".join(
    f"{who}_per_minute = 1000000\n" for who in ("merchant", "citizen", "address")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Both cities, running, and what opens their APIs."""

    directory: Path
    home: Place
    away: Place
    citizens: Sequence[str]
    merchant: str


@contextmanager
def two_cities(base_port: int) -> Generator[World]:
    """Start both with their workers, exchange keys, and stop them afterwards."""
    with TemporaryDirectory(prefix="credit-rotation-") as temporary, ExitStack() as stack:
        directory = Path(temporary)
        places = {
            place.slug: place
            for place in prepare(directory / "cities", _CONFIG, base_port)
            if place.slug in {HOME, AWAY}
        }
        cities = dict[str, OpenCity]()
        tokens = dict[str, Tokens]()
        for slug, place in places.items():
            cities[slug] = stack.enter_context(_founded(place))
            tokens[slug] = admit(cities[slug], SystemClock().now())
        stack.enter_context(Servers(places.values()))
        introduce(cities[AWAY], cities[HOME])
        introduce(cities[HOME], cities[AWAY])
        sync_all(cities)
        stack.enter_context(Workers(places.values()))
        # Each worker does everything once as it begins, which is no part of what is measured.
        time.sleep(2.0)
        yield World(
            directory=directory,
            home=places[HOME],
            away=places[AWAY],
            citizens=[tokens[HOME].citizens[Tier(tier)] for tier in (1, 2, 3)],
            merchant=tokens[AWAY].merchants[SCENARIO],
        )


class _Past:
    """The clock as it was when the keys were made."""

    def now(self) -> Timestamp:
        return Timestamp(SystemClock().now() - AGE_S)


def _founded(place: Place) -> OpenCity:
    with Path(place.environ["CREDIT_GATEWAY_CITY_FILE"]).open("a", encoding="utf-8") as file:
        file.write(_LIMITS)
    passphrase.create_file(Path(place.environ["CREDIT_GATEWAY_PASSPHRASE_FILE"]))
    init_city(load_for_init(place.environ, StateKind.DEMO), _Past())
    city = open_city(place.settings())
    write_assessments(place, city.clock.now())
    city.publish_leaf()
    return city


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that the office did.

    Attributes:
        began_s: When the command was typed, since the beginning.
        done_s: When it had ended.
        killed: Hint of a code key that it revoked; empty for none.
    """

    name: str
    began_s: float
    done_s: float
    killed: str = ""


Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Office:
    """Types the commands of ceremonies; each is a process, as at a terminal."""

    world: World
    began: float = 0.0

    def move_anchor(self) -> None:
        """Take K1 and K1s to where no network is."""
        self._type(("anchor", "take", str(self._anchor), *self._opens, "--new-passphrase"))

    def acts(self, seconds: float) -> Generator[Act]:
        """Do everything, spread over so many seconds."""
        plan: Sequence[tuple[float, str, Callable[[], Sequence[Command]]]] = (
            (0.10, "K3 rotated", lambda: [self._rotate("codes")]),
            (0.25, "K2 rotated", lambda: [self._rotate("federation")]),
            (0.35, "anchor names the new K2", self._ceremony),
            (0.50, "K2 revoked", lambda: [self._revoke("federation")]),
            (0.65, "K3 revoked", lambda: [self._revoke("codes")]),
            (0.80, "K1 rotated", lambda: self._ceremony("--rotate")),
        )
        for part, name, commands in plan:
            time.sleep(max(0.0, self.began + part * seconds - time.monotonic()))
            killed = self._active("codes")[:HINT_CHARS] if name == "K3 revoked" else ""
            began_s = time.monotonic() - self.began
            for command in commands():
                self._type(command)
            done_s = time.monotonic() - self.began
            yield Act(name=name, began_s=began_s, done_s=done_s, killed=killed)

    @property
    def _anchor(self) -> Path:
        return self.world.directory / "anchor"

    @property
    def _opens(self) -> Command:
        return ("--passphrase-file", str(self.world.directory / "anchor-passphrase"))

    def _rotate(self, kind: str) -> Command:
        return ("keys", "rotate", kind, *_OFFICER)

    def _revoke(self, role: str) -> Command:
        return ("keys", "revoke", self._active(role), "--reason", "stolen", *_OFFICER)

    def _ceremony(self, *options: str) -> Sequence[Command]:
        request = self.world.directory / f"request-{len(options)}"
        answer = request.with_name(f"answer-{len(options)}")
        sign = ("anchor", "sign", str(self._anchor), str(request), str(answer), "--yes")
        return (
            ("federation", "request", str(request)),
            (*sign, *self._opens, *options),
            ("federation", "import", str(answer), *_OFFICER),
        )

    def _active(self, role: str) -> str:
        path = Path(self.world.home.environ["CREDIT_GATEWAY_KEYS_DIR"]) / "keys.json"
        keys = json.loads(path.read_bytes())["keys"]
        return next(str(key["jwk"]["kid"]) for key in keys if key["role"] == role)

    def _type(self, command: Command) -> None:
        done = subprocess.run(  # noqa: S603  our own interpreter and module
            (sys.executable, "-c", _COMMAND, *command),
            env=inherited() | dict(self.world.home.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:3])}: {done.stdout}{done.stderr}")
