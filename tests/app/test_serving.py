import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.app import from_environment, served
from gateway.app.assessment_watch import look_at
from gateway.app.composition import OpenCity, open_city
from gateway.app.served import RecentAnswer
from gateway.app.server import server_command
from gateway.app.serving import gateway_of
from gateway.clock import monotonic_s
from gateway.demo.layout import Place
from gateway.demo.people import admit
from gateway.demo.servers import inherited
from gateway.ids import ScenarioId, Tier
from gateway.web.wiring import make_flask
from tests.app.places import new_place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return new_place(tmp_path_factory.mktemp("serving") / "demo")


@pytest.fixture
def own_place(tmp_path: Path) -> Place:
    """Return a city whose files a test may break."""
    return new_place(tmp_path / "demo")


@pytest.fixture
def city(place: Place) -> Generator[OpenCity]:
    with open_city(place.settings()) as opened:
        yield opened


@pytest.fixture
def app(city: OpenCity) -> Flask:
    return make_flask(gateway_of(city))


def test_a_citizen_shows_a_code_at_home_and_the_receipt_is_stored(
    city: OpenCity, app: Flask
) -> None:
    hotel = ScenarioId("lodging.hotel")
    tokens = admit(city, city.clock.now())
    client = app.test_client()

    code = client.post(
        "/api/v1/codes",
        json={"kind": "general"},
        headers={"Authorization": f"Bearer {tokens.citizens[Tier(2)]}"},
    ).get_json()["code"]
    answer = client.post(
        "/api/v1/verifications",
        json={"code": code, "scenario": hotel},
        headers={"Authorization": f"Bearer {tokens.merchants[hotel]}"},
    ).get_json()

    assert answer["outcome"] == "recognised"
    assert city.store.verifications.find(answer["receipt"]) is not None


def test_a_city_is_ready_if_database_statements_and_assessments_are(app: Flask) -> None:
    answer = app.test_client().get("/readyz")

    assert answer.get_json() == {
        "status": "ok",
        "checks": {"database": True, "statements": True, "assessments": True},
    }


def test_a_city_without_its_database_is_not_ready_and_says_which_check(
    place: Place, tmp_path: Path
) -> None:
    shutil.copytree(place.directory, tmp_path / "city")
    environ = dict(place.environ) | {"CREDIT_GATEWAY_STATE_DIR": str(tmp_path / "city")}
    with open_city(replace(place, environ=environ).settings()) as city:
        client = make_flask(gateway_of(city)).test_client()
        (tmp_path / "city" / "gateway.db").unlink()

        answer = client.get("/readyz")

    assert answer.status_code == 503
    checks = answer.get_json()["checks"]
    assert checks == {"database": False, "statements": True, "assessments": True}


def test_a_city_whose_database_takes_no_writes_is_not_ready_until_it_does(
    own_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_city(own_place.settings()) as city:
        client = make_flask(gateway_of(city)).test_client()
        with closing(sqlite3.connect(own_place.directory / "gateway.db")) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            locked = client.get("/readyz")
        remembered = client.get("/readyz")
        later_s = monotonic_s() + 6
        monkeypatch.setattr(served, "monotonic_s", lambda: later_s)
        free = client.get("/readyz")

    assert (locked.status_code, locked.get_json()["checks"]["database"]) == (503, False)
    assert (remembered.status_code, free.status_code) == (503, 200)


def test_readiness_writes_once_in_a_few_seconds() -> None:
    asked = list[bool]()

    def ask() -> bool:
        asked.append(True)
        return True

    check = RecentAnswer(ask)

    assert [check() for _ in range(3)] == [True] * 3
    assert len(asked) == 1


def ask_code(client: FlaskClient, token: str) -> TestResponse:
    return client.post(
        "/api/v1/codes",
        json={"kind": "general"},
        headers={"Authorization": f"Bearer {token}"},
    )


BREAKERS: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "broken": lambda path: path.write_text("canary\n"),
}


@pytest.mark.parametrize("name", BREAKERS)
def test_without_assessments_visitors_are_verified_and_only_new_people_get_no_code(
    own_place: Place, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    hotel = ScenarioId("lodging.hotel")
    people = own_place.directory / "assessments.csv"
    written = people.read_text("utf-8")
    with open_city(own_place.settings()) as city:
        tokens = admit(city, city.clock.now())
        citizen, newcomer = tokens.citizens[Tier(2)], tokens.citizens[Tier(3)]
        before = make_flask(gateway_of(city)).test_client()
        code = ask_code(before, citizen).get_json()["code"]

    BREAKERS[name](people)
    with open_city(own_place.settings()) as city:
        client = make_flask(gateway_of(city)).test_client()
        refused, earlier = ask_code(client, newcomer), ask_code(client, citizen)
        ready = client.get("/readyz")
        verdict = client.post(
            "/api/v1/verifications",
            json={"code": code, "scenario": hotel},
            headers={"Authorization": f"Bearer {tokens.merchants[hotel]}"},
        )
        people.write_text(written, "utf-8")
        assert city.assessments is not None
        look_at(city.assessments, city.clock.now())
        issued = ask_code(client, newcomer)

    assert (refused.status_code, refused.get_json(force=True)["code"]) == (503, "unavailable")
    assert (ready.status_code, ready.get_json()["checks"]["assessments"]) == (503, False)
    assert verdict.get_json()["outcome"] == "recognised"
    assert issued.get_json()["code"].startswith("CC1:")
    assert {"as_of"} == earlier.get_json().keys() - issued.get_json().keys()
    assert caplog.text.count("nobody can be given a code") == 1
    assert "canary" not in caplog.text


def test_a_bad_file_after_a_good_one_takes_no_code_from_anybody(own_place: Place) -> None:
    people = own_place.directory / "assessments.csv"
    with open_city(own_place.settings()) as city:
        citizen = admit(city, city.clock.now()).citizens[Tier(2)]
        client = make_flask(gateway_of(city)).test_client()
        people.write_text("broken")
        assert city.assessments is not None
        look_at(city.assessments, city.clock.now())

        issued, ready = ask_code(client, citizen), client.get("/readyz")

    assert (issued.status_code, ready.status_code) == (200, 200)


def test_a_city_that_only_verifies_gives_no_codes_and_is_ready(city: OpenCity) -> None:
    verifier = replace(city, settings=replace(city.settings, issuing=None))

    gateway = gateway_of(verifier)

    assert gateway.issue is None
    assert make_flask(gateway).test_client().get("/readyz").status_code == 200


def test_an_app_of_the_environment_answers_and_ends_with_its_process(place: Place) -> None:
    asks = (
        "from gateway.app import from_environment as make;"
        " print(make().test_client().get('/healthz'))"
    )

    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", asks],
        env=inherited() | dict(place.environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert (done.returncode, "200 OK" in done.stdout) == (0, True)
    (line,) = done.stderr.splitlines()
    assert "a new file is in force, people in it: 8" in line


def test_an_environment_without_a_city_ends_the_process_with_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CREDIT_GATEWAY_CITY_FILE", raising=False)

    with pytest.raises(SystemExit) as ended:
        from_environment()

    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "CREDIT_GATEWAY_CITY_FILE" in said
    assert "Traceback" not in said


def test_the_server_command_names_address_workers_and_no_websockets() -> None:
    command = server_command(host="127.0.0.1", port=8123, workers=2)

    assert {"--host=127.0.0.1", "--port=8123", "--workers=2", "--no-ws", "--http=1"} <= set(command)
