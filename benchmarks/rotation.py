"""Rotating every kind of key while codes are issued and verified: counts, and wrong verdicts.

Two cities with servers and workers of their own. Citizens of one ask for codes and show them at a
merchant of the other, at a steady rate, while the office of the first types the commands of a
ceremony: K3, K2, the anchor's next statement, a K2 that is lost, a K3 that is stolen, K1.
A verdict is wrong if a good code is not recognised, or if a code of the stolen key still is ten
seconds after its revocation.
"""

import argparse
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console
from rich.table import Table

from benchmarks import report
from benchmarks.ceremonies import SCENARIO, Act, Office, World, two_cities
from gateway.codes import reading
from gateway.demo.layout import HOST
from gateway.ids import UnverifiedText

CLIENTS: Final = 8
BOUND_S: Final = 10.0
"""After so long no city may recognise a code of a revoked key (docs/federation.md)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One code, from its issue to its verdict.

    Attributes:
        hint: Which key signed it.
        at_s: When the verdict came, since the beginning.
    """

    hint: str
    outcome: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """A whole run.

    Attributes:
        failed: Calls that got no answer, by reason.
    """

    seconds: float
    acts: tuple[Act, ...]
    shown: tuple[Shown, ...]
    failed: Counter[str] = field(default_factory=Counter[str])

    @property
    def rate(self) -> float:
        """Codes issued and verified a second."""
        return len(self.shown) / self.seconds

    def dead(self, shown: Shown) -> Act | None:
        """Return the revocation of the key that signed a code, if it was begun before."""
        return next(
            (act for act in self.acts if act.killed == shown.hint and shown.at_s >= act.began_s),
            None,
        )

    @property
    def wrong(self) -> tuple[Shown, ...]:
        """Verdicts that are wrong."""
        return tuple(each for each in self.shown if self._wrong(each))

    def counts(self) -> Counter[str]:
        """Return how many verdicts there were, of codes of living and of revoked keys."""
        return Counter(
            f"{each.outcome}, {'revoked key' if self.dead(each) else 'good key'}"
            for each in self.shown
        )

    def _wrong(self, shown: Shown) -> bool:
        act = self.dead(shown)
        if act is None:
            return shown.outcome != "recognised"
        if shown.at_s >= act.done_s + BOUND_S:
            return shown.outcome == "recognised"
        return shown.outcome not in {"recognised", "present_again"}


def play(seconds: float, rate: float, base_port: int = 18_700) -> Rotated:
    """Run the load for so long, with every act spread over it."""
    with two_cities(base_port) as world:
        Office(world).move_anchor()
        began = time.monotonic()
        office = Office(world, began)
        load = _Load(world, rate, began)
        with load:
            acts = tuple(office.acts(seconds))
            time.sleep(max(0.0, began + seconds - time.monotonic()))
        return Rotated(
            seconds=time.monotonic() - began,
            acts=acts,
            shown=tuple(load.shown),
            failed=load.failed,
        )


class _RefusedError(Exception):
    """A server answered with a problem; its text is the problem's code."""


class _Load:
    """Clients that ask for codes and show them, each at its own pace."""

    def __init__(self, world: World, rate: float, began: float) -> None:
        self.shown = list[Shown]()
        self.failed = Counter[str]()
        self._world, self._began = world, began
        self._every_s = CLIENTS / rate
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _client(self, number: int) -> None:
        ports = (self._world.home.port, self._world.away.port)
        with ExitStack() as stack:
            home, away = (
                stack.enter_context(closing(http.client.HTTPConnection(HOST, port, timeout=10)))
                for port in ports
            )
            self._ask(number, home, away)

    def _ask(
        self, number: int, home: http.client.HTTPConnection, away: http.client.HTTPConnection
    ) -> None:
        citizen = self._world.citizens[number % len(self._world.citizens)]
        due = time.monotonic() + self._every_s * number / CLIENTS
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due += self._every_s
            try:
                self._show(home, away, citizen)
            except _RefusedError as error:
                self.failed[str(error)] += 1
            except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
                self.failed[type(error).__name__] += 1
                home.close()
                away.close()

    def _show(
        self, home: http.client.HTTPConnection, away: http.client.HTTPConnection, citizen: str
    ) -> None:
        code = _post(home, "/api/v1/codes", citizen, {"kind": "general"})["code"]
        hint = reading.read(UnverifiedText(code)).hint
        body = {"code": code, "scenario": SCENARIO}
        outcome = _post(away, "/api/v1/verifications", self._world.merchant, body)["outcome"]
        self.shown.append(Shown(hint, outcome, time.monotonic() - self._began))


def _post(
    line: http.client.HTTPConnection, path: str, token: str, body: dict[str, str]
) -> dict[str, Any]:
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line.request("POST", path, json.dumps(body), head)
    response = line.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    if response.status != http.client.OK:
        raise _RefusedError(str(answer.get("code")))
    return answer


def main(arguments: Sequence[str]) -> int:
    """Play, print and save; return 1 if a verdict was wrong or a call got no answer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rotation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=220.0, help="codes a second")
    parser.add_argument("--save", type=Path, help="file for the raw rows (JSON)")
    options = parser.parse_args(arguments)
    rotated = play(options.seconds, options.rate)
    _print(rotated)
    if options.save:
        rows = {"machine": report.machine(), **asdict(rotated)}
        options.save.write_text(json.dumps(rows, default=str) + "\n", "utf-8")
    return 1 if rotated.wrong or rotated.failed else 0


def _print(rotated: Rotated) -> None:
    out = Console(width=100)
    acts = Table(title="what the office did", title_justify="left")
    for heading in ("act", "from s", "to s"):
        acts.add_column(heading)
    for act in rotated.acts:
        acts.add_row(act.name, f"{act.began_s:.1f}", f"{act.done_s:.1f}")
    out.print(acts)
    verdicts = Table(title="verdicts", title_justify="left")
    for heading in ("verdict, key", "count"):
        verdicts.add_column(heading)
    for what, count in sorted(rotated.counts().items()):
        verdicts.add_row(what, str(count))
    out.print(verdicts)
    keys = len({shown.hint for shown in rotated.shown})
    out.print(
        f"{len(rotated.shown)} codes issued and verified in {rotated.seconds:.0f} s: "
        f"{rotated.rate:.0f}/s; keys that signed them: {keys}; "
        f"wrong verdicts: {len(rotated.wrong)}; without an answer: {sum(rotated.failed.values())}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
