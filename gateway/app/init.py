"""The first day of a city: state directory, keys, database, statements; all or nothing."""

import os
import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from gateway.app.city_store import LEDGER_KEY
from gateway.app.console import console_user
from gateway.app.live_keys import LiveKeys
from gateway.app.publishing import anchor_publisher, leaf_publisher, named_codes
from gateway.clock import Clock
from gateway.errors import SettingsError
from gateway.ids import EntityId, Timestamp
from gateway.ledger.entries import Note
from gateway.services.audit import Acting
from gateway.settings import Settings, StateKind
from gateway.storage.engine import open_engine
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from gateway.trust.anchor_files import AnchorKeys
from gateway.trust.trusted_city import Role
from gateway.vault import passphrase
from gateway.vault.roles import Role as KeyRole
from gateway.vault.vault import Vault

STATE_FILE: Final = "state.toml"
_PRIVATE = 0o700


class StateExistsError(SettingsError):
    """There is a city in this place already; ``init`` never touches one."""

    code = "state_exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists; init makes a new city and changes none")
        self.path = path


class AnchorOfAnotherCityError(SettingsError):
    """The anchor keys were made for another entity than this city's."""

    code = "anchor_of_another_city"

    def __init__(self, leaf: EntityId) -> None:
        super().__init__(f"these anchor keys were made for {leaf}")
        self.leaf = leaf


class DatabaseInUseError(SettingsError):
    """The database holds a city already; ``init`` never touches one."""

    code = "database_in_use"

    def __init__(self) -> None:
        super().__init__("the database holds a city already; init needs an empty one")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCity:
    """Where everything of a new city is."""

    state_dir: Path
    keys_dir: Path
    passphrase_file: Path


def init_city(settings: Settings, clock: Clock, anchors: AnchorKeys | None = None) -> NewCity:
    """Make the city that ``settings`` (of ``load_for_init``) describe.

    With ``anchors`` of an offline machine nothing is published before its first answer.

    What was made is removed again if a later step fails; only in PostgreSQL tables without a
    leaf configuration stay, which the next ``init`` takes over.

    Raises:
        StateExistsError: state or keys are there already.
        DatabaseInUseError: the database is that of a city.
        GatewayError: by subclass, whatever failed.
    """
    if anchors is not None and anchors.leaf != settings.city.leaf:
        raise AnchorOfAnotherCityError(anchors.leaf)
    for path in (settings.state_dir / STATE_FILE, settings.keys_dir):
        if path.exists():
            raise StateExistsError(path)
    with ExitStack() as undo:
        _make_directory(settings.state_dir, undo)
        secret = passphrase.read_file(settings.passphrase_file)
        _make_parents(settings.keys_dir.parent, undo)
        vault = Vault.create(
            settings.keys_dir, secret, clock.now(), anchors=anchors.keys if anchors else None
        )
        undo.callback(shutil.rmtree, settings.keys_dir)
        _publish(settings, vault, clock, undo, offline=anchors is not None)
        # Last, since it says that all the rest is there.
        _write_state(settings, clock, undo)
        undo.pop_all()
    return NewCity(
        state_dir=settings.state_dir,
        keys_dir=settings.keys_dir,
        passphrase_file=settings.passphrase_file,
    )


def state_toml(kind: StateKind, division_code: str, created_at: int) -> str:
    """Return the file that says what a state directory is, for ever."""
    created = datetime.fromtimestamp(created_at, UTC).isoformat()
    return (
        "# What this directory is, for ever; written by `credit-gateway init`.\n"
        f'kind = "{kind.value}"\ndivision_code = "{division_code}"\ncreated_at = {created}\n'
    )


def _make_directory(path: Path, undo: ExitStack) -> None:
    if not path.exists():
        path.mkdir(parents=True, mode=_PRIVATE)
        undo.callback(shutil.rmtree, path)
    path.chmod(_PRIVATE)


def _make_parents(path: Path, undo: ExitStack) -> None:
    made = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in reversed(made):
        # One that somebody else put something into meanwhile stays.
        undo.callback(_remove_if_empty, each)


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def _publish(
    settings: Settings, vault: Vault, clock: Clock, undo: ExitStack, *, offline: bool
) -> None:
    engine = open_engine(settings.database.url, synchronous=settings.database.synchronous.value)
    _remove_file(engine, undo)
    store = Store.from_engine(engine, vault.secret(LEDGER_KEY))
    try:
        migrate(engine)
        if Role.LEAF in store.own_statements.all():
            raise DatabaseInUseError
        now = clock.now()
        store.ledger.append(_founded(settings, vault, now))
        if offline:
            return
        anchor = anchor_publisher(settings, vault, store)
        anchor.configuration(now, clock_doubtful=False)
        anchor.subordinate(now, clock_doubtful=False)
        keys = LiveKeys(vault)
        leaf = leaf_publisher(settings, keys, store)
        token = leaf.configuration(now, accepted=(), clock_doubtful=False)
        keys.note_published(named_codes(token, settings.city.leaf), now)
    finally:
        store.close()


def _founded(settings: Settings, vault: Vault, now: Timestamp) -> Note:
    kids = {role: vault.public(role).kid for role in (KeyRole.ANCHOR, KeyRole.ANCHOR_STANDBY)}
    return Acting(by=console_user(), at=now).note(
        "city.founded",
        settings.city.leaf,
        kind=settings.kind.value,
        anchor=kids[KeyRole.ANCHOR],
        standby=kids[KeyRole.ANCHOR_STANDBY],
    )


def _remove_file(engine: Engine, undo: ExitStack) -> None:
    """Let an SQLite file that is not there yet be gone again if a later step fails."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        for suffix in ("", "-wal", "-shm"):
            undo.callback(Path(f"{engine.url.database}{suffix}").unlink, missing_ok=True)


def _write_state(settings: Settings, clock: Clock, undo: ExitStack) -> None:
    text = state_toml(settings.kind, settings.city.division_code, clock.now())
    path = settings.state_dir / STATE_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    undo.callback(path.unlink, missing_ok=True)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
