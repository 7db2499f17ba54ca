"""``credit-gateway proposals``: what needs a second person."""

from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup, wants_json
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.policy.agreement import Agreement
    from gateway.services.proposal_ports import Proposal

OFFICER = click.option("--officer", required=True, metavar="NAME", help="Who decides; it is kept.")


@click.group(cls=CommandGroup)
def proposals() -> None:
    """Acts that wait for a second person: list, approve, reject (双人复核)."""


@proposals.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were decided as well.")
@pass_session
def list_all(session: Session, *, everything: bool) -> Answer:
    """Show what waits for a second person.

    Also what was approved and left unfinished: `proposals approve` finishes it.

    Example:
      credit-gateway proposals list
    """
    from gateway.cli.proposal_answers import listed  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        eyes, now = city.four_eyes, session.now()
        found = eyes.newest(now) if everything else eyes.open(now)
        return listed(found, city.settings.agreement, now)


@proposals.command()
@click.argument("proposal_id", metavar="ID")
@OFFICER
@click.option("--digest", help="What `proposals list --json` said, instead of being asked.")
@pass_session
def approve(session: Session, proposal_id: str, officer: str, digest: str | None) -> Answer:
    """Approve what another person proposed; then it happens.

    Example:
      credit-gateway proposals approve 5f0a3c7e --officer "Chen"
    """
    from gateway.cli.proposal_answers import decided  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        acting = session.officer(city, officer, "approver")
        agreement = city.settings.agreement
        seen = digest or _asked(city.four_eyes.find(proposal_id), agreement)
        return decided(city.four_eyes.approve(proposal_id, acting, seen), agreement)


@proposals.command()
@click.argument("proposal_id", metavar="ID")
@OFFICER
@pass_session
def reject(session: Session, proposal_id: str, officer: str) -> Answer:
    """Close a proposal; nothing happens. Whoever made it may take it back so.

    Example:
      credit-gateway proposals reject 5f0a3c7e --officer "Chen"
    """
    from gateway.cli.proposal_answers import decided  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        acting = session.any_officer(city, officer)
        return decided(city.four_eyes.reject(proposal_id, acting), city.settings.agreement)


def _asked(proposal: "Proposal", agreement: "Agreement") -> str:
    """Return the digest once the person at the console has read what it is over."""
    from gateway.cli.answer import show_screen  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.proposal_answers import facts_of  # noqa: PLC0415  (--help must not wait)

    if not wants_json():
        facts = facts_of(proposal, agreement)
        show_screen(layout.page(layout.title(proposal.act), layout.indented(facts)))
        click.confirm("Approve this?", abort=True)
    return proposal.digest
