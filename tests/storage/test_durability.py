"""What was acknowledged is there, whatever happens to the process."""

import signal
import subprocess
import sys
from pathlib import Path

from gateway.ids import ReceiptId
from gateway.services.ports import Recorded
from gateway.storage.schema import migrate
from gateway.storage.store import Store
from tests.storage.rows import counts, showing

ROOT = Path(__file__).parents[2]
SHOWER = Path(__file__).with_name("shower.py")


def test_kill_9_loses_no_acknowledged_showing(store: Store, migrated_url: str) -> None:
    acknowledged: list[str] = []

    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, str(SHOWER), migrated_url, "stream", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        acknowledged.extend(child.stdout.readline().strip() for _ in range(200))
        child.send_signal(signal.SIGKILL)
        acknowledged.extend(line.strip() for line in child.stdout if line.endswith("\n"))

    assert len(acknowledged) >= 200
    missing = [one for one in acknowledged if store.verifications.find(ReceiptId(one)) is None]
    assert missing == []
    burns, requests, verifications = counts(store)
    assert burns == requests == verifications


def test_a_reopened_database_remembers(store: Store, migrated_url: str) -> None:
    store.verifications.record(showing("a"))
    store.close()

    again = Store.open(migrated_url)
    migrate(again.engine)
    outcome = again.verifications.record(showing("a"))
    again.close()

    assert outcome is Recorded.BURNED
