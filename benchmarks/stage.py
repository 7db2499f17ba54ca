"""Two cities that recognise each other, made as in the demonstration, for the HTTP figures."""

import json
import secrets
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gateway.app.composition import OpenCity, open_city
from gateway.clock import SystemClock
from gateway.codes.claims import CreditClaims
from gateway.codes.issuing import CodeSigner
from gateway.demo.layout import Place, found, prepare
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, write_assessments
from gateway.demo.servers import Servers
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp
from gateway.jose import base64url

VERIFIER: Final = "wenzhou"
ISSUER: Final = "jinhua"
SCENARIO: Final = ScenarioId("dining.restaurant")
LIFE_S: Final = 3600
"""Codes of this life are good for a whole run, so that none is signed while it measures."""

CONFIG: Final = Path(__file__).parent.parent / "config"
_FULL: Final = 'synchronous = "FULL"'
_NORMAL: Final = 'synchronous = "NORMAL"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A verifying city with two databases, and codes of its partner.

    Attributes:
        full: Environment of the server with ``synchronous=FULL``.
        normal: The same city on a copy of the database with ``synchronous=NORMAL``.
        token: Bearer token of a merchant there.
    """

    directory: Path
    full: Mapping[str, str]
    normal: Mapping[str, str]
    token: str
    _issuer: CityId
    _signer: CodeSigner

    def bodies(self, count: int) -> Path:
        """Return a file with so many requests, each with a code of its own that is good now."""
        return bodies(self.directory, self._issuer, self._signer, count)

    def texts(self, count: int) -> list[str]:
        """Return so many codes of the partner, each good now."""
        return list(texts(self._issuer, self._signer, count))


def bodies(directory: Path, issuer: CityId, signer: CodeSigner, count: int) -> Path:
    """Return a file with so many requests, each with a code of its own that is good now."""
    path = directory / f"bodies-{secrets.token_hex(4)}"
    with path.open("wb") as file:
        for code in texts(issuer, signer, count):
            body = {"code": code, "scenario": SCENARIO}
            file.write(json.dumps(body).encode() + b"\n")
    return path


def texts(issuer: CityId, signer: CodeSigner, count: int) -> Iterator[str]:
    """Give so many codes, each good now."""
    now = SystemClock().now()
    for number in range(count):
        claims = CreditClaims(
            issuer=issuer,
            issued_at=now,
            expires_at=Timestamp(now + LIFE_S),
            code_id=CodeId(base64url.encode(secrets.token_bytes(12))),
            tier=Tier(1 + number % 3),
        )
        yield signer.sign(claims)


@contextmanager
def set_up() -> Generator[Stage]:
    """Make both cities in a temporary directory, exchange their keys over HTTP, stop them."""
    with TemporaryDirectory(prefix="credit-bench-") as temporary, ExitStack() as stack:
        directory = Path(temporary)
        places = {
            place.slug: place
            for place in prepare(directory / "cities", CONFIG, 18_600)
            if place.slug in {VERIFIER, ISSUER}
        }
        for place in places.values():
            lift_limit(place)
        cities = {slug: stack.enter_context(_open(place)) for slug, place in places.items()}
        tokens = admit(cities[VERIFIER], SystemClock().now())
        with Servers(places.values()):
            introduce(cities[VERIFIER], cities[ISSUER])
            introduce(cities[ISSUER], cities[VERIFIER])
            sync_all(cities)
        issuer = cities[ISSUER]
        active = next(key for key in issuer.vault.code_keys() if key.active)
        cities[VERIFIER].close()
        yield Stage(
            directory=directory,
            full=places[VERIFIER].environ,
            normal=_copy(places[VERIFIER]),
            token=tokens.merchants[SCENARIO],
            _issuer=issuer.settings.city.division_code,
            _signer=CodeSigner(active.signer),
        )


def lift_limit(place: Place) -> None:
    """Let one till and one phone ask as fast as they can; the limits are looked at all the same."""
    names = ("merchant_per_minute", "citizen_per_minute", "pack_per_hour")
    lines = "".join(f"{name} = 1000000\n" for name in names)
    with Path(place.environ["CREDIT_GATEWAY_CITY_FILE"]).open("a", encoding="utf-8") as file:
        file.write(f"\n[limits]\n{lines}")


def _open(place: Place) -> OpenCity:
    found(place)
    city = open_city(place.settings())
    write_assessments(place, SystemClock().now())
    return city


def _copy(place: Place) -> Mapping[str, str]:
    """Return the environment of a copy of the city with ``synchronous=NORMAL``."""
    normal = place.directory.parent / "normal"
    shutil.copytree(place.directory, normal)
    source = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"])
    changed = source.with_name("normal.toml")
    text = source.read_text("utf-8")
    if _FULL not in text:
        raise ValueError("the city file does not say synchronous=FULL where it did")
    changed.write_text(text.replace(_FULL, _NORMAL), "utf-8")
    return {
        name: value.replace(str(place.directory), str(normal))
        for name, value in place.environ.items()
    } | {"CREDIT_GATEWAY_CITY_FILE": str(changed)}
