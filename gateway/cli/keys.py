"""``credit-gateway keys``: this city's own keys, and what becomes of them."""

from typing import TYPE_CHECKING, Literal

import click

from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup, KeyCommand
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.app.composition import OpenCity

OFFICER = click.option(
    "--officer", required=True, metavar="NAME", help="Who decides; kept in the ledger."
)


@click.group(cls=CommandGroup)
def keys() -> None:
    """Show, rotate and revoke this city's own keys (密钥)."""


@keys.command("list")
@click.option("--gone", is_flag=True, help="Show the keys as well that are gone for ever.")
@pass_session
def list_keys(session: Session, *, gone: bool) -> Answer:
    """Show every own key, with its state and dates.

    The first 8 characters of a key id are its name on every screen.

    Examples:
      credit-gateway keys list
      credit-gateway keys list --gone --json
    """
    from gateway.cli import key_answers as say  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        return say.listed(city, city.clock.now(), gone=gone)


@keys.command()
@click.argument("kind", type=click.Choice(["codes", "federation"]))
@OFFICER
@click.option(
    "--emergency",
    is_flag=True,
    help="Codes only: do not ask for 48 hours of publication; partners that have known the next "
    "key for less than 24 hours refuse its codes until then.",
)
@pass_session
def rotate(
    session: Session, kind: Literal["codes", "federation"], officer: str, *, emergency: bool
) -> Answer:
    """Let the next key take over; what was signed goes on counting.

    codes: the next key has been published for 48 hours, so every partner knows it. The old
    one verifies until its last code has ended, and a day.

    federation: K2next signs from now on; rows, statement and documents are signed anew. The
    old K2 stays announced until the anchor's next statement is imported. Where the office
    has staff accounts another officer approves first.

    Examples:
      credit-gateway keys rotate codes --officer "Lin"
      credit-gateway keys rotate federation --officer "Lin"
    """
    from gateway.cli import key_answers as say  # noqa: PLC0415  (--help must not wait)

    if emergency and kind == "federation":
        raise click.UsageError("K2next is always ready; --emergency is for code keys.")
    with session.city() as city:
        acting = session.officer(city, officer, "operator")
        if kind == "codes":
            city.key_office.desk.rotate_codes(acting, emergency=emergency)
        elif has_staff(city):
            return say.proposed_rotation(city, acting)
        else:
            city.key_office.desk.rotate_federation(acting)
        problems = city.key_office.desk.settle(acting.at)
        return say.changed(city, acting.at, f"The next key signs now: {kind}.", problems)


@keys.command(cls=KeyCommand)
@click.argument("kid")
@OFFICER
@click.option("--reason", required=True, metavar="TEXT", help="Kept in the ledger.")
@pass_session
def revoke(session: Session, kid: str, officer: str, reason: str) -> Answer:
    """End a key for ever, at once: it is stolen, or may be.

    KID is a key id or its first 8 characters. The next key signs, and gets a successor.
    Partners are told at once, and ask within a minute anyway. One officer will do, since it
    protects. A key that is gone never comes back.

    Partners refuse codes by a code key that they have known for less than 24 hours: if the
    next one is as young, own citizens are recognised nowhere else until then. The screen
    says until when, and what ends it sooner. Revoke a stolen key all the same.

    Example:
      credit-gateway keys revoke TKfwJ3Qh --officer "Lin" --reason "laptop lost"
    """
    from gateway.cli import key_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.errors import KeyGoneError  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        acting = session.any_officer(city, officer)
        found, said = city.key_office.desk.find(kid), "The key is gone, for ever."
        try:
            city.key_office.desk.revoke(found, reason, acting)
        except KeyGoneError:
            # Whoever is not sure and asks twice is told so; what is owed is drawn all the same.
            said = "The key was gone already."
        problems = city.key_office.desk.settle(acting.at)
        return say.changed(city, acting.at, said, problems)


def has_staff(city: "OpenCity") -> bool:
    """Return whether the office has accounts: then what is irreversible takes two of them."""
    return any(account.roles for account in city.store.staff.list_all())
