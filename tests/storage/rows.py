"""Showings, merchants and raw looks into the tables, for the tests of storage."""

import hashlib
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from gateway.ids import CityId, KeyId, MerchantId, ReceiptId, ScenarioId, Tier, Timestamp, VenueId
from gateway.services.audit import Acting
from gateway.services.ports import Showing, SpentTicket, VerificationRecord
from gateway.services.standing import Standing
from gateway.storage.store import Store

T = TypeVar("T")
SHOWER = Path(__file__).with_name("shower.py")
ROOT = Path(__file__).parents[2]
DAY_S = 86_400
NOON = Timestamp(1_800_000_000 - 1_800_000_000 % 60)


def tag(name: str) -> bytes:
    """Return 16 bytes that stand for ``name``."""
    return hashlib.sha256(name.encode()).digest()[:16]


def stands(tier: int = 2, version: str = "ou-2026", *, assessed_on: int = 19_990) -> Standing:
    """Return what a city says of one person."""
    return Standing(tier=Tier(tier), scale_version=version, assessed_on=assessed_on)


def record(receipt: str, *, at: int = NOON, venue: str | None = "lobby") -> VerificationRecord:
    """Return the record of one recognised code."""
    return VerificationRecord(
        receipt=ReceiptId(receipt),
        merchant=MerchantId("lakeside"),
        venue=None if venue is None else VenueId(venue),
        scenario=ScenarioId("lodging.hotel"),
        issuer=CityId("330500"),
        key_id=KeyId("k" * 43),
        offers=("hotel-20@1", "late-checkout@3"),
        checked="now",
        at_minute=Timestamp(at),
    )


def showing(
    code: str,
    request: str | None = None,
    *,
    receipt: str | None = None,
    forget: int = NOON,
    ticket: str | None = None,
) -> Showing:
    """Return one showing of the code named ``code``, which spends a ticket if one is named."""
    return Showing(
        code_tag=tag(code),
        forget_after=Timestamp(forget),
        request_tag=None if request is None else tag(request),
        sealed_answer=None if request is None else f"sealed {request}".encode(),
        record=record(receipt or f"R-{code}-{request}"),
        ticket=None if ticket is None else spent(ticket, forget),
    )


def spent(ticket: str, forget: int = NOON) -> SpentTicket:
    """Return the ticket named ``ticket``, as a showing spends it."""
    return SpentTicket(
        tag=tag(f"ticket {ticket}"),
        forget_after=Timestamp(forget),
        held=f"held {ticket}".encode(),
        held_until=Timestamp(forget),
    )


ACTING = Acting(by="console:tester", at=NOON)
NOTE = ACTING.note("merchant.added", "somebody")
"""What the ledger is told where it does not matter."""


def count(store: Store, table: str) -> int:
    """Return how many rows a table has, past every port."""
    with store.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  our own names


def counts(store: Store) -> tuple[int, int, int]:
    """Return how many burns, requests and verifications there are, at one and the same moment."""
    tables = ("burn", "request", "verification")
    parts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)  # noqa: S608  our own
    with store.engine.connect() as connection:
        burns, requests, verifications = connection.execute(text(f"SELECT {parts}")).one()
    return burns, requests, verifications


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Run all calls in threads of their own that start together."""
    barrier = threading.Barrier(len(calls))

    def start(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(start, calls))


def raced(url: str, job: str, number: int) -> Counter[str]:
    """Return how often each was first when two processes of ``shower`` did a job at once."""
    shower = [sys.executable, str(SHOWER), url, job, str(number)]
    children = [
        subprocess.Popen(  # noqa: S603  our own interpreter
            shower, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    # All are told to go before any is waited for.
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    firsts: Counter[str] = Counter()
    for child in children:
        firsts.update(json.loads(child.communicate(timeout=240)[0]))
    assert [child.returncode for child in children] == [0, 0]
    return firsts
