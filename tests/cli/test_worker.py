"""``worker --once``, as a timer runs it; the worker that stays is in ``tests/system``."""

import json
import sqlite3
from contextlib import closing

import pytest

from gateway.app import logs
from gateway.services.worker_ports import FREE
from gateway.settings import load
from gateway.storage.store import Store
from tests.cli.places import Place


@pytest.fixture(autouse=True)
def no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the log of this process alone: its stderr is a test's."""
    monkeypatch.setattr(logs, "configure", lambda: None)


def _jobs(answer: dict[str, object]) -> dict[str, object]:
    jobs = answer["jobs"]
    assert isinstance(jobs, list)
    return {str(job["name"]): job["error"] for job in jobs}


def test_a_single_round_does_what_is_due(city: Place) -> None:
    first, second = city.run("worker", "--once", "--json"), city.run("worker", "--once", "--json")

    before, after = _jobs(json.loads(first.stdout)), _jobs(json.loads(second.stdout))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert {"trust", "poll", "sign-leaf", "prune"} <= set(before)
    assert set(before.values()) == {None}
    # What is due daily was done a moment ago.
    assert "poll" in after
    assert "prune" not in after


def test_a_single_round_says_what_it_did(city: Place) -> None:
    shown = city.run("worker", "--once")

    assert shown.exit_code == 0
    assert "0 failed" in shown.stdout
    assert "prune" in shown.stdout


def test_a_single_round_gives_the_lease_up(city: Place) -> None:
    city.ask("worker", "--once")
    store = Store.open(load(city.environ).database.url)
    lease = store.worker_lease.read()
    store.close()

    assert lease is not None
    assert lease.holder == FREE


def test_a_job_that_fails_ends_with_1_and_lets_the_others_run(city: Place) -> None:
    with closing(sqlite3.connect(city.home / "state" / "gateway.db")) as database, database:
        database.execute("UPDATE own_statement SET token = 'odd' WHERE role = 'leaf'")

    result = city.run("worker", "--once", "--json")

    errors = _jobs(json.loads(result.stdout))
    assert result.exit_code == 1
    assert errors["sign-leaf"] == "jws_format"
    assert errors["prune"] is None
