"""A whole city whose assessments come from a service: good, down, repaired, and watched."""

import logging
from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.app.assessment_watch import look_at
from gateway.app.checks import Result, passed
from gateway.app.composition import OpenCity, open_city
from gateway.app.doctor import examine
from gateway.app.serving import gateway_of
from gateway.app.status import status_of
from gateway.clock import CHINA, SystemClock
from gateway.codes import reading
from gateway.demo.layout import Place
from gateway.demo.names import driven
from gateway.demo.people import admit
from gateway.ids import Tier, UnverifiedText
from gateway.web.wiring import make_flask
from tests.app.places import new_place
from tests.remote.assessment_service import SECRET, Answer, Service, assessed, serving

PERSON = driven(Tier(2))
SERVED = passed("server", "answers")


def standing(points: int, **other: object) -> Answer:
    today = datetime.fromtimestamp(SystemClock().now(), CHINA).date().isoformat()
    return assessed(points, assessed_on=today, **other)


@pytest.fixture
def service() -> Generator[Service]:
    with serving(Service(people={PERSON: standing(700)})) as running:
        yield running


def ask_for(place: Place, service: Service) -> Place:
    """Return the city, whose assessments come from the service now."""
    file = Path(place.environ["CREDIT_GATEWAY_CITY_FILE"])
    text = file.read_text("utf-8")
    before, _, rest = text.partition("[assessment]\n")
    stated = (
        f'[assessment]\nkind = "http"\nurl = "{service.address}/assessments"\n'
        f'token_url = "{service.address}/oauth/token"\nclient_id = "gateway"\n'
        'scope = "assessments.read"\n'
    )
    kept = [line for line in rest.splitlines() if not line.startswith(('kind = "file"', "path ="))]
    file.write_text(before + stated + "\n".join(kept), "utf-8")
    secret = place.directory / "assessment-secret"
    secret.write_text(SECRET, "utf-8")
    secret.chmod(0o600)
    environ = {**place.environ, "CREDIT_GATEWAY_ASSESSMENT_SECRET_FILE": str(secret)}
    return replace(place, environ=environ)


@pytest.fixture
def place(tmp_path: Path, service: Service) -> Place:
    return ask_for(new_place(tmp_path / "demo"), service)


@pytest.fixture
def city(place: Place) -> Generator[OpenCity]:
    with open_city(place.settings()) as opened:
        yield opened


class Phone:
    """A citizen's, at the city's API."""

    def __init__(self, city: OpenCity) -> None:
        self.client: FlaskClient = make_flask(gateway_of(city)).test_client()
        self.token = admit(city, city.clock.now()).citizens[Tier(2)]

    def ask(self) -> TestResponse:
        return self.client.post(
            "/api/v1/codes",
            json={"kind": "general"},
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def tier(self) -> int | None:
        code = self.ask().get_json()["code"]
        return None if code is None else reading.read(UnverifiedText(code)).claims.tier


def test_a_raised_assessment_shows_in_the_next_code_and_nothing_of_the_past(
    city: OpenCity, service: Service
) -> None:
    phone = Phone(city)
    before = phone.tier()
    service.people[PERSON] = standing(800)

    raised = phone.ask()

    assert before == 2
    assert reading.read(UnverifiedText(raised.get_json()["code"])).claims.tier == 3
    assert raised.get_json().keys() == {"code", "expires_at", "refresh_at"}
    with city.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT tier, codes FROM issuance_day").all()
    assert [tuple(row) for row in rows] == [(3, 2)]


def test_a_lowered_or_missing_assessment_is_told_in_neutral_words(
    city: OpenCity, service: Service
) -> None:
    phone = Phone(city)
    cases: list[Answer | None] = [
        standing(10),
        standing(900, adult=False),
        assessed(900, assessed_on="2020-01-01"),
        None,
    ]
    answers: list[object] = []
    for said in cases:
        service.people = {} if said is None else {PERSON: said}
        answers.append(phone.ask().get_json())

    assert answers == [answers[0]] * 4
    assert isinstance(answers[0], dict)
    assert answers[0]["code"] is None


def test_while_the_service_is_down_the_last_tier_goes_on_and_says_of_which_day(
    city: OpenCity, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    phone = Phone(city)
    assert city.assessments is not None
    phone.tier()
    ready = phone.client.get("/readyz").status_code
    service.status = 503

    down = [phone.ask().get_json() for _ in range(6)]
    unready = phone.client.get("/readyz")
    look_at(city.assessments, city.clock.now())

    assert ready == 200
    assert {each["as_of"] for each in down} == {standing(0)["assessed_on"]}
    assert {reading.read(UnverifiedText(each["code"])).claims.tier for each in down} == {2}
    assert (unready.status_code, unready.get_json()["checks"]["assessments"]) == (503, False)
    assert "gave no answer: fetch_status: status 503" in caplog.text
    for secret in (PERSON, SECRET, *service.tokens):
        assert secret not in caplog.text


def test_whoever_never_had_a_code_is_told_that_it_is_not_possible_now(
    city: OpenCity, service: Service
) -> None:
    service.status = 503

    refused = Phone(city).ask()

    assert (refused.status_code, refused.get_json(force=True)["code"]) == (503, "unavailable")


def test_doctor_and_status_ask_the_service_for_nobody(
    place: Place, city: OpenCity, service: Service
) -> None:
    well = status_of(city, SERVED)
    service.answer = lambda _: {"canary": True}
    wrong = status_of(city, SERVED)
    found = examine(place.environ, SystemClock().now())

    assert well.assessments is not None
    assert well.assessments.result is Result.OK
    assert service.address in well.assessments.what
    assert wrong.assessments is not None
    assert wrong.assessments.result is Result.FAIL
    assert "fetch_assessment_form" in wrong.assessments.what
    assert [check.result for check in found.checks if check.name == "assessments"] == [Result.FAIL]
    assert "canary" not in wrong.assessments.what
    assert {each["subject"][:6] for each in service.questions} == {"probe-"}


def test_a_secret_that_others_can_read_is_not_used(
    place: Place, city: OpenCity, service: Service
) -> None:
    Path(place.environ["CREDIT_GATEWAY_ASSESSMENT_SECRET_FILE"]).chmod(0o644)

    found = status_of(city, SERVED).assessments

    assert found is not None
    assert "the secret of the client cannot be read" in found.what
    assert service.paths == []
