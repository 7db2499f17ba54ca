"""Our side of an assessment service, over real HTTP: good, slow, lying, down."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.clock import monotonic_s
from gateway.ids import Timestamp
from gateway.remote.assessments import AssessmentsUnavailableError
from gateway.remote.http_assessments import HttpAssessments, Patience
from gateway.services.assess import Assessment
from tests.remote.assessment_service import (
    HASTY,
    PATIENT,
    PERSON,
    SECRET,
    Answer,
    NoonClock,
    Service,
    assessed,
    good,
    refused,
    serving,
    source,
)
from tests.remote.peers import Authority
from tests.world import NOON

NOTICEABLY_S = 5.0
"""A bound between the patience of these tests and what silence or dripping would take."""


def test_a_person_is_asked_for_in_the_body_with_a_token_that_is_kept(service: Service) -> None:
    service.people["level"] = assessed("优秀", scale_version="2026", adult=False)
    assessments = source(service)

    found = [assessments.read(subject) for subject in (PERSON, "level", "nobody")]

    day = Timestamp(int(datetime(2027, 1, 9, 16, tzinfo=UTC).timestamp()))
    assert found == [
        Assessment(reading=812, assessed_on=day, scale_version=None),
        Assessment(reading="优秀", assessed_on=day, scale_version="2026", adult=False),
        None,
    ]
    assert service.paths == ["/oauth/token", *["/assessments"] * 3]
    assert [each["subject"] for each in service.questions] == [PERSON, "level", "nobody"]
    assert len({each["id"] for each in service.questions}) == 3
    assert (assessments.problem, assessments.usable) == (None, True)


def test_nothing_is_kept_so_that_a_raised_assessment_is_read_at_once(service: Service) -> None:
    assessments = source(service)
    before = assessments.read(PERSON)
    service.people[PERSON] = assessed(900)

    after = assessments.read(PERSON)

    assert before is not None
    assert after is not None
    assert (before.reading, after.reading) == (812, 900)


def _without(name: str) -> Callable[[Answer], object]:
    return lambda question: good(question, assessed(**{name: None}))


def _with(**other: object) -> Callable[[Answer], object]:
    return lambda question: good(question, assessed(**other))


LIES: dict[str, Callable[[Answer], object]] = {
    "no JSON": lambda _: b"<html>canary</html>",
    "a list": lambda _: [],
    "nothing of the kind": lambda _: {"tier": 3},
    "a member too many": lambda question: good(question, assessed()) | {"name": "canary"},
    "a birth date": _with(born_on="2001-02-03"),
    "an answer to another question": lambda _: {"id": "A" * 22, "assessment": assessed()},
    "no id": lambda _: {"assessment": assessed()},
    "no assessment, and not null": lambda question: {"id": question["id"]},
    "no reading": _without("reading"),
    "a reading of half a point": _with(reading=812.5),
    "a reading that is true": _with(reading=True),
    "no day": _without("assessed_on"),
    "a day that does not exist": _with(assessed_on="2027-02-30"),
    "a moment": _with(assessed_on="2027-01-10T08:00:00Z"),
    "not said whether adult": _without("adult"),
    "adult in words": _with(adult="yes"),
    "two days ahead": _with(assessed_on="2027-01-17"),
    "a member twice": lambda question: (
        b'{"id":"%s","assessment":null,"assessment":null}' % question["id"].encode()
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_what_is_not_of_the_one_form_is_no_answer(service: Service, name: str) -> None:
    service.answer = LIES[name]
    assessments = source(service)

    said = refused(assessments)

    assert said.startswith("fetch_assessment_form")
    assert "canary" not in said
    # It did answer: who waits for nothing need not be spared.
    assert assessments.usable
    assert len(service.questions) == 1


def test_an_assessment_of_tomorrow_is_another_clock_and_taken(service: Service) -> None:
    service.answer = _with(assessed_on="2027-01-16")

    assert source(service).read(PERSON) is not None


TOO_BAD: dict[str, tuple[Callable[[Service], object], str, int]] = {
    "too large": (lambda it: setattr(it, "answer", lambda _: b"9" * 5000), "fetch_too_large", 2),
    "a web page": (
        lambda it: setattr(it, "content_type", "text/html"),
        "fetch_content_type",
        0,
    ),
    "broken": (lambda it: setattr(it, "status", 500), "fetch_status: status 500", 2),
    "busy": (lambda it: setattr(it, "status", 429), "fetch_status: status 429", 2),
    "not allowed": (lambda it: setattr(it, "status", 403), "fetch_status: status 403", 1),
    "not there": (lambda it: setattr(it, "status", 404), "fetch_status: status 404", 1),
    "elsewhere": (lambda it: setattr(it, "status", 302), "fetch_redirect", 2),
}


@pytest.mark.parametrize("name", TOO_BAD)
def test_an_answer_out_of_bounds_is_none_and_asked_for_at_most_twice(
    service: Service, name: str
) -> None:
    change, problem, questions = TOO_BAD[name]
    change(service)

    assert refused(source(service)).startswith(problem)
    assert len(service.questions) == questions


def test_one_failure_is_made_good_by_the_second_try(service: Service) -> None:
    service.statuses = [503]
    assessments = source(service)

    assert assessments.read(PERSON) is not None
    assert len(service.questions) == 2
    assert assessments.problem is None


def test_nobody_waits_longer_than_the_bound_for_a_silent_or_dripping_service(
    service: Service,
) -> None:
    service.open.clear()
    begun_s = monotonic_s()
    assert refused(source(service, HASTY)).startswith("fetch_deadline")
    silent_s = monotonic_s() - begun_s
    service.open.set()
    service.dripping = 0.05

    begun_s = monotonic_s()
    assert refused(source(service, HASTY)).startswith("fetch_deadline")

    assert 0.5 <= silent_s < NOTICEABLY_S
    assert monotonic_s() - begun_s < NOTICEABLY_S


def test_a_service_that_does_not_answer_is_left_alone_and_found_again(service: Service) -> None:
    service.status = 503
    assessments = source(service)
    for _ in range(PATIENT.failures):
        refused(assessments)
    asked = len(service.questions)

    refused(assessments)
    # The last failure began the rest, so this was not sent.
    assert len(service.questions) == asked == 2 * PATIENT.failures
    assert not assessments.usable

    service.status = 200
    resting = source(service, replace(PATIENT, rest_s=0.2))
    service.status = 503
    for _ in range(PATIENT.failures):
        refused(resting)
    service.status = 200
    begun_s = monotonic_s()
    while not resting.usable and monotonic_s() - begun_s < 60:
        resting.refresh(NOON)
    assert resting.read(PERSON) is not None
    assert resting.problem is None


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_person_whom_the_service_cannot_take_stops_nobody_else(
    service: Service, status: int
) -> None:
    assessments = source(service)
    service.status = status
    for _ in range(PATIENT.failures):
        refused(assessments)
    service.status = 200

    assert assessments.usable
    assert assessments.read(PERSON) is not None


def test_only_so_many_wait_and_everybody_else_is_told_at_once(service: Service) -> None:
    assessments = source(service, Patience(total_s=120, attempt_s=60, at_once=2))
    assessments.read(PERSON)
    service.open.clear()
    seen = len(service.paths)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(assessments.read, PERSON) for _ in range(2)]
        begun_s = monotonic_s()
        while len(service.paths) < seen + 2 and monotonic_s() - begun_s < 60:
            threading.Event().wait(0.01)

        with pytest.raises(AssessmentsUnavailableError, match="too many"):
            assessments.read(PERSON)
        service.open.set()
        assert None not in [each.result() for each in waiting]


def test_a_service_that_is_not_there_is_named_so() -> None:
    with serving(Service()) as gone:
        pass

    assert refused(source(gone)).startswith("fetch_connect")


def test_refreshing_says_each_change_once_and_asks_for_nobody(service: Service) -> None:
    service.status = 503
    assessments = source(service)
    assert not assessments.usable

    said = [assessments.refresh(NOON)]
    problem = assessments.problem
    said.append(assessments.refresh(NOON))
    service.status = 200
    assessments.read(PERSON)
    said += [assessments.refresh(NOON), assessments.refresh(NOON)]

    assert said == [True, False, True, False]
    assert problem == "fetch_status: status 503"
    assert PERSON not in [each["subject"] for each in service.questions[:-1]]


def test_over_tls_only_the_named_authority_counts(
    authority: Authority, stranger: Authority
) -> None:
    host = "scores.city.example"
    service = Service(people={PERSON: assessed()}, scheme="https", host=host)

    def over(trusted: Authority) -> HttpAssessments:
        return HttpAssessments(
            service.access(ca_file=trusted.file),
            NoonClock(),
            patience=PATIENT,
            lookup=lambda *_: ["127.0.0.1"],
        )

    with serving(service, authority.server(host)):
        assert over(authority).read(PERSON) is not None
        assert refused(over(stranger)).startswith("fetch_tls")
        elsewhere = Service(scheme="http", port=service.port)
        plain = HttpAssessments(elsewhere.access(), NoonClock(), patience=PATIENT)
        assert refused(plain).startswith("fetch_url")


def test_no_log_names_a_person_or_a_secret(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assessments = source(service)

    assessments.read(PERSON)
    service.status = 500
    refused(assessments)

    for secret in (PERSON, SECRET, "812", *service.tokens):
        assert secret not in caplog.text
