"""``credit-gateway partners``, third part: a partner's anchor keys, lost, stolen or replaced."""

from collections.abc import Sequence

import click

from gateway.cli.answer import Answer
from gateway.cli.command import KeyCommand, wants_json
from gateway.cli.partners import ANSWERS, OFFICER, partners
from gateway.cli.session import Session, pass_session

REASON = click.option("--reason", required=True, help="Why; it is kept with the proposal.")


@partners.command("safety-number")
@click.argument("city")
@pass_session
def safety_number(session: Session, city: str) -> Answer:
    """Show this city's half of the safety number, to read out.

    When a partner's office calls to compare. Their half is not shown: it is theirs to read.

    Example:
      credit-gateway partners safety-number jiaxing
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        groups = opened.federation.own_groups(leaf, opened.clock.now())
        return say.own_groups(opened, leaf, groups)


@partners.command("pin-new")
@click.argument("city")
@OFFICER
@ANSWERS
@pass_session
def pin_new(session: Session, city: str, officer: str, answers: Sequence[str]) -> Answer:
    """Compare a partner's new anchor keys; two officers pin them.

    When one of its keys (K1, K1s) is gone and it announces a new one under the other. Each
    officer compares three groups of its new half, never the same ones, as with `confirm`.
    Then the new pair takes the place of the old, and the key that is gone never returns.

    Examples:
      credit-gateway partners pin-new jiaxing --officer "Lin"
      credit-gateway partners pin-new jiaxing --officer "Chen" --answer 01234 ...
    """
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.acts import officer_name  # noqa: PLC0415  (--help must not wait)

    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        officer = officer_name(session.any_officer(opened, officer).by)
        if not answers:
            asked = opened.federation.challenge_anew(leaf, officer, opened.clock.now())
            if wants_json():
                return say.asked(opened, asked)
            say.explain(opened, asked)
            answers = [click.prompt(f"  Group {group:2d}") for group in asked.groups]
        done = opened.federation.confirm_anew(leaf, officer, answers, opened.clock.now())
        return say.confirmed_anew(opened, done, officer)


@partners.command(cls=KeyCommand)
@click.argument("city")
@click.argument("key", metavar="KID")
@OFFICER
@REASON
@pass_session
def unpin(session: Session, city: str, key: str, officer: str, reason: str) -> Answer:
    """Propose to take an anchor key out for ever.

    Nothing happens before another officer approves: `proposals approve`. For a key that
    vanished and will not return, or of which its office says that it is stolen. KID is its
    id, or at least 8 characters from its beginning.

    Example:
      credit-gateway partners unpin jiaxing Xk3v9aQ2 --officer Lin --reason "lost"
    """
    from gateway.services.partner_acts import UNPIN  # noqa: PLC0415  (--help must not wait)

    return _proposed(session, UNPIN, (city, key), officer, reason)


@partners.command("restore-pin", cls=KeyCommand)
@click.argument("city")
@click.argument("key", metavar="KID")
@OFFICER
@REASON
@pass_session
def restore_pin(session: Session, city: str, key: str, officer: str, reason: str) -> Answer:
    """Propose that a suspended anchor key counts again.

    Nothing happens before another officer approves: `proposals approve`. A key is suspended
    by itself when its city no longer announces it; whoever stole the other key can do that.

    Example:
      credit-gateway partners restore-pin jiaxing Xk3v9aQ2 --officer Lin ...
    """
    from gateway.services.partner_acts import RESTORE_PIN  # noqa: PLC0415  (see above)

    return _proposed(session, RESTORE_PIN, (city, key), officer, reason)


def _proposed(
    session: Session, act: str, named: tuple[str, str], officer: str, reason: str
) -> Answer:
    from gateway.cli import partner_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.partner_protect import key_target, pinned_key  # noqa: PLC0415  (--help must not wait)

    city, key = named
    with session.city() as opened:
        leaf = say.entity_of(opened.settings.agreement, city)
        acting = session.officer(opened, officer, "operator")
        partner = opened.book.find(opened.federation.anchor_of(leaf), acting.at)[1]
        target = key_target(partner.record.pins.leaf, pinned_key(partner.record, key))
        made = opened.four_eyes.propose(act, target, {"reason": reason}, acting)
        return say.proposed(opened, leaf, made)
