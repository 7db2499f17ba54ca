import secrets
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.demo.layout import Place
from gateway.ids import ScenarioId
from gateway.jose import base64url
from gateway.storage.store import Store
from tests.system.tills import Answer, Till, all_at_once
from tests.system.towns import Pair, serve
from tests.world import HOTEL, WENZHOU

SHOWINGS = 32
SCANS = 40
GYM, MONTHLY = ScenarioId("fitness.gym"), ScenarioId("fitness.gym.monthly")


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


def test_showings_and_uploads_at_two_servers_at_once_give_one_receipt_each(
    pair: Pair, shared: Place
) -> None:
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

        queue = [scan(pair, f"q-{number}") for number in range(SCANS)]
        sent = partial(Till.post, body={"items": queue}, path="/api/v1/verifications/batch")
        uploads = all_at_once([partial(sent, tills[n % 2]) for n in range(4)])
    assert_same_answer(repeats)
    receipts = [[each["receipt"] for each in answer.members["results"]] for answer in uploads]
    assert receipts == [receipts[0]] * 4
    assert len(set(receipts[0])) == SCANS
    assert (count(shared, "verification"), count(shared, "burn"), count(shared, "request")) == (
        5 + SCANS,
        5 + SCANS,
        1 + SCANS,
    )


def scan(pair: Pair, request_id: str) -> dict[str, object]:
    now = pair.now()
    code = pair.mint.new(now)
    return {"code": code, "scenario": HOTEL, "request_id": request_id, "scanned_at": now}


def test_32_codes_for_two_tickets_at_two_servers_spend_each_ticket_once(
    pair: Pair, shared: Place
) -> None:
    tickets = [base64url.encode(secrets.token_bytes(16)) for _ in range(2)]

    def code(ticket: str) -> str:
        return pair.mint.new(
            pair.now(),
            tier=None,
            destination=WENZHOU.code,
            scenario=MONTHLY,
            policy_version=pair.away_city.settings.catalogue.version,
            ticket=ticket,
        )

    with serve(shared, name="one") as one, serve(shared, name="two") as two:
        token = pair.tokens.merchants[GYM]
        tills = [Till(server.ready().url, token) for server in (one, two)]

        def race() -> list[Answer]:
            # Both tickets at both servers.
            shown = [(tills[n % 2], code(tickets[n // 2 % 2])) for n in range(SHOWINGS)]
            return all_at_once([partial(till.show, text, GYM) for till, text in shown])

        first = race()
        granted = [answer.receipt for answer in first if answer.receipt]
        given_back = tills[1].send("POST", f"/api/v1/verifications/{granted[0]}/void", None)
        second = race()

    spent, free = ("no_benefit", "another_code"), ("recognised", None)
    assert told(first) == {free: 2, spent: SHOWINGS - 2}
    assert given_back.status == 204
    # One ticket came back; it is spent once more, whoever asks.
    assert told(second) == {free: 1, spent: SHOWINGS - 1}
    assert count(shared, "spent_ticket") == 2
    assert (count(shared, "verification"), count(shared, "burn")) == (3, 3)


def told(answers: list[Answer]) -> Counter[tuple[str, str | None]]:
    return Counter((answer.outcome, answer.members.get("hint")) for answer in answers)


def assert_same_answer(answers: list[Answer]) -> None:
    assert {answer.outcome for answer in answers} == {"recognised"}
    assert len({answer.receipt for answer in answers}) == 1
