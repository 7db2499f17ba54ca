"""How our own access tokens are got, kept, renewed and refused, over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.remote import client_tokens
from gateway.remote.http_assessments import HttpAssessments, Patience
from gateway.remote.wire import Deadline
from tests.remote.assessment_service import (
    PATIENT,
    PERSON,
    NoonClock,
    Service,
    refused,
    source,
)
from tests.system.tills import until
from tests.world import NOON


def test_a_token_that_is_refused_is_replaced_once(service: Service) -> None:
    assessments = source(service)
    assessments.read(PERSON)
    service.tokens.append("the service has forgotten ours")

    assert assessments.read(PERSON) is not None
    assert service.asked_tokens == 2


BAD_TOKENS: dict[str, Callable[[Service], object]] = {
    "refused": lambda it: setattr(it, "token_status", 400),
    "broken": lambda it: setattr(it, "token_status", 500),
    "no token": lambda it: setattr(it, "token", lambda said: said | {"access_token": None}),
    "a line break": lambda it: setattr(it, "token", lambda said: said | {"access_token": "a\nb"}),
    "another kind": lambda it: setattr(it, "token", lambda said: said | {"token_type": "mac"}),
    "no life": lambda it: setattr(it, "token", lambda said: said | {"expires_in": 0}),
    "a life in words": lambda it: setattr(it, "token", lambda said: said | {"expires_in": "x"}),
    "no JSON": lambda it: setattr(it, "token", lambda _: b"canary"),
    "an error": lambda it: setattr(it, "token", lambda _: {"error": "canary"}),
    "a list": lambda it: setattr(it, "token", lambda _: [1]),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_without_a_good_token_nobody_is_asked_for(service: Service, name: str) -> None:
    BAD_TOKENS[name](service)

    said = refused(source(service))

    assert said.startswith("fetch_token_refused")
    assert "canary" not in said
    assert service.questions == []


def test_a_wrong_secret_is_refused_by_name(service: Service) -> None:
    access = service.access()
    wrong = client_tokens.ClientAccess(
        token_url=access.client.token_url,
        client_id="gateway",
        client_secret=lambda: "x",
        scope=None,
    )
    assessments = HttpAssessments(
        service.access(client=wrong), NoonClock(), allow_http_loopback=True, patience=PATIENT
    )

    assert refused(assessments) == "fetch_token_refused: the token endpoint answers with status 401"


def test_a_token_is_renewed_ahead_of_its_end_and_not_by_whoever_waits(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_tokens, "AHEAD_S", 300.0)
    service.token = lambda said: said | {"expires_in": 6}
    monkeypatch.setattr(client_tokens, "BACK_OFF_S", 0.0)
    assessments = source(service)
    assessments.read(PERSON)

    # A life of 6 s is renewed from its half on; nothing here waits for that.
    assessments.read(PERSON)
    assert service.asked_tokens == 1

    def renewed() -> bool:
        assessments.refresh(NOON)
        return service.asked_tokens == 2

    assert until(renewed, within_s=60) > 0.5


def test_a_token_without_a_life_is_used_for_a_minute(service: Service) -> None:
    service.token = lambda said: {name: said[name] for name in ("access_token", "token_type")}
    assessments = source(service)

    assert assessments.read(PERSON) is not None
    assert assessments.read(PERSON) is not None
    assert service.asked_tokens == 1


def test_whoever_needs_a_token_waits_for_the_one_that_asks_and_not_for_ever(
    service: Service,
) -> None:
    service.token_open.clear()
    assessments = source(service, Patience(total_s=120, attempt_s=60))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(assessments.read, PERSON)
        until(lambda: bool(service.paths), within_s=60)
        tokens = assessments._tokens  # noqa: SLF001  which only the source asks

        with pytest.raises(client_tokens.TokenRefusedError, match="somebody else"):
            tokens.get(Deadline(0.05))
        service.token_open.set()

        assert first.result() is not None


def test_many_at_once_ask_for_one_token(service: Service) -> None:
    assessments = source(service)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: assessments.read(PERSON), range(8)))

    assert None not in found
    assert service.asked_tokens == 1


def test_a_lost_token_endpoint_takes_nothing_while_the_token_is_good(service: Service) -> None:
    assessments = source(service)
    assessments.refresh(NOON)
    service.token_status = 500

    assert assessments.read(PERSON) is not None
    assert not assessments.refresh(NOON) or assessments.problem is None
