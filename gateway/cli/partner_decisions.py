"""``credit-gateway partners``, second part: what officers decide about a partner they know.

Stopping protects, so one officer does it at once and another one ratifies it. What starts again,
or ends for ever, is proposed and needs another officer's approval before it happens.
"""

from datetime import datetime

import click

from gateway.cli.answer import Answer
from gateway.cli.command import KeyCommand
from gateway.cli.partners import OFFICER, partners
from gateway.cli.session import Session, pass_session
from gateway.clock import CHINA
from gateway.ids import Timestamp

REASON = click.option("--reason", required=True, help="Why; it is kept and shown in status.")
SINCE = click.option(
    "--since",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    help="From when on the key may be in wrong hands, in China. It is kept, and recognitions are "
    "counted from it; the key is used for no code of any date.",
)


@partners.command()
@click.argument("city")
@OFFICER
@REASON
@pass_session
def suspend(session: Session, city: str, officer: str, reason: str) -> Answer:
    """Stop recognising a partner's codes, within a second.

    One officer will do, since it protects; another one ratifies it within 24 hours. Until
    two have resumed it, it stays in force, ratified or not.

    Example:
      credit-gateway partners suspend jiaxing --officer "Lin" --reason "key lost"
    """
    return _stopped(session, city, officer, reason, "suspended")


@partners.command()
@click.argument("city")
@OFFICER
@REASON
@pass_session
def dispute(session: Session, city: str, officer: str, reason: str) -> Answer:
    """Hold that a partner contradicts itself; its codes wait.

    As `suspend`, and said to the city: two things that it published cannot both be right, and
    people are looking into it. One officer, at once; another one ratifies it.

    Example:
      credit-gateway partners dispute jiaxing --officer Lin --reason "two keys"
    """
    return _stopped(session, city, officer, reason, "disputed")


@partners.command()
@click.argument("city")
@OFFICER
@REASON
@pass_session
def resume(session: Session, city: str, officer: str, reason: str) -> Answer:
    """Propose to recognise a stopped partner's codes again.

    Nothing happens before another officer approves: `proposals approve`.

    Example:
      credit-gateway partners resume jiaxing --officer "Chen" --reason "new key"
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import RESUME_PARTNER, resume_facts  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.officer(opened, officer, "operator")
        facts = resume_facts(opened.book, leaf, reason, acting.at)
        made = opened.four_eyes.propose(RESUME_PARTNER, leaf, facts, acting)
        return say.proposed(opened, leaf, made)


@partners.command()
@click.argument("city")
@OFFICER
@REASON
@click.option("--for-good", is_flag=True, help="Do not ask to type the city's name.")
@pass_session
def remove(session: Session, city: str, officer: str, reason: str, *, for_good: bool) -> Answer:
    """Propose to end a membership for ever.

    Nothing happens before another officer approves: `proposals approve`. Then its codes are
    answered as any that cannot be verified: the guest is asked for another one. A city that
    left never comes back under this address. To stop it for a while: `partners suspend`.

    Example:
      credit-gateway partners remove jiaxing --officer "Lin" --reason "has left"
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.partner_acts import REMOVE_PARTNER  # noqa: PLC0415  (--help must not wait)

    if not for_good:
        typed = click.prompt(f"This is for ever. Type {city} to go on", default="")
        if typed != city:
            raise click.Abort
    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.officer(opened, officer, "operator")
        made = opened.four_eyes.propose(REMOVE_PARTNER, leaf, {"reason": reason}, acting)
        return say.proposed(opened, leaf, made)


@partners.command("block-key", cls=KeyCommand)
@click.argument("city")
@click.argument("key", metavar="KID")
@SINCE
@OFFICER
@REASON
@pass_session
def block_key(  # noqa: PLR0913, PLR0917  (one for each word of the command)
    session: Session, city: str, key: str, since: datetime, officer: str, reason: str
) -> Answer:
    """Use one code key of a partner no more, within a second.

    One officer will do, since it protects; another one ratifies it within 24 hours. KID is
    the key's id, or at least 8 characters from its beginning. The key is refused for every
    code, also for one dated before --since: whoever stole it writes any date into a code.

    Says how many codes by this key were recognised here since then: that is what may have
    been granted to a thief's codes.

    Example:
      credit-gateway partners block-key jiaxing Xk3v9aQ2 --since 2026-11-20 ...
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import officer_name  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.decisions import Decision  # noqa: PLC0415  (--help must not wait)

    began = Timestamp(int(since.replace(tzinfo=CHINA).timestamp()))
    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.any_officer(opened, officer)
        anchor = opened.federation.anchor_of(leaf)
        decided = Decision(officer=officer_name(acting.by), reason=reason, at=acting.at)
        found = opened.protect.block(anchor, key, began, decided)
        return say.blocked(opened, leaf, found, opened.ratifications.ask(acting))


@partners.command("unblock-key", cls=KeyCommand)
@click.argument("city")
@click.argument("key", metavar="KID")
@OFFICER
@REASON
@pass_session
def unblock_key(session: Session, city: str, key: str, officer: str, reason: str) -> Answer:
    """Propose to use a blocked key of a partner again.

    Nothing happens before another officer approves: `proposals approve`.

    Example:
      credit-gateway partners unblock-key jiaxing Xk3v9aQ2 --officer "Lin" ...
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.partner_acts import UNBLOCK_KEY  # noqa: PLC0415  (--help must not wait)
    from gateway.services.partner_protect import code_key, key_target  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.officer(opened, officer, "operator")
        partner = opened.book.find(opened.federation.anchor_of(leaf), acting.at)[1]
        target = key_target(partner.record.pins.leaf, code_key(partner.city, key))
        made = opened.four_eyes.propose(UNBLOCK_KEY, target, {"reason": reason}, acting)
        return say.proposed(opened, leaf, made)


def _stopped(session: Session, city: str, officer: str, reason: str, state: str) -> Answer:
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import officer_name  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.decisions import Decision  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.states import PartnerState  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.any_officer(opened, officer)
        anchor = opened.federation.anchor_of(leaf)
        decided = Decision(officer=officer_name(acting.by), reason=reason, at=acting.at)
        now = opened.protect.stop(anchor, PartnerState(state), decided)
        asked = opened.ratifications.ask(acting)
        return say.stopped(opened, leaf, now, asked, opened.announce_partners())
