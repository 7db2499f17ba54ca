"""Cities for tests of the whole: real keys, databases and server processes, on loopback.

``found_pair`` makes Jinhua, whose citizens travel, and Wenzhou, where they show codes; each
knows the other over HTTP. What a test may break it breaks in a ``copy`` of Wenzhou.
"""

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Self

import urllib3
from sqlalchemy import Engine, delete, insert, select

from gateway.app.composition import OpenCity, open_city
from gateway.app.server import server_command
from gateway.clock import monotonic_s, wait_s
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.codes.wire import TYP, write
from gateway.demo.layout import HOST, Place, found, free_ports, prepare
from gateway.demo.officers import introduce
from gateway.demo.people import Tokens, admit, hire, write_assessments
from gateway.demo.servers import inherited
from gateway.ids import CityId, CodeId, Tier, Timestamp
from gateway.jose import base64url, jws
from gateway.jose.keys import Signer
from gateway.storage.engine import open_engine
from gateway.storage.schema import migrate
from gateway.storage.tables import METADATA
from tests.system.tills import Till, until
from tests.world import HOTEL

START_S = 120.0
STOP_S = 5.0
GONE_S = 60.0
POLL_S = 0.02
FILE = "gateway.db"

PORTS, EACH, PROCESSES = 24_000, 400, 20
"""Below the ports that the system gives to clients; two test processes never share one."""

_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # noqa: TID251  number of this test process
_PORTS = count(PORTS + EACH * (_NUMBER % PROCESSES))

_GIVEN = set[int]()


def next_port() -> int:
    """Return a port that nobody listens on and that this process has not given out before."""
    # Where one is taken the next free one is found, which comes again: two servers would share it.
    while (port := free_ports(next(_PORTS), 1)[0]) in _GIVEN:
        pass
    _GIVEN.add(port)
    return port


class Server:
    """One granian of the city that an environment describes, in a process group of its own."""

    def __init__(self, environ: Mapping[str, str], log: Path, *, port: int | None = None) -> None:
        self.port = port or next_port()
        self.url = f"http://{HOST}:{self.port}"
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                server_command(host=HOST, port=self.port, workers=1),
                env=inherited() | dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready(self) -> Self:
        """Return once it can do its work."""
        until_s = monotonic_s() + START_S
        with urllib3.PoolManager(retries=False, timeout=1.0) as http:
            while not _answers(http, f"{self.url}/readyz"):
                assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
                assert monotonic_s() < until_s, self.log.read_text("utf-8", "replace")
                wait_s(POLL_S)
        return self

    def pids(self) -> list[int]:
        """Return its processes, the workers included."""
        return [pid for pid in _all_pids() if _group(pid) == self.process.pid]

    def threads(self) -> int:
        """Return how many threads its processes have together."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.pids())

    def resident_mb(self) -> int:
        """Return the resident memory of its largest process."""
        return max(_resident_kb(pid) for pid in self.pids()) // 1024

    def kill(self) -> None:
        """End it as a power cut would; nothing of it runs any more."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # Its workers are nobody's children now, and have a moment left that we cannot wait for.
        until(lambda: not any(_runs(pid) for pid in self.pids()), within_s=GONE_S)

    def stop(self) -> None:
        """End it politely, and then for good."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_S)
        self.kill()


@dataclass(frozen=True)
class Mint:
    """A city's real code key (K3), in the hands of whoever tests what is refused."""

    code: CityId
    signer: Signer

    @classmethod
    def of(cls, city: OpenCity) -> "Mint":
        """Return the mint of an opened city."""
        active = next(key.signer for key in city.vault.code_keys() if key.active)
        return cls(city.settings.city.division_code, active)

    def claims(self, now: Timestamp, **other: object) -> CreditClaims:
        """Return claims of a live general code of tier 2, unless ``other`` says otherwise."""
        members: dict[str, object] = {
            "issuer": self.code,
            "issued_at": now,
            "expires_at": Timestamp(now + 90),
            "code_id": new_code_id(),
            "tier": Tier(2),
        }
        return CreditClaims(**(members | other))  # type: ignore[arg-type]  # builder of tests

    def code_of(self, claims: CreditClaims) -> str:
        """Return the wire text."""
        return CodeSigner(self.signer).sign(claims)

    def new(self, now: Timestamp, **other: object) -> str:
        """Return the wire text of a new code."""
        return self.code_of(self.claims(now, **other))

    def wire(self, payload: bytes) -> str:
        """Return a wire text around any payload, under a real signature."""
        head = base64url.encode_ascii(_header(self.signer)) + b"."
        signature = self.signer.sign(head + base64url.encode_ascii(payload))
        hint = base64url.decode(self.signer.public.kid)[:6]
        return write(hint=hint, signature=signature, payload=payload)

    def token(self, payload: bytes, head: bytes | None = None) -> str:
        """Return a compact JWS around any payload and header, under a real signature."""
        first = base64url.encode(_header(self.signer) if head is None else head)
        message = f"{first}.{base64url.encode(payload)}"
        return f"{message}.{base64url.encode(self.signer.sign(message.encode()))}"


