"""A process of its own that shows codes; run by tests, with URL, job and number of codes.

``race`` shows every code in 8 threads and prints how often each was FIRST.
``tickets`` shows in 8 threads codes of its own, each of which spends one of the tickets, and prints
how often each ticket was spent.
``stream`` shows new codes for ever and prints each receipt once it was acknowledged.
"""

import itertools
import json
import os
import sys
import threading
from collections import Counter
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.services.ports import Recorded
from gateway.storage.store import Store
from tests.storage.rows import at_once, showing

THREADS = 8


def _announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def race(store: Store, codes: int) -> None:
    """Show every code once in each thread, each thread beginning with another code."""
    own = os.getpid()

    def show(thread: int) -> list[str]:
        firsts: list[str] = []
        for n in range(codes):
            code = f"code-{(n + thread) % codes}"
            one = showing(code, receipt=f"R-{code}-{own}-{thread}")
            if store.verifications.record(one) is Recorded.FIRST:
                firsts.append(code)
        return firsts

    store.revision.current()
    _announce("ready")
    sys.stdin.readline()
    calls = [partial(show, thread) for thread in range(THREADS)]
    _announce(json.dumps(Counter(itertools.chain.from_iterable(at_once(calls)))))


def tickets(store: Store, count: int) -> None:
    """Spend every ticket once in each thread, each time with another code."""
    own = os.getpid()

    def show(thread: int) -> list[str]:
        firsts: list[str] = []
        for n in range(count):
            ticket, code = f"{(n + thread) % count}", f"{own}-{thread}-{n}"
            one = showing(code, receipt=f"R-{code}", ticket=ticket)
            if store.verifications.record(one) is Recorded.FIRST:
                firsts.append(ticket)
        return firsts

    store.revision.current()
    _announce("ready")
    sys.stdin.readline()
    calls = [partial(show, thread) for thread in range(THREADS)]
    _announce(json.dumps(Counter(itertools.chain.from_iterable(at_once(calls)))))


def stream(store: Store, _codes: int) -> None:
    """Show new codes until killed."""
    printing = threading.Lock()

    def show(thread: int) -> None:
        for n in itertools.count():
            one = showing(f"{thread}-{n}", f"till-{thread}-{n}", receipt=f"R-{thread}-{n}")
            if store.verifications.record(one) is Recorded.FIRST:
                with printing:
                    _announce(one.record.receipt)

    at_once([partial(show, thread) for thread in range(THREADS)])


if __name__ == "__main__":
    opened = Store.open(sys.argv[1])
    {"race": race, "stream": stream, "tickets": tickets}[sys.argv[2]](opened, int(sys.argv[3]))
    opened.close()
