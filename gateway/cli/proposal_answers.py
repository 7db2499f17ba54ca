"""What is said of acts that wait for a second person."""

import re
from collections.abc import Sequence
from typing import Final

from gateway.app.doctor_city import span
from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.partner_lines import name_of
from gateway.ids import Timestamp
from gateway.policy.agreement import Agreement
from gateway.services.partner_protect import key_of
from gateway.services.proposal_ports import WAITING, Proposal, ProposalState

_KID_SHOWN: Final = 8
_KID: Final = re.compile(r"[A-Za-z0-9_-]{43}|[0-9a-f]{64}")
_LABELS: Final = {
    "by": "done by",
    "stopped_by": "stopped by",
    "done": "when",
    "due": "to be ratified by",
    "until": "agreed until",
}


def made(proposal: Proposal, headline: str) -> Answer:
    """Say that another person is to approve."""
    todo = f"proposals approve {proposal.id} --officer ANOTHER"
    return Answer(
        data={"proposal": members(proposal)},
        screen=layout.page(
            layout.title(headline, "bold green"),
            layout.indented(facts_of(proposal)),
            layout.section("Next, by another officer", layout.steps([todo])),
        ),
    )


def listed(found: Sequence[Proposal], agreement: Agreement, now: Timestamp) -> Answer:
    """Show proposals, one a line as far as a small terminal goes."""
    rows = (
        (
            each.id,
            each.act,
            about(each.target, agreement),
            each.proposed_by.removeprefix("staff:").removeprefix("officer:"),
            _state(each, now),
        )
        for each in found
    )
    return Answer(
        data={"proposals": [members(each) for each in found]},
        screen=layout.table(
            ("id", "act", "about", "proposed by", "state"), rows, whole=("id", "act")
        )
        if found
        else layout.title("Nothing waits for a second person.", ""),
    )


def about(target: str, agreement: Agreement) -> str:
    """Return in few words what a proposal is about: a city by its name, a key by its beginning."""
    leaf, kid = key_of(target)
    name = name_of(agreement, leaf)
    if kid:
        return f"{name} {kid[:_KID_SHOWN]}…"
    return f"{target[:_KID_SHOWN]}…" if _KID.fullmatch(target) else name


def _state(proposal: Proposal, now: Timestamp) -> str:
    """Return how it stands, and how long it can wait; a ratification, when it is due."""
    if proposal.state not in WAITING:
        return proposal.state.value
    due = int(proposal.facts.get("due", proposal.expires_at))
    left = f"{span(due - now)} left" if due > now else "overdue"
    return left if proposal.state is ProposalState.OPEN else f"{proposal.state.value}, {left}"


def decided(proposal: Proposal, agreement: Agreement) -> Answer:
    """Say what became of a proposal."""
    return Answer(
        data={"proposal": members(proposal)},
        screen=layout.page(
            layout.title(f"{proposal.act} is {proposal.state}.", "bold green"),
            layout.indented(facts_of(proposal, agreement)),
        ),
    )


def members(proposal: Proposal) -> dict[str, object]:
    """Return the members of the JSON object."""
    return {
        "id": proposal.id,
        "act": proposal.act,
        "target": proposal.target,
        "facts": dict(proposal.facts),
        "state": proposal.state.value,
        "proposed_by": proposal.proposed_by,
        "decided_by": proposal.decided_by,
        "expires_at": proposal.expires_at,
        "digest": proposal.digest,
    }


def facts_of(proposal: Proposal, agreement: Agreement | None = None) -> layout.Part:
    """Return what is to happen, line by line."""
    leaf, city = key_of(proposal.target)[0], ""
    if agreement is not None and name_of(agreement, leaf) != leaf:
        city = f"{name_of(agreement, leaf)}, "
    rows: list[tuple[str, layout.Cell]] = [
        ("proposal", proposal.id),
        ("about", f"{city}{proposal.target}"),
        *((_LABELS.get(name, name), _said(name, value)) for name, value in proposal.facts.items()),
        ("proposed by", proposal.proposed_by),
        ("can be approved", f"until {layout.moment(proposal.expires_at)}"),
    ]
    return layout.facts(rows)


def _said(name: str, value: str | int) -> str:
    if name == "until":
        return f"the end of {layout.day(Timestamp(int(value)))}"
    if name in {"done", "due"}:
        return layout.moment(Timestamp(int(value)))
    return str(value)
