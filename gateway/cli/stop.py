"""``credit-gateway stop``: issuing, or one offer, at once."""

from typing import TYPE_CHECKING

import click

from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.policy.stops import StopTarget

OFFICER = click.option("--officer", required=True, metavar="NAME", help="Who decides; it is kept.")
REASON = click.option("--reason", required=True, help="Why; it is kept and shown in status.")


@click.group(cls=CommandGroup)
def stop() -> None:
    """Stop issuing, or one offer, at once (紧急停用).

    One officer is enough. It is in force in every worker within a second, and stays so until
    two officers lift it. Another officer agrees within a day: `proposals approve`.

    At night:
      credit-gateway stop issuing --reason "leak" --officer Lin
      credit-gateway stop list
    """


@stop.command()
@REASON
@OFFICER
@pass_session
def issuing(session: Session, reason: str, officer: str) -> Answer:
    """Give no more codes to own citizens.

    Codes already given run out by themselves, within two minutes unless they are of a longer
    kind; visitors' codes are verified as before.

    Example:
      credit-gateway stop issuing --reason "assessments are wrong" --officer Lin
    """
    from gateway.policy.stops import ISSUING  # noqa: PLC0415  (--help must not wait)

    return _stopped(session, ISSUING, reason, officer)


@stop.command()
@click.argument("offer_id", metavar="OFFER_ID")
@REASON
@OFFICER
@pass_session
def offer(session: Session, offer_id: str, reason: str, officer: str) -> Answer:
    """Neither grant one offer nor show it as on offer.

    Where another offer applies, guests get that one. What was granted stays granted.

    Example:
      credit-gateway stop offer hotel-deposit --reason "wrong terms" --officer Lin
    """
    from gateway.policy.stops import offer_target  # noqa: PLC0415  (--help must not wait)

    return _stopped(session, offer_target(offer_id), reason, officer)


@stop.command("list")
@pass_session
def list_all(session: Session) -> Answer:
    """Show what is stopped, by whom, and who agreed.

    Exit code 1 if the database does not say what this city stopped.

    Example:
      credit-gateway stop list
    """
    from gateway.cli.stop_answers import listed  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        return listed(city.stop_desk.standing(session.now()))


@stop.command()
@click.argument("what")
@REASON
@OFFICER
@pass_session
def lift(session: Session, what: str, reason: str, officer: str) -> Answer:
    """Propose to lift a stop; another officer approves.

    WHAT is as `stop list` shows it: issuing, or offer/OFFER_ID.

    Examples:
      credit-gateway stop lift issuing --reason "mended" --officer Lin
      credit-gateway stop lift offer/hotel-deposit --reason "mended" --officer Lin
    """
    from gateway.cli.proposal_answers import made  # noqa: PLC0415  (--help must not wait)
    from gateway.policy.stops import parse_target  # noqa: PLC0415  (--help must not wait)
    from gateway.services.stop_desk import LIFT_STOP, lift_facts  # noqa: PLC0415  (--help must not wait)

    target = parse_target(what)
    with session.city() as city:
        acting = session.officer(city, officer, "operator")
        facts = lift_facts(city.stop_desk.find(target, acting.at), reason)
        proposal = city.four_eyes.propose(LIFT_STOP, target, facts, acting)
    return made(proposal, f"It is proposed to lift the stop of {target}.")


@stop.command()
@OFFICER
@pass_session
def restore(session: Session, officer: str) -> Answer:
    """Store again what is stopped, where the database says less.

    First find out who wrote into the database, or restored an older one.

    Example:
      credit-gateway stop restore --officer Lin
    """
    from gateway.cli.stop_answers import listed  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        acting = session.any_officer(city, officer)
        city.stop_desk.restore(acting)
        return listed(city.stop_desk.standing(acting.at))


def _stopped(session: Session, target: "StopTarget", reason: str, officer: str) -> Answer:
    from gateway.cli.stop_answers import stopped  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        acting = session.any_officer(city, officer)
        found = city.stop_desk.stop(target, reason, acting)
        return stopped(found, city.ratifications.ask(acting))
