import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect

from gateway.app.composition import open_city
from gateway.app.init import DatabaseInUseError, StateExistsError, init_city, state_toml
from gateway.clock import SystemClock
from gateway.demo.layout import Place
from gateway.errors import UnavailableError
from gateway.settings import StateKind, load
from gateway.storage.engine import open_engine
from gateway.storage.errors import SchemaError
from gateway.trust.trusted_city import Role
from gateway.vault.errors import VaultMissingError, WeakPassphraseError
from tests.app.places import ClockStoppedError, StoppingClock, new_place, settings_of
from tests.world import NOON


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.fixture
def unborn(tmp_path: Path) -> Place:
    return new_place(tmp_path / "demo", founded=False)


def test_a_new_city_opens_with_all_that_its_partners_will_fetch(unborn: Place) -> None:
    made = init_city(settings_of(unborn.environ), SystemClock())

    with open_city(load(unborn.environ)) as city:
        assert set(city.trust.statements) == set(Role)
        assert city.trust.keyring.issuer(city.settings.city.division_code) is not None
    assert made.state_dir == unborn.directory
    assert made.keys_dir.is_dir()
    assert made.passphrase_file.is_file()


def test_everything_of_a_new_city_is_closed_to_others(unborn: Place) -> None:
    init_city(settings_of(unborn.environ), SystemClock())

    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (unborn.directory, unborn.directory / "keys")
    } | {
        name: (unborn.directory / name).stat().st_mode & 0o777
        for name in ("state.toml", "gateway.db")
    }
    assert modes == {"wenzhou": 0o700, "keys": 0o700, "state.toml": 0o600, "gateway.db": 0o600}


def test_the_state_file_says_what_the_directory_is_for_ever() -> None:
    said = tomllib.loads(state_toml(StateKind.PRODUCTION, "330300", NOON))

    assert said["kind"] == "production"
    assert said["division_code"] == "330300"
    assert said["created_at"].timestamp() == NOON


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_step_that_fails_leaves_nothing_behind_in_a_directory_that_was_there(
    unborn: Place, asked: int
) -> None:
    before = files(unborn.directory)

    with pytest.raises(ClockStoppedError):
        init_city(settings_of(unborn.environ), StoppingClock(asked))

    assert files(unborn.directory) == before
    init_city(settings_of(unborn.environ), SystemClock())


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_step_that_fails_leaves_no_directory_that_was_not_there(
    unborn: Place, tmp_path: Path, asked: int
) -> None:
    state, keys = tmp_path / "new" / "state", tmp_path / "other" / "deep" / "keys"
    environ = dict(unborn.environ) | {
        "CREDIT_GATEWAY_STATE_DIR": str(state),
        "CREDIT_GATEWAY_KEYS_DIR": str(keys),
    }

    with pytest.raises(ClockStoppedError):
        init_city(settings_of(environ), StoppingClock(asked))

    assert not state.exists()
    assert not (tmp_path / "other").exists()


def _weak(place: Place) -> dict[str, str]:
    file = place.directory.parent / "weak"
    file.write_text("short\n", "utf-8")
    file.chmod(0o600)
    return {"CREDIT_GATEWAY_PASSPHRASE_FILE": str(file)}


def _no_database_directory(place: Place) -> dict[str, str]:
    return {"CREDIT_GATEWAY_DATABASE_URL": f"sqlite:///{place.directory}/none/gateway.db"}


def _no_server(_place: Place) -> dict[str, str]:
    return {"CREDIT_GATEWAY_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none"}


def _keys_under_a_file(place: Place) -> dict[str, str]:
    file = place.directory.parent / "file"
    file.touch()
    return {"CREDIT_GATEWAY_KEYS_DIR": str(file / "keys")}


FAULTS: dict[str, tuple[Callable[[Place], dict[str, str]], type[Exception]]] = {
    "a weak passphrase": (_weak, WeakPassphraseError),
    "no directory for the database": (_no_database_directory, SchemaError),
    "no database server": (_no_server, UnavailableError),
    "keys under a file": (_keys_under_a_file, OSError),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_machine_leaves_nothing_behind(unborn: Place, name: str) -> None:
    fault, error = FAULTS[name]
    environ = dict(unborn.environ) | fault(unborn)
    before = files(unborn.directory)

    with pytest.raises(error):
        init_city(settings_of(environ), SystemClock())

    assert files(unborn.directory) == before


def test_a_passphrase_that_vanished_leaves_nothing_behind(unborn: Place) -> None:
    settings = settings_of(unborn.environ)
    settings.passphrase_file.unlink()
    before = files(unborn.directory)

    with pytest.raises(VaultMissingError):
        init_city(settings, SystemClock())

    assert files(unborn.directory) == before


@pytest.mark.parametrize("lost", ["state.toml", "keys"])
def test_a_city_that_is_there_is_never_touched(tmp_path: Path, lost: str) -> None:
    place = new_place(tmp_path / "demo")
    (place.directory / lost).rename(place.directory / "kept")
    before = files(place.directory)

    with pytest.raises(StateExistsError):
        init_city(settings_of(place.environ), SystemClock())

    assert files(place.directory) == before


def test_the_database_of_a_city_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    place = new_place(tmp_path / "demo")
    other = dict(place.environ) | {
        "CREDIT_GATEWAY_STATE_DIR": str(tmp_path / "other"),
        "CREDIT_GATEWAY_KEYS_DIR": str(tmp_path / "other-keys"),
        "CREDIT_GATEWAY_DATABASE_URL": f"sqlite:///{place.directory / 'gateway.db'}",
    }

    with pytest.raises(DatabaseInUseError):
        init_city(settings_of(other), SystemClock())

    with open_city(load(place.environ)) as city:
        assert set(city.trust.statements) == set(Role)
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "other-keys").exists()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_tables_that_a_failed_start_left_on_a_server_are_taken_over(
    unborn: Place, database_url: str
) -> None:
    environ = dict(unborn.environ) | {"CREDIT_GATEWAY_DATABASE_URL": database_url}
    with pytest.raises(ClockStoppedError):
        init_city(settings_of(environ), StoppingClock(1))

    init_city(settings_of(environ), SystemClock())

    engine = open_engine(database_url)
    assert "own_statement" in inspect(engine).get_table_names()
    engine.dispose()
