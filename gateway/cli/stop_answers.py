"""What is said of emergency stops."""

from collections.abc import Sequence

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.ids import Timestamp
from gateway.policy.stops import Stop
from gateway.services.proposal_ports import Proposal
from gateway.services.ratify import DUE_S
from gateway.services.stops import StopState


def stopped(stop: Stop, asked: Sequence[Proposal]) -> Answer:
    """Say that something is stopped, and what another officer is to do."""
    asked = [each for each in asked if each.target == stop.target]
    todo = [f"proposals approve {each.id} --officer ANOTHER" for each in asked]
    lift = f'stop lift {stop.target} --reason "..." --officer NAME'
    return Answer(
        data={"stop": members(stop), "ratify": [each.id for each in asked]},
        screen=layout.page(
            layout.title(f"Stopped: {stop.target}.", "bold red"),
            layout.indented(_facts(stop)),
            layout.section("Next, by another officer within a day", layout.steps(todo))
            if todo
            else None,
            layout.section("When it is over", layout.steps([lift])),
        ),
    )


def listed(standing: StopState) -> Answer:
    """Say what is stopped."""
    stops = standing.order.stops
    rows = (
        (
            stop.target,
            layout.moment(stop.at),
            stop.by,
            stop.ratified_by or "nobody yet",
            stop.reason,
        )
        for stop in stops
    )
    warning = layout.title("The database does not say what this city stopped.", "bold red")
    return Answer(
        data={"intact": standing.intact, "stops": [members(each) for each in stops]},
        screen=layout.page(
            None if standing.intact else warning,
            layout.table(("what", "since", "by", "agreed", "why"), rows, whole=("what", "by"))
            if stops
            else layout.title("Nothing is stopped.", ""),
            None if standing.intact else layout.steps(["stop restore --officer NAME"]),
        ),
        exit_code=0 if standing.intact else 1,
    )


def members(stop: Stop) -> dict[str, object]:
    """Return the members of the JSON object."""
    return {
        "target": stop.target,
        "reason": stop.reason,
        "by": stop.by,
        "at": stop.at,
        "ratified_by": stop.ratified_by,
        "ratify_until": None if stop.ratified_by else stop.at + DUE_S,
    }


def _facts(stop: Stop) -> layout.Part:
    until = layout.moment(Timestamp(stop.at + DUE_S))
    return layout.facts(
        [
            ("since", layout.moment(stop.at)),
            ("by", stop.by),
            ("why", stop.reason),
            ("agreed", stop.ratified_by or f"nobody yet; due {until}"),
        ]
    )
