"""Issuing as the service does it: assessment, day row on disk, signature."""

from benchmarks.figures import Effort, Figure, Pace
from benchmarks.stage import Stage
from gateway.app.composition import open_city
from gateway.app.serving import gateway_of
from gateway.demo.names import driven
from gateway.ids import Tier, Timestamp
from gateway.services.issue import IssueCode, LiveCode
from gateway.settings import load


def issuing(stage: Stage, effort: Effort) -> list[Figure]:
    """Return the CPU time of ``IssueCode.general`` with its day row, each in its own commit."""
    with open_city(load(stage.normal)) as city:
        use_case, now = gateway_of(city).issue, city.clock.now()
        if use_case is None:
            raise ValueError("the city does not issue")
        pace = Pace(max(8, effort.codes // 4))
        pace.run(effort.rounds, {"general": lambda part: _issue(use_case, part, now)})
    return [
        Figure(
            name="issue_general_us",
            what="IssueCode.general with its day row, caller's thread",
            unit="µs",
            rounds=pace.micros("general"),
            digits=0,
            note="one caller, so every day row is a commit; synchronous=NORMAL",
        )
    ]


def _issue(use_case: IssueCode, part: range, now: Timestamp) -> None:
    person = driven(Tier(2))
    for _ in part:
        if not isinstance(use_case.general(person, now), LiveCode):
            raise TypeError("no code was issued")
