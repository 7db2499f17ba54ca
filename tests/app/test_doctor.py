import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

import pytest

from gateway.app.checks import Result
from gateway.app.doctor import Diagnosis, examine
from gateway.app.doctor_city import address_checks, clock_check, span
from gateway.clock import CHINA, SystemClock
from gateway.ids import EntityId, Timestamp
from gateway.services.partner_book import CheckedRows, load_partners
from gateway.storage.store import Store
from gateway.trust.rows import RowSeal
from tests.cli.places import PEOPLE, Place, free_port, make_place
from tests.services.offices import Web, at, office
from tests.world import CONFIG, DAY, HOUR

Break = Callable[[Place], object]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("doctor")).init()


@pytest.fixture
def city(made_once: Place, tmp_path: Path) -> Place:
    root = tmp_path / "own"
    shutil.copytree(made_once.root, root)
    return Place(root=root, slug=made_once.slug, port=made_once.port)


def _state(city: Place) -> Path:
    return city.home / "state"


def _people(city: Place) -> Path:
    return _state(city) / "assessments.csv"


def _set_back(path: Path, age_s: int) -> None:
    then = SystemClock().now() - age_s
    os.utime(path, (then, then))


def _be_production(city: Place) -> None:
    file = _state(city) / "state.toml"
    file.write_text(file.read_text().replace('"demo"', '"production"'))


def _edit_partner(city: Place) -> None:
    store = Store.open(f"sqlite:///{_state(city) / 'gateway.db'}")
    with store.engine.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO partner (anchor_id, record, memory, version)"
            " VALUES ('http://127.0.0.1:18402/anchor', 'x', 'y', 1)"
        )
        connection.commit()
    store.close()


def _change_version(city: Place) -> None:
    city.ask("federation", "publish")
    store = Store.open(f"sqlite:///{_state(city) / 'gateway.db'}")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE catalogue_version SET in_force_from = 1")
    store.close()


def _lift_stop(city: Place) -> None:
    city.ask("stop", "issuing", "--reason", "leak", "--officer", "Lin")
    store = Store.open(f"sqlite:///{_state(city) / 'gateway.db'}")
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM stop_order")
    store.close()


FAULTS: dict[str, tuple[Break, str, str]] = {
    "a published version that a hand changed": (
        _change_version, "catalogue", "see the alarms",
    ),
    "an open state directory": (
        lambda city: _state(city).chmod(0o755), "state directory", "chmod 700",
    ),
    "an open key directory": (
        lambda city: (city.home / "keys").chmod(0o750), "keys", "chmod 700",
    ),
    "an open passphrase file": (
        lambda city: (city.home / "passphrase").chmod(0o644), "passphrase", "chmod 600",
    ),
    "another passphrase": (
        lambda city: (city.home / "passphrase").write_text("x" * 40), "keys", "passphrase",
    ),
    "a key that is gone": (
        lambda city: next((city.home / "keys").glob("codes-next-*")).unlink(), "keys", "backup",
    ),
    "no database": (
        lambda city: (_state(city) / "gateway.db").unlink(), "database", "migrate",
    ),
    "a database that is none": (
        lambda city: (_state(city) / "gateway.db").write_bytes(b"no database" * 1000),
        "database", "start it",
    ),
    "no assessments": (lambda city: _people(city).unlink(), "assessments", "rename"),
    "broken assessments": (
        lambda city: _people(city).write_text("a,b\n"), "assessments", "rename",
    ),
    "a reading off the scale": (
        lambda city: _people(city).write_text(PEOPLE["wenzhou"].replace("760", "5000")),
        "assessments", "allowed: a whole number 0 to 1000): 2",
    ),
    "a word on a score scale": (
        lambda city: _people(city).write_text(PEOPLE["wenzhou"].replace("760", "excellent")),
        "assessments", "allowed: a whole number 0 to 1000): 2",
    ),
    "a reading of another version of the scale": (
        lambda city: _people(city).write_text(PEOPLE["wenzhou"].replace(",\n", ",2019-04\n")),
        "assessments", "does not have; allowed: 2020-04): 2",
    ),
    "a wrong setting": (
        lambda city: city.replace("live_s = 90", "live_s = 900"), "settings", "30 to 120",
    ),
    "a partner row that somebody wrote": (_edit_partner, "partner rows", "who wrote"),
    "a stop that somebody lifted in the database": (_lift_stop, "stops", "stop restore"),
}  # fmt: skip


def _edit_what_was_published(city: Place) -> None:
    city.ask("federation", "publish")
    city.replace('id = "hotel-deposit"\nversion = 1', 'id = "hotel-deposit"\nversion = 2')


DOUBTS: dict[str, tuple[Break, str, str]] = {
    "a published catalogue that was edited": (
        _edit_what_was_published, "catalogue", "give the changed offers a new version",
    ),
    "assessments open to others": (
        lambda city: _people(city).chmod(0o644), "assessments", "chmod 600",
    ),
    "assessments of nobody": (
        lambda city: _people(city).write_text(PEOPLE["wenzhou"].splitlines()[0] + "\n"),
        "assessments", "no citizen",
    ),
    "assessments that are all too old": (
        lambda city: _set_back(_people(city), 36 * DAY), "assessments", "written 36 d ago",
    ),
}  # fmt: skip


