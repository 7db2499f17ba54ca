import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import urllib3
from sqlalchemy import text

from gateway.demo.layout import Place
from gateway.storage.engine import open_engine
from tests.storage.rows import at_once
from tests.system.conftest import Serve
from tests.system.tills import Till, until
from tests.system.towns import Pair

ACKNOWLEDGED = 200
TILLS = 8
OTHERS = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, pair: Pair, tmp_path: Path) -> Place:
    """Return a copy of Wenzhou on each kind of database."""
    if request.param == "sqlite":
        return pair.copy(tmp_path / "wenzhou")
    return pair.copy_on(tmp_path / "wenzhou", request.getfixturevalue("postgres_url"))


def rows(place: Place, query: str) -> list[tuple[object, ...]]:
    engine = open_engine(place.settings().database.url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def let_the_dead_rest(place: Place) -> None:
    """Wait for the database to end what a killed process had sent it."""
    if place.settings().database.url.startswith("postgresql"):
        until(lambda: not rows(place, OTHERS), within_s=60)


@dataclass
class Shift:
    """What the tills of one shift saw: codes with their receipts, and codes without an answer."""

    receipts: dict[str, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def work(self, pair: Pair, till: Till) -> None:
        while not self.over.is_set():
            code = pair.mint.new(pair.now())
            try:
                answer = till.show(code)
            except urllib3.exceptions.HTTPError:
                self.unanswered.append(code)
                return
            if answer.receipt is not None:
                self.receipts[code] = answer.receipt


def test_kill_9_among_200_acknowledged_showings_loses_no_receipt_and_burns_no_code_twice(
    pair: Pair, place: Place, run: Serve
) -> None:
    shift, server = Shift(), run(place)
    till = Till(server.url, pair.hotel_token)

    def strike() -> None:
        try:
            until(lambda: len(shift.receipts) >= ACKNOWLEDGED, within_s=240)
            server.kill()
        finally:
            shift.over.set()

    at_once([strike, *[lambda: shift.work(pair, till)] * TILLS])
    let_the_dead_rest(place)
    kept = {str(row[0]) for row in rows(place, "SELECT receipt FROM verification")}
    burned = rows(place, "SELECT count(*) FROM burn")[0][0]

    assert len(shift.receipts) >= ACKNOWLEDGED
    assert set(shift.receipts.values()) - kept == set()
    assert burned == len(kept)

    again = Till(run(place).url, pair.hotel_token)
    shown = [partial(again.show, code) for code in list(shift.receipts)[-ACKNOWLEDGED:]]
    with ThreadPoolExecutor(TILLS) as pool:
        seen = Counter(answer.outcome for answer in pool.map(lambda show: show(), shown))
    lost = [again.show(code) for code in shift.unanswered]
    after = rows(place, "SELECT count(*) FROM verification")[0][0]

    assert seen == {"present_again": ACKNOWLEDGED}
    # What was burned without an answer stays burned; the rest is as good as new.
    assert after == len(kept) + sum(answer.outcome == "recognised" for answer in lost)
    assert again.show(pair.mint.new(pair.now())).outcome == "recognised"
