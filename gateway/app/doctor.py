"""Looking a city over before it starts: every fault at once, and what to do about each.

Nothing is changed but for two probes: a row of the database that is written and deleted, and a
counter in Redis that is over at once. Nothing is started, no partner is asked; the city's own
providers are. A check that needs what another one found broken says so instead of guessing. Start
at ``examine``.
"""

import shutil
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.app.checks import Check, Result, failed, passed, skipped, warned
from gateway.app.doctor_city import examine_city
from gateway.app.served import HOST, PORT, writes_check
from gateway.app.sign_in_doctor import sign_in_checks
from gateway.app.status_findings import worker_checks, worker_status
from gateway.errors import UnavailableError, VaultError
from gateway.ids import Timestamp
from gateway.services.ports import StorageError
from gateway.settings import Settings, WrongSettingsError, load
from gateway.settings.environment import Environment, read_environment
from gateway.settings.errors import Findings
from gateway.storage.engine import open_engine
from gateway.storage.redis_buckets import fault_of, place_of
from gateway.storage.schema import SchemaState, schema_state
from gateway.storage.store import Store
from gateway.vault import ANCHORS, WORKING, Vault, files, passphrase
from gateway.vault.errors import VaultFileError

__all__ = ["HOST", "PORT", "Diagnosis", "examine"]

FEW_BYTES: Final = 1024**3
TOO_FEW_BYTES: Final = 100 * 1024**2

_INIT = "run credit-gateway init, or name the right directory"
_MIGRATE = "run credit-gateway database migrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Everything that was looked at, in order."""

    checks: tuple[Check, ...]

    def count(self, result: Result) -> int:
        """Return how many checks ended so."""
        return sum(check.result is result for check in self.checks)

    @property
    def may_start(self) -> bool:
        """Whether nothing failed."""
        return not self.count(Result.FAIL)


def examine(environ: Mapping[str, str], now: Timestamp, *, port: int = PORT) -> Diagnosis:
    """Return what is well, doubtful and wrong with the city that ``environ`` points at."""
    places = read_environment(environ, Findings())
    checks = [*_settings(environ)]
    settings = None if checks else load(environ)
    if settings:
        checks.append(passed("settings", _described(settings)))
        checks.extend(sign_in_checks(settings))
    checks.append(_directory("state directory", places.state_dir))
    vault, found = _vault(places)
    checks.extend(found)
    database = _database(places)
    checks.append(database)
    checks.extend(_redis(places))
    if settings is None or vault is None or database.result is not Result.OK:
        checks.append(skipped("city", "needs settings, keys and database that are well"))
    else:
        checks.extend(_city(settings, vault, now))
    checks.extend((_port(port), _space(places.state_dir)))
    return Diagnosis(checks=tuple(checks))


def _settings(environ: Mapping[str, str]) -> Iterable[Check]:
    """Return one failure for each problem."""
    try:
        load(environ)
    except WrongSettingsError as error:
        for each in error.problems:
            yield failed("settings", f"{each.file}: {each.key}: {each.what}", each.allowed)


def _described(settings: Settings) -> str:
    city = settings.city
    return f"{city.name_zh} {city.name_en}, {settings.kind}, agreement {settings.agreement.version}"


def _directory(name: str, path: Path | None) -> Check:
    if path is None:
        return skipped(name, "is not named by the settings")
    try:
        files.check_directory(path)
    except VaultFileError as error:
        return failed(name, f"{error.path}: {error.problem}", error.remedy)
    except OSError:
        return failed(name, f"{path}: is missing", _INIT)
    return passed(name, f"{path}, for this account only")