def test_a_year_whose_holidays_nobody_entered_is_a_doubt_before_it_begins(city: Place) -> None:
    shutil.copy(CONFIG / "working_days.toml", city.root / "config")
    environ = city.environ

    for day, missing in ((date(2026, 12, 1), False), (date(2026, 12, 31), True)):
        noon = Timestamp(int(datetime.combine(day, time(12), CHINA).timestamp()))
        found = {each.name: each for each in examine(environ, noon).checks}["working days"]
        assert (found.result is Result.WARN) is missing
        assert ("2027 is missing" in found.what) is missing


def test_a_city_that_is_well_may_start(city: Place) -> None:
    found = _examine(city)

    assert _ended(found, Result.FAIL) == _ended(found, Result.WARN) == {}
    assert found.may_start


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named_with_what_to_do(city: Place, case: str) -> None:
    breaks, name, todo = FAULTS[case]
    breaks(city)

    found = _examine(city)

    failures = _ended(found, Result.FAIL)
    assert set(failures) == {name}
    assert todo in failures[name]
    assert not found.may_start


@pytest.mark.parametrize("case", DOUBTS)
def test_a_doubt_lets_the_city_start(city: Place, case: str) -> None:
    breaks, name, todo = DOUBTS[case]
    breaks(city)

    found = _examine(city)

    assert list(_ended(found, Result.WARN)) == [name]
    assert todo in _ended(found, Result.WARN)[name]
    assert found.may_start


def test_assessments_of_the_greatest_age_that_counts_are_well(city: Place) -> None:
    _set_back(_people(city), 35 * DAY - HOUR)

    found = _examine(city)

    said = next(check for check in found.checks if check.name == "assessments")
    assert (said.result, said.what.partition(", ")[2]) == (
        Result.OK,
        "people in it: 1, written 34 d ago",
    )


def test_all_of_several_faults_are_found_in_one_run(city: Place) -> None:
    _state(city).chmod(0o755)
    (city.home / "passphrase").chmod(0o644)
    (city.home / "keys").chmod(0o755)
    (_state(city) / "gateway.db").unlink()
    city.replace("live_s = 90", "live_s = 900")
    city.replace("burn_after_end_h = 72", "burn_after_end_h = 1")

    found = _examine(city)

    assert set(_ended(found, Result.FAIL)) == {
        "settings", "state directory", "passphrase", "keys", "database",
    }  # fmt: skip
    assert sum(check.name == "settings" for check in found.checks) == 2


def test_before_init_everything_that_is_missing_is_named(tmp_path: Path) -> None:
    found = _examine(make_place(tmp_path))

    missing = _ended(found, Result.FAIL)
    assert {"settings", "state directory", "passphrase", "keys", "database"} == set(missing)
    assert "credit-gateway init" in missing["state directory"]


def test_an_empty_environment_is_examined_too() -> None:
    found = examine({}, Timestamp(0), port=free_port())

    assert {"settings"} == set(_ended(found, Result.FAIL))
    assert {"state directory", "passphrase", "keys", "database", "city"} == set(
        _ended(found, Result.SKIP)
    )


def test_no_password_is_shown(city: Place) -> None:
    url = "postgresql+psycopg://nobody:hidden@127.0.0.1:1/gone"
    environ = city.environ | {"CREDIT_GATEWAY_DATABASE_URL": url}

    found = examine(environ, SystemClock().now(), port=free_port())

    assert list(_ended(found, Result.FAIL)) == ["database"]
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("later_s", "role", "result"),
    [
        (3 * HOUR, "leaf", Result.OK),
        (5 * HOUR, "leaf", Result.WARN),
        (25 * HOUR, "leaf", Result.FAIL),
        (59 * DAY, "anchor", Result.OK),
        (61 * DAY, "anchor", Result.WARN),
        (91 * DAY, "anchor", Result.FAIL),
        (91 * DAY, "subordinate", Result.FAIL),
    ],
)
def test_a_statement_is_named_before_and_after_its_end(
    city: Place, later_s: int, role: str, result: Result
) -> None:
    found = _examine(city, later_s=later_s)

    assert next(c for c in found.checks if c.name == f"{role} statement").result is result


def test_a_redis_that_answers_is_well(city: Place, redis_url: str) -> None:
    environ = city.environ | {"CREDIT_GATEWAY_REDIS_URL": redis_url}

    assert "counts" in _ended(examine(environ, SystemClock().now()), Result.OK)["redis"]


