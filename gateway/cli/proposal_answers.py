"""What is said of acts that wait for a second person."""

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.ids import Timestamp
from gateway.services.proposal_ports import Proposal


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


def decided(proposal: Proposal) -> Answer:
    """Say what became of a proposal."""
    return Answer(
        data={"proposal": members(proposal)},
        screen=layout.page(
            layout.title(f"{proposal.act} is {proposal.state}.", "bold green"),
            layout.indented(facts_of(proposal)),
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


def facts_of(proposal: Proposal) -> layout.Part:
    """Return what is to happen, line by line."""
    rows: list[tuple[str, layout.Cell]] = [
        ("proposal", proposal.id),
        ("about", proposal.target),
        *((name, _said(name, value)) for name, value in proposal.facts.items()),
        ("proposed by", proposal.proposed_by),
        ("until", layout.moment(proposal.expires_at)),
    ]
    return layout.facts(rows)


def _said(name: str, value: str | int) -> str:
    if name == "until":
        return f"the end of {layout.day(Timestamp(int(value)))}"
    return str(value)
