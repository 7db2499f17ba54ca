"""The directories of a demonstration: for each city configuration, keys and state.

The configuration is that of the project with one change: every city is at a loopback port.
"""

import shutil
import socket
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.app.init import init_city
from gateway.app.server import FACTORY
from gateway.clock import SystemClock
from gateway.demo.alone import LOCK, check_ours
from gateway.demo.errors import DemoError
from gateway.demo.identity.grants import new_secret
from gateway.demo.identity.plan import (
    MARKER,
    PLAN_FILE,
    PLAN_VARIABLE,
    STAFF,
    Registered,
    read_plan,
    write_plan,
)
from gateway.settings import Settings, StateKind, load, load_for_init
from gateway.vault import passphrase
from gateway.vault.files import write_new

SLUGS: Final = ("wenzhou", "jiaxing", "huzhou", "jinhua")
HOST: Final = "127.0.0.1"
_CLAIMS: Final = 'name_claim = "name"\nadult_claim = "age_over_18"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One city of the demonstration.

    Attributes:
        leaf: Its address and entity id.
        environ: What its processes are told.
    """

    slug: str
    port: int
    directory: Path
    environ: Mapping[str, str]
    factory: str = FACTORY

    @property
    def leaf(self) -> str:
        """The city's address, which is its entity id."""
        return f"http://{HOST}:{self.port}"

    @property
    def ready(self) -> str:
        """Where the server says that it can work."""
        return f"{self.leaf}/readyz"

    def settings(self) -> Settings:
        """Return the settings that its processes load."""
        return load(self.environ)


def prepare(root: Path, config: Path, base_port: int) -> tuple[Place, ...]:
    """Return the four places in ``root``, which is made anew.

    Raises:
        DemoError: ``root`` holds something that is no demonstration, or ``config`` is not
            the project's configuration.
    """
    if not (config / "agreement.toml").is_file():
        raise DemoError(f"{config} holds no agreement.toml; run the demo in a checkout")
    _clear(root)
    *ports, identity_port = free_ports(base_port, len(SLUGS) + 1)
    directory = root / "config"
    (directory / "cities").mkdir(parents=True)
    (root / MARKER).write_text("A demonstration; `credit-gateway demo` replaces it.\n", "utf-8")
    addresses = {
        f"https://credit.{slug}.example": f"http://{HOST}:{port}"
        for slug, port in zip(SLUGS, ports, strict=True)
    }
    plan = _plan(config, ports, identity_port)
    write_plan(root, plan)
    for name in ("agreement.toml", "working_days.toml", *(f"cities/{slug}.toml" for slug in SLUGS)):
        text = (config / name).read_text("utf-8")
        for public, loopback in addresses.items():
            text = text.replace(f'"{public}"', f'"{loopback}"')
        text = text.replace("allowed_networks = []", f'allowed_networks = ["{HOST}/32"]')
        slug = Path(name).stem
        if slug in plan:
            tables = _sign_in("sign_in", plan[slug], _CLAIMS)
            tables += _sign_in("staff_sign_in", plan[slug + STAFF])
            text = text.replace("[retention]", tables + "[retention]")
        (directory / name).write_text(text, "utf-8")
    return tuple(_place(root, slug, port, plan) for slug, port in zip(SLUGS, ports, strict=True))


def _plan(config: Path, ports: Sequence[int], identity_port: int) -> Mapping[str, Registered]:
    """Return two clients of the demonstration's provider for each city: citizens', staff's."""
    names = {
        member["slug"]: member["name_zh"]
        for member in tomllib.loads((config / "agreement.toml").read_text("utf-8"))["members"]
    }
    return {
        slug + kind: Registered(
            slug=slug + kind,
            name=names[slug] + said,
            issuer=f"http://{HOST}:{identity_port}/{slug}{kind}",
            leaf=f"http://{HOST}:{port}",
            client_id=f"gateway-{slug}{kind}",
            secret=new_secret(),
        )
        for slug, port in zip(SLUGS, ports, strict=True)
        for kind, said in (("", ""), (STAFF, "信用办"))
    }


def _sign_in(table: str, client: Registered, claims: str = "") -> str:
    said = f'issuer = "{client.issuer}"\nclient_id = "{client.client_id}"\n'
    return f"[{table}]\n{said}{claims}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The demonstration's OpenID provider, as a process.

    Attributes:
        slug: Its name among the servers.
    """

    port: int
    directory: Path
    environ: Mapping[str, str]
    slug: str = "identity"
    factory: str = "gateway.demo.identity.app:from_environment"

    @property
    def ready(self) -> str:
        """Where the server says that it can work."""
        return f"http://{HOST}:{self.port}/{SLUGS[0]}/jwks"


def identity_of(root: Path) -> Identity:
    """Return the provider that ``prepare`` planned in ``root``."""
    plan = read_plan(root / PLAN_FILE)
    directory = root / "identity"
    directory.mkdir(mode=0o700, exist_ok=True)
    return Identity(
        port=urlsplit(plan[SLUGS[0]].issuer).port or 0,
        directory=directory,
        environ={PLAN_VARIABLE: str(root / PLAN_FILE)},
    )


def found(place: Place) -> None:
    """Make the city's keys, database and statements, as `credit-gateway init` does."""
    passphrase.create_file(Path(place.environ["CREDIT_GATEWAY_PASSPHRASE_FILE"]))
    init_city(load_for_init(place.environ, StateKind.DEMO), SystemClock())


def free_ports(base: int, count: int) -> Sequence[int]:
    """Return ``count`` ports that nobody listens on: from ``base`` on if they are free.

    Raises:
        DemoError: not so many are free.
    """
    with ExitStack() as sockets:
        ports = list[int]()
        for port in range(base, min(base + 100, 65_536)):
            listener = sockets.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
            if len(ports) == count:
                return ports
    raise DemoError(f"no {count} free ports from {base} on")


def _clear(root: Path) -> None:
    check_ours(root)
    root.mkdir(parents=True, mode=0o700, exist_ok=True)
    for path in root.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _place(root: Path, slug: str, port: int, plan: Mapping[str, Registered]) -> Place:
    directory = root / slug
    directory.mkdir(mode=0o700)
    environ = {
        "CREDIT_GATEWAY_CITY_FILE": str(root / "config" / "cities" / f"{slug}.toml"),
        "CREDIT_GATEWAY_STATE_DIR": str(directory),
        "CREDIT_GATEWAY_KEYS_DIR": str(directory / "keys"),
        "CREDIT_GATEWAY_PASSPHRASE_FILE": str(directory / "key-passphrase"),
        "CREDIT_GATEWAY_SIGN_IN_SECRET_FILE": str(directory / "sign-in-secret"),
        "CREDIT_GATEWAY_STAFF_SIGN_IN_SECRET_FILE": str(directory / "staff-sign-in-secret"),
    }
    write_new(directory / "sign-in-secret", plan[slug].secret.encode("ascii"))
    write_new(directory / "staff-sign-in-secret", plan[slug + STAFF].secret.encode("ascii"))
    lines = [f"{name}={value}\n" for name, value in environ.items()]
    (directory / "city.env").write_text("".join(lines), "utf-8")
    return Place(slug=slug, port=port, directory=directory, environ=environ)
