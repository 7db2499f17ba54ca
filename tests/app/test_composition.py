from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from gateway.app.composition import open_city
from gateway.app.worker.jobs import jobs_of
from gateway.clock import SystemClock
from gateway.demo.layout import Place
from gateway.errors import GatewayError
from gateway.ids import Timestamp
from gateway.settings import Settings, WrongSettingsError, load
from gateway.storage.engine import open_engine
from gateway.trust.trusted_city import Role
from tests.app.places import new_place


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return new_place(tmp_path_factory.mktemp("founded") / "demo")


@pytest.fixture
def settings(founded: Place, tmp_path: Path) -> Settings:
    """Return the settings of a copy that a test may break."""
    copytree(founded.directory, tmp_path / "city")
    here = {
        name: value.replace(str(founded.directory), str(tmp_path / "city"))
        for name, value in founded.environ.items()
    }
    return load(here)


def test_an_open_city_knows_its_own_key_and_address(settings: Settings) -> None:
    with open_city(settings) as city:
        own = city.trust.keyring.issuer(settings.city.division_code)
        assert own is not None
        assert own.verifies(SystemClock().now())
        assert city.leaf == settings.city.leaf


def test_a_leaf_that_is_published_again_is_newer_and_in_force_after_a_refresh(
    settings: Settings,
) -> None:
    with open_city(settings) as city:
        before = city.trust.statements[Role.LEAF].token

        token = city.publish_leaf()
        changed = city.trust.refresh(city.clock.now())

        assert changed
        assert city.trust.statements[Role.LEAF].token == token != before


def test_the_worker_publishes_the_catalogue_and_servers_serve_and_go_by_it(
    settings: Settings,
) -> None:
    with open_city(settings) as city:
        own = settings.city.division_code
        before = city.documents.view.served("catalogue")
        jobs = {job.name: job for job in jobs_of(city)}

        for name in ("publish-catalogue", "fetch-catalogues", "forget-held-tickets"):
            jobs[name].run(city.clock.now())
        changed = city.documents.refresh(city.clock.now())
        there = city.documents.destinations.at(own, city.clock.now())

    assert (before, changed) == (None, True)
    assert city.documents.view.served("catalogue") is not None
    assert there.published.version == settings.catalogue.version


def test_the_clock_that_is_given_is_asked(settings: Settings) -> None:
    class Late:
        def now(self) -> Timestamp:
            return Timestamp(SystemClock().now() + 10 * 366 * 24 * 3600)

    with open_city(settings, Late()) as city:
        own = city.trust.keyring.issuer(settings.city.division_code)
        assert own is None or not own.verifies(city.clock.now())


def _empty_database(settings: Settings) -> None:
    file = settings.state_dir / "gateway.db"
    file.unlink()
    file.touch(0o600)


def _newer_tables(settings: Settings) -> None:
    engine = open_engine(settings.database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ffff'")
    engine.dispose()


def _no_federation_key(settings: Settings) -> None:
    next(settings.keys_dir.glob("federation-*.pem")).unlink()


FAULTS: dict[str, tuple[Callable[[Settings], object], str]] = {
    "a wrong passphrase": (
        lambda s: s.passphrase_file.write_text("another passphrase altogether\n"),
        "vault_passphrase",
    ),
    "no passphrase": (lambda s: s.passphrase_file.unlink(), "vault_missing"),
    "no keys": (lambda s: rmtree(s.keys_dir), "vault_missing"),
    "keys that others may read": (lambda s: s.keys_dir.chmod(0o755), "vault_permissions"),
    "a key that is missing": (_no_federation_key, "vault_key_missing"),
    "a damaged register": (
        lambda s: (s.keys_dir / "keys.json").write_text("{}"),
        "vault_damaged",
    ),
    "no database": (lambda s: (s.state_dir / "gateway.db").unlink(), "storage_schema"),
    "a database without tables": (_empty_database, "storage_schema"),
    "tables of a newer version": (_newer_tables, "storage_schema"),
    "something else than a database": (
        lambda s: (s.state_dir / "gateway.db").write_bytes(b"x" * 9000),
        "storage_unavailable",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_city_with_a_fault_does_not_open_half_way_and_the_fault_has_a_name(
    settings: Settings, name: str
) -> None:
    fault, code = FAULTS[name]
    fault(settings)

    with pytest.raises(GatewayError) as refused:
        open_city(settings)

    assert refused.value.code == code


def test_a_state_directory_of_another_city_is_refused(founded: Place, tmp_path: Path) -> None:
    copytree(founded.directory, tmp_path / "city")
    file = tmp_path / "city" / "state.toml"
    file.write_text(file.read_text("utf-8").replace("330300", "330400"), "utf-8")

    with pytest.raises(WrongSettingsError):
        load(dict(founded.environ) | {"CREDIT_GATEWAY_STATE_DIR": str(tmp_path / "city")})