def _vault(places: Environment) -> tuple[Vault | None, tuple[Check, ...]]:
    """Open the keys; the passphrase is a check of its own, since its file is elsewhere."""
    secret, phrase = _passphrase(places.passphrase_file)
    if places.keys_dir is None:
        return None, (phrase, skipped("keys", "their directory is not named by the settings"))
    if secret is None:
        return None, (phrase, _directory("keys", places.keys_dir))
    try:
        vault = Vault.open(places.keys_dir, secret)
    except VaultFileError as error:
        return None, (phrase, failed("keys", f"{error.path}: {error.problem}", error.remedy))
    except (VaultError, OSError) as error:
        return None, (phrase, failed("keys", f"{places.keys_dir}: {error}", _INIT))
    anchors = sum(vault.has_private(role) for role in ANCHORS)
    where = "K1 and K1s offline" if not anchors else f"{anchors} of 2 anchor keys here"
    return vault, (phrase, passed("keys", f"{len(WORKING)} working keys open, {where}"))


def _passphrase(path: Path | None) -> tuple[bytes | None, Check]:
    if path is None:
        return None, skipped("passphrase", "its file is not named by the settings")
    try:
        return passphrase.read_file(path), passed("passphrase", f"{path}, for this account only")
    except VaultFileError as error:
        return None, failed("passphrase", f"{error.path}: {error.problem}", error.remedy)


def _database(places: Environment) -> Check:
    if places.database_url is None:
        return skipped("database", "is not named by the settings")
    try:
        engine = open_engine(places.database_url)
    except StorageError as error:
        return failed("database", str(error), "sqlite:///FILE or postgresql+psycopg://...")
    place = engine.url.render_as_string(hide_password=True)
    try:
        state = schema_state(engine)
    except UnavailableError as error:
        return failed("database", f"{place}: {error}", "start it, or mend its address or rights")
    finally:
        engine.dispose()
    return _tables(place, state)


def _tables(place: str, state: SchemaState) -> Check:
    match state:
        case SchemaState.CURRENT:
            return passed("database", f"{place}, tables are current")
        case SchemaState.AHEAD:
            newer = "install the version of this software that made them, or a later one"
            return failed("database", f"{place}: tables are of a newer version", newer)
        case SchemaState.ABSENT:
            return failed("database", f"{place}: has no tables", f"{_MIGRATE}, or init a new city")
        case SchemaState.BEHIND:
            return failed("database", f"{place}: tables are of an older version", _MIGRATE)


def _redis(places: Environment) -> Iterable[Check]:
    """Return a doubt where the shared counters do not count: every worker does by itself then."""
    if places.redis_url is None:
        return
    place = place_of(places.redis_url)
    fault = fault_of(places.redis_url)
    if fault is None:
        yield passed("redis", f"{place} counts")
    else:
        todo = (
            "start it, or mend its address, password or rights (EVALSHA, SCRIPT LOAD, TIME, GET,"
            " SET; no replica); until then each worker counts by itself"
        )
        yield warned("redis", f"{place} does not count: {fault}", todo)


def _city(settings: Settings, vault: Vault, now: Timestamp) -> tuple[Check, ...]:
    store = Store.open(settings.database.url)
    try:
        return (
            writes_check(store.probe),
            *examine_city(settings, vault, store, now),
            *worker_checks(worker_status(store), now),
        )
    except UnavailableError as error:
        return (failed("city", f"{error} while reading", "run doctor again"),)
    finally:
        store.close()


def _port(port: int) -> Check:
    name = f"port {port}"
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except OSError:
        todo = "well if this city runs already; otherwise choose another: serve --port N"
        return warned(name, f"{HOST}:{port} is in use", todo)
    return passed(name, f"{HOST}:{port} is free")


def _space(state_dir: Path | None) -> Check:
    place = next((each for each in (state_dir, *(state_dir or Path()).parents) if each), Path())
    while not place.exists() and place != place.parent:
        place = place.parent
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:.1f} GiB free at {place}"
    if free < TOO_FEW_BYTES:
        return failed("disk", said, "make room: without it no receipt, so no recognition")
    if free < FEW_BYTES:
        return warned("disk", said, "make room before it runs out")
    return passed("disk", said)