@dataclass
class Pair:
    """Wenzhou and Jinhua, opened, served, and acquainted.

    Attributes:
        third: Huzhou, which nobody has founded yet.
        strangers: Wenzhou's database as it was before the cities met.
    """

    root: Path
    away: Place
    home: Place
    third: Place
    away_city: OpenCity
    home_city: OpenCity
    tokens: Tokens
    home_tokens: Tokens
    strangers: Path
    servers: dict[str, Server] = field(default_factory=dict)

    @property
    def hotel_token(self) -> str:
        """The token of a hotel in Wenzhou."""
        return self.tokens.merchants[HOTEL]

    @property
    def mint(self) -> Mint:
        """Jinhua's code key."""
        return Mint.of(self.home_city)

    def now(self) -> Timestamp:
        """Return the time of this machine."""
        return self.away_city.clock.now()

    def copy(self, directory: Path, database: Path | None = None) -> Place:
        """Return Wenzhou again, in a state directory of its own, before anybody used a code."""
        source = database or self.away.directory / FILE
        directory.mkdir(mode=0o700, exist_ok=True)
        for name in ("state.toml", "assessments.csv"):
            shutil.copy(self.away.directory / name, directory / name)
        _copy_database(source, directory / FILE)
        _forget_uses(directory / FILE)
        environ = dict(self.away.environ) | {"CREDIT_GATEWAY_STATE_DIR": str(directory)}
        return replace(self.away, directory=directory, environ=environ)

    def copy_on(self, directory: Path, url: str) -> Place:
        """Return Wenzhou again, with its rows in the empty database at ``url``."""
        place = self.copy(directory)
        target = open_engine(url)
        migrate(target)
        _move_rows(open_engine(f"sqlite:///{directory / FILE}"), target)
        target.dispose()
        (directory / FILE).unlink()
        environ = dict(place.environ) | {"CREDIT_GATEWAY_DATABASE_URL": url}
        return replace(place, environ=environ)


def serve(place: Place, *, name: str = "server") -> Server:
    """Start a server of a place, at a port of its own; the entity id stays the place's."""
    return Server(place.environ, place.directory / f"{name}.log")


def found_pair(root: Path, config: Path, stack: ExitStack) -> Pair:
    """Found both cities in ``root``, serve them and introduce them to each other."""
    places = {place.slug: place for place in prepare(root, config, next_port())}
    for place in places.values():
        # Also of the one that nobody serves yet: two servers would share its port, unnoticed.
        _GIVEN.add(place.port)
        _lift_limits(place)
    away, home = places["wenzhou"], places["jinhua"]
    away_city, home_city = (stack.enter_context(new_city(place)) for place in (away, home))
    tokens, home_tokens = (admit(city, city.clock.now()) for city in (away_city, home_city))
    _copy_database(away.directory / FILE, root / "strangers.db")
    pair = Pair(
        root=root,
        away=away,
        home=home,
        third=places["huzhou"],
        away_city=away_city,
        home_city=home_city,
        tokens=tokens,
        home_tokens=home_tokens,
        strangers=root / "strangers.db",
    )
    for place in (away, home):
        log = place.directory / "server.log"
        server = stack.enter_context(Server(place.environ, log, port=place.port))
        pair.servers[place.slug] = server
    for server in pair.servers.values():
        server.ready()
    introduce(pair.away_city, pair.home_city)
    introduce(pair.home_city, pair.away_city)
    for city in (away_city, home_city):
        city.publish_leaf()
    # The workers know each other's keys a moment later.
    with Till(pair.servers["wenzhou"].url, pair.hotel_token) as till:
        until(lambda: till.show(pair.mint.new(pair.now())).outcome == "recognised", within_s=60)
    return pair


def _lift_limits(place: Place) -> None:
    """Let tests ask as often as they like; what is too often is a test of its own."""
    names = ("merchant", "device", "wrong_code", "citizen", "address", "bad_token")
    lines = "".join(f"{name}_per_minute = 1000000\n" for name in names)
    with Path(place.environ["CREDIT_GATEWAY_CITY_FILE"]).open("a", encoding="utf-8") as file:
        file.write(f"\n[limits]\n{lines}")


def new_city(place: Place) -> OpenCity:
    """Found a city with its made-up citizens, and open it."""
    found(place)
    city = open_city(place.settings())
    write_assessments(place, city.clock.now())
    hire(city, city.clock.now())
    return city


def new_code_id() -> CodeId:
    """Return 96 random bits as a code id."""
    return CodeId(base64url.encode(secrets.token_bytes(12)))


def rows(directory: Path, query: str) -> list[tuple[object, ...]]:
    """Return what is in the SQLite database of a state directory, past every port."""
    connection = sqlite3.connect(f"file:{directory / FILE}?mode=ro", uri=True)
    try:
        return list(connection.execute(query))
    finally:
        connection.close()


def _copy_database(source: Path, target: Path) -> None:
    with ExitStack() as stack:
        left, right = sqlite3.connect(source), sqlite3.connect(target)
        stack.callback(left.close)
        stack.callback(right.close)
        left.backup(right)
        right.execute("PRAGMA journal_mode=WAL")


def _forget_uses(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in ("burn", "request", "verification", "refusal", "issuance_day", "refresh_wish"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  a name of ours


def _move_rows(source: Engine, target: Engine) -> None:
    with source.connect() as left, target.begin() as right:
        for table in METADATA.sorted_tables:
            found_rows = [row._asdict() for row in left.execute(select(table))]
            right.execute(delete(table))
            if found_rows:
                right.execute(insert(table), found_rows)


def _header(signer: Signer) -> bytes:
    return jws.header(signer.public.kid, TYP)


def _answers(http: urllib3.PoolManager, url: str) -> bool:
    try:
        return http.request("GET", url).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _runs(pid: int) -> bool:
    """Whether a process can still do something: one that is only still to be counted cannot."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return False
    return state[0] not in {"Z", "X"}


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
