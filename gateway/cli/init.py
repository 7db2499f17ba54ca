"""``credit-gateway init``: the first day of a city."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.output_files import read_bounded
from gateway.cli.session import Session, pass_session
from gateway.errors import SettingsError

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.trust.anchor_files import AnchorKeys
    from gateway.trust.safety import Half


class NewPassphraseError(SettingsError):
    """A new passphrase was asked for, and its file is there or its place is not named."""

    code = "passphrase_file"


@click.command(cls=GatewayCommand)
@click.option("--production", "kind", flag_value="production", help="A city that people rely on.")
@click.option("--demo", "kind", flag_value="demo", help="A city to try things with, on loopback.")
@click.option(
    "--new-passphrase",
    is_flag=True,
    help="Make the passphrase file as well: 256 random bits, mode 0600.",
)
@click.option(
    "--anchors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Public file of `anchor init`: K1 and K1s were made offline, and stay there.",
)
@pass_session
def init(
    session: Session,
    kind: Literal["production", "demo"] | None,
    anchors: Path | None,
    *,
    new_passphrase: bool,
) -> Answer:
    """Make this city: state directory, keys, database, statements (建市).

    A state directory is for production or for a demo, for ever; so you must say which.
    Nothing that is there already is touched. If a step fails, nothing new is left behind.

    Examples:
      credit-gateway init --production --new-passphrase
      credit-gateway init --production --anchors k1.json
      credit-gateway --env-file wenzhou.env init --demo
    """
    if kind is None:
        raise click.UsageError(
            "Choose --production or --demo: a state directory is one of them for ever."
        )
    from gateway.app.init import init_city  # noqa: PLC0415  (--help must not wait)
    from gateway.app.own import own_half  # noqa: PLC0415  (--help must not wait)
    from gateway.app.signals import ended_by_signals  # noqa: PLC0415  (--help must not wait)
    from gateway.settings import StateKind, load_for_init  # noqa: PLC0415  (--help must not wait)
    from gateway.vault import Vault, passphrase  # noqa: PLC0415  (--help must not wait)

    with ended_by_signals(), _passphrase(session.environ, new=new_passphrase):
        settings = load_for_init(session.environ, StateKind(kind))
        init_city(settings, session.clock, _anchor_keys(anchors))
    vault = Vault.open(settings.keys_dir, passphrase.read_file(settings.passphrase_file))
    return _answer(settings, own_half(settings, vault), offline=anchors is not None)


def _anchor_keys(path: Path | None) -> "AnchorKeys | None":
    if path is None:
        return None
    from gateway.trust.anchor_files import MAX_FILE_BYTES, AnchorKeys  # noqa: PLC0415  (--help must not wait)

    return AnchorKeys.parse(read_bounded(path, MAX_FILE_BYTES))


@contextmanager
def _passphrase(environ: Mapping[str, str], *, new: bool) -> Generator[None]:
    """Make the passphrase file if it is asked for, and take it away if what follows fails."""
    from gateway.settings.environment import read_environment  # noqa: PLC0415  (--help: no wait)
    from gateway.settings.errors import Findings  # noqa: PLC0415  (--help must not wait)

    path = read_environment(environ, Findings()).passphrase_file if new else None
    if new:
        make_passphrase(path)
    try:
        yield
    except BaseException:
        if path:
            path.unlink()
        raise


def make_passphrase(path: Path | None) -> None:
    """Make a passphrase file with 256 random bits.

    Raises:
        NewPassphraseError: it cannot be made there.
    """
    from gateway.vault import passphrase  # noqa: PLC0415  (--help must not wait)

    if path is None:
        raise NewPassphraseError(
            "CREDIT_GATEWAY_PASSPHRASE_FILE names no place for a new passphrase"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        passphrase.create_file(path)
    except FileExistsError as error:
        raise NewPassphraseError(f"{path} exists; leave out --new-passphrase") from error
    except OSError as error:
        raise NewPassphraseError(f"{path} cannot be made: {error.strerror}") from error


def _answer(settings: "Settings", half: "Half", *, offline: bool) -> Answer:
    city = settings.city
    places = {
        "state": str(settings.state_dir),
        "keys": str(settings.keys_dir),
        "passphrase": str(settings.passphrase_file),
        "database": _database(settings),
    }
    name = f"{city.name_zh} {city.name_en}"
    return Answer(
        data={
            "city": city.division_code,
            "kind": settings.kind.value,
            "entity_id": city.leaf,
            **places,
            "own_half": list(half),
        },
        screen=layout.page(
            layout.title(f"{name} is made ({settings.kind}).", "bold green"),
            layout.indented(layout.facts([("entity", city.leaf), *places.items()])),
            layout.section(
                "Your half of every safety number (安全码), to read out to partners' offices",
                layout.title("  ".join(half), "bold cyan"),
            ),
            layout.section("Next", layout.steps(_next(settings, offline=offline))),
        ),
    )


def _next(settings: "Settings", *, offline: bool) -> list[str]:
    todo = [
        "credit-gateway doctor, until nothing is left to mend",
        "credit-gateway serve, and credit-gateway worker beside it (docs/operations.md)",
        "credit-gateway partners add CITY, for each partner",
    ]
    ask = "credit-gateway federation request FILE, for the offline machine (docs/keys.md)"
    if settings.kind != "production":
        return [ask, *todo] if offline else todo
    backup = "back up keys and passphrase apart from each other (docs/operations.md)"
    take = "credit-gateway anchor take DIR: K1 and K1s leave this machine (docs/keys.md)"
    return [backup, ask if offline else take, *todo]


def _database(settings: "Settings") -> str:
    from sqlalchemy import make_url  # noqa: PLC0415  (--help must not wait)

    return make_url(settings.database.url).render_as_string(hide_password=True)