def test_a_redis_that_does_not_answer_is_a_doubt_and_its_password_is_not_shown(
    city: Place,
) -> None:
    environ = city.environ | {"CREDIT_GATEWAY_REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}

    found = examine(environ, SystemClock().now())

    assert found.may_start
    assert "each worker counts by itself" in _ended(found, Result.WARN)["redis"]
    assert "hunter2" not in str(found)


def test_production_is_warned_of_anchor_keys_and_illustrative_data(city: Place) -> None:
    agreement = city.root / "config" / "agreement.toml"
    for path in (agreement, city.city_file):
        text = path.read_text(encoding="utf-8")
        for port in (18401, 18402, 18403, 18404):
            text = text.replace(f"http://127.0.0.1:{port}", f"https://c{port}.example")
        path.write_text(text, encoding="utf-8")
    _be_production(city)

    warned = _ended(_examine(city), Result.WARN)
    city.replace("[network]", "[network]\ntrusted_proxies = 1")
    behind = _ended(_examine(city), Result.OK)

    assert {"anchor keys", "illustrative data", "visitors' addresses"} <= set(warned)
    assert "proxies: 1" in behind["visitors' addresses"]


def test_a_demo_address_in_production_is_a_fault(city: Place) -> None:
    _be_production(city)

    assert "https" in _ended(_examine(city), Result.FAIL)["settings"]


def test_a_port_in_use_is_a_doubt(city: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        found = examine(city.environ, SystemClock().now(), port=port)

    assert list(_ended(found, Result.WARN)) == [f"port {port}"]


def test_nothing_is_changed(city: Place) -> None:
    before, rows = _files(city), _dumped(city)

    _examine(city)

    assert _files(city) == before
    assert _dumped(city) == rows


def test_a_database_that_takes_no_writes_is_a_fault(city: Place) -> None:
    path = _state(city) / "gateway.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = _ended(_examine(city), Result.FAIL)

    assert list(found) == ["database writes"]
    assert "locked" in found["database writes"]


@pytest.mark.parametrize(
    ("skew_s", "partners", "later_s", "result"),
    [
        (0, 2, 0, Result.OK),
        (60, 2, 0, Result.OK),
        (61, 1, 0, Result.WARN),
        (61, 2, 0, Result.FAIL),
        (-61, 2, 600, Result.FAIL),
        (61, 2, 601, Result.SKIP),
        (61, 0, 0, Result.SKIP),
    ],
)
def test_the_clock_is_compared_with_what_partners_told_lately(
    skew_s: int, partners: int, later_s: int, result: Result
) -> None:
    web = Web(skew_s=skew_s)
    ours = office("330700", "jinhua", web)
    for division, slug in (("330300", "wenzhou"), ("330400", "jiaxing"))[:partners]:
        ours.join(office(division, slug, web))
    seal = RowSeal(leaf=ours.leaf, keys=(ours.k2.public, ours.k2next.public))
    loaded = load_partners(ours.rows, CheckedRows(seal, ours.noted))

    assert clock_check(ours.rows, loaded, at(later_s)).result is result


def test_tables_of_a_newer_version_are_a_fault(city: Place) -> None:
    store = Store.open(f"sqlite:///{_state(city) / 'gateway.db'}")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
        connection.commit()
    store.close()

    assert "newer" in _ended(_examine(city), Result.FAIL)["database"]


def test_a_city_that_only_verifies_needs_no_assessments(tmp_path: Path) -> None:
    city = make_place(tmp_path)
    text = city.city_file.read_text(encoding="utf-8")
    head, _, tail = text.partition("[codes]")
    tail = "[scenarios]" + tail.partition("[scenarios]")[2]
    before, _, after = tail.partition("[[scales]]")
    verifier = head.replace('roles = ["issuer", "verifier"]', 'roles = ["verifier"]')
    city.city_file.write_text(verifier + before + "[catalogue]" + after.partition("[catalogue]")[2])
    city.ask("init", "--demo", "--new-passphrase")

    found = _examine(city)

    assert found.may_start
    assert "code size" in _ended(found, Result.SKIP)
    assert not [check for check in found.checks if check.name == "assessments"]


def test_an_address_with_a_path_is_a_doubt_and_one_without_is_none() -> None:
    (found,) = address_checks(EntityId("https://gov.example/credit"))

    assert (found.result, "strip /credit " in found.todo) == (Result.WARN, True)
    assert list(address_checks(EntityId("https://gov.example:8443"))) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"),
        (48 * HOUR - 1, "47 h"), (48 * HOUR, "2 d"),
    ],
)  # fmt: skip
def test_durations_are_told_in_the_largest_unit_that_says_enough(seconds: int, said: str) -> None:
    assert span(seconds) == said


def _examine(city: Place, later_s: int = 0) -> Diagnosis:
    now = Timestamp(SystemClock().now() + later_s)
    return examine(city.environ, now, port=free_port())


def _ended(found: Diagnosis, result: Result) -> dict[str, str]:
    return {
        check.name: f"{check.what} {check.todo}" for check in found.checks if check.result is result
    }


def _files(city: Place) -> dict[Path, bytes]:
    # The database is compared by its rows: a row that was written and taken back moves bytes.
    return {
        path: path.read_bytes()
        for path in sorted(city.root.rglob("*"))
        if path.is_file() and not path.name.startswith("gateway.db")
    }


def _dumped(city: Place) -> list[str]:
    with closing(sqlite3.connect(_state(city) / "gateway.db")) as connection:
        return list(connection.iterdump())
