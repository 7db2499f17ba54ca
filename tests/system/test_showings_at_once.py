from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.demo.layout import Place
from gateway.storage.store import Store
from tests.system.tills import Answer, Till, all_at_once
from tests.system.towns import Pair, serve

SHOWINGS = 32


def count(place: Place, table: str) -> int:
    store = Store.open(place.settings().database.url)
    with store.engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608  a name of ours
    store.close()
    return int(found)


@pytest.fixture
def shared(pair: Pair, tmp_path: Path, database_url: str) -> Place:
    """Return a Wenzhou on a database of each kind, for two server processes."""
    return pair.copy_on(tmp_path / "wenzhou", database_url)


def test_32_showings_of_one_code_at_two_servers_give_one_receipt(pair: Pair, shared: Place) -> None:
    with serve(shared, name="one") as one, serve(shared, name="two") as two:
        tills = [Till(server.ready().url, pair.hotel_token) for server in (one, two)]

        for _ in range(4):
            code = pair.mint.new(pair.now())
            answers = all_at_once([partial(tills[n % 2].show, code) for n in range(SHOWINGS)])
            assert sorted(answer.outcome for answer in answers) == (
                ["present_again"] * (SHOWINGS - 1) + ["recognised"]
            )
            assert sum(answer.receipt is not None for answer in answers) == 1

        asked = pair.mint.new(pair.now())
        repeats = all_at_once(
            [partial(tills[n % 2].show, asked, request_id="till-7") for n in range(SHOWINGS)]
        )
    assert_same_answer(repeats)
    assert (count(shared, "verification"), count(shared, "burn"), count(shared, "request")) == (
        5,
        5,
        1,
    )


def assert_same_answer(answers: list[Answer]) -> None:
    assert {answer.outcome for answer in answers} == {"recognised"}
    assert len({answer.receipt for answer in answers}) == 1
