"""Limits of a whole city: two workers, with a Redis and without."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from gateway.app.composition import OpenCity, open_city
from gateway.app.serving import gateway_of
from gateway.demo.people import admit
from gateway.ids import ScenarioId
from gateway.services.rates import Rate
from gateway.settings import Settings
from gateway.web.wiring import make_flask
from tests.app.places import new_place

HOTEL = ScenarioId("lodging.hotel")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    loaded = new_place(tmp_path_factory.mktemp("limits") / "demo").settings()
    return replace(loaded, rates=replace(loaded.rates, merchant=Rate(count=4, period_s=3600)))


@pytest.fixture(scope="module")
def tokens(settings: Settings) -> Generator[dict[str, str]]:
    with open_city(settings) as city:
        token = admit(city, city.clock.now()).merchants[HOTEL]
        yield {"Authorization": f"Bearer {token}"}


def worker(city: OpenCity) -> FlaskClient:
    return make_flask(gateway_of(city)).test_client()


def shows(settings: Settings, headers: dict[str, str], times: int) -> list[int]:
    """Return the statuses of showings at two workers of a city in turn."""
    body = {"code": "nonsense", "scenario": HOTEL}
    with open_city(settings) as one, open_city(settings) as other:
        workers = [worker(one), worker(other)]
        return [
            workers[number % 2]
            .post("/api/v1/verifications", json=body, headers=headers)
            .status_code
            for number in range(times)
        ]


def test_without_redis_each_worker_counts_by_itself(
    settings: Settings, tokens: dict[str, str]
) -> None:
    assert shows(settings, tokens, 10) == [200] * 8 + [429] * 2


def test_with_redis_all_workers_count_together(
    settings: Settings, tokens: dict[str, str], redis_url: str
) -> None:
    shared = replace(settings, redis_url=redis_url)

    assert shows(shared, tokens, 6) == [200] * 4 + [429] * 2


def test_with_a_redis_that_is_gone_nobody_is_refused_for_it(
    settings: Settings, tokens: dict[str, str]
) -> None:
    gone = replace(settings, redis_url="redis://127.0.0.1:1/0")

    assert shows(gone, tokens, 10) == [200] * 8 + [429] * 2
