"""``credit-gateway merchants``: who may verify codes here."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.merchant_notices import COMPLAINTS, notices, remove
from gateway.cli.session import Session, pass_session
from gateway.cli.settlement import settlement
from gateway.ids import MerchantId

if TYPE_CHECKING:
    from gateway.services.merchants import EnrolMerchants
    from gateway.services.ports import Merchant


SHOWN_ONCE = "This token is shown once and stored nowhere: hand it over now."
WITHIN = "Holds in every worker within 5 seconds."


@click.group(cls=CommandGroup)
def merchants() -> None:
    """Who may verify codes here, and their access tokens (商家)."""


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@pass_session
def token(session: Session, merchant_id: str) -> Answer:
    """Print one more access token of a merchant, once.

    Tokens given out before stay good; one per till keeps them apart.

    Example:
      credit-gateway merchants token river-hotel
    """
    with _desk(session) as desk:
        merchant, issued = desk.token(MerchantId(merchant_id), session.acting())
    return with_token(merchant, issued, f"One more token of {merchant.name}.")


_REASON = click.option(
    "--reason",
    required=True,
    help="Why, in a sentence that the merchant may read; no person's name.",
)


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@_REASON
@COMPLAINTS
@pass_session
def warn(session: Session, merchant_id: str, reason: str, complaints: Sequence[str]) -> Answer:
    """Warn a merchant; it goes on verifying.

    Example:
      credit-gateway merchants warn river-hotel --reason "offer not granted"
    """
    from gateway.services.merchant_notices import typed_complaints  # noqa: PLC0415  (--help must not wait)

    with _desk(session) as desk:
        named = typed_complaints(",".join(complaints))
        merchant = desk.warn(MerchantId(merchant_id), reason, session.acting(), named)
    return _changed(merchant, f"{merchant.name} is warned and goes on verifying.")


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@_REASON
@COMPLAINTS
@pass_session
def suspend(session: Session, merchant_id: str, reason: str, complaints: Sequence[str]) -> Answer:
    """Stop a merchant from verifying; its tokens stay, for `resume`.

    Example:
      credit-gateway merchants suspend river-hotel --reason "closed for repairs"
    """
    from gateway.services.merchant_notices import typed_complaints  # noqa: PLC0415  (--help must not wait)

    with _desk(session) as desk:
        named = typed_complaints(",".join(complaints))
        merchant = desk.suspend(MerchantId(merchant_id), reason, session.acting(), named)
    return _changed(merchant, f"{merchant.name} no longer verifies. {WITHIN}")


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@pass_session
def resume(session: Session, merchant_id: str) -> Answer:
    """Let a warned or suspended merchant be as any other again.

    Example:
      credit-gateway merchants resume river-hotel
    """
    with _desk(session) as desk:
        merchant = desk.resume(MerchantId(merchant_id), session.acting())
    return _changed(merchant, f"{merchant.name} verifies again. {WITHIN}")


merchants.add_command(settlement)
merchants.add_command(notices)
merchants.add_command(remove)


@contextmanager
def _desk(session: Session) -> "Generator[EnrolMerchants]":
    with session.city() as city:
        yield city.merchant_desk


def with_token(merchant: "Merchant", issued: str, headline: str) -> Answer:
    """Return an answer with an access token, which is shown this once."""
    rows: list[tuple[str, layout.Cell]] = [
        ("id", merchant.id),
        ("scenarios", ", ".join(sorted(merchant.scenarios))),
        ("token", layout.title(issued, "bold cyan")),
    ]
    return Answer(
        data={"merchant": merchant_json(merchant), "token": issued},
        screen=layout.page(
            layout.title(headline, "bold green"),
            layout.indented(layout.facts(rows)),
            layout.title(SHOWN_ONCE, "yellow"),
        ),
    )


def _changed(merchant: "Merchant", headline: str) -> Answer:
    return Answer(data={"merchant": merchant_json(merchant)}, screen=layout.title(headline))


def merchant_json(merchant: "Merchant") -> dict[str, object]:
    """Return a merchant for machines."""
    return {
        "id": merchant.id,
        "name": merchant.name,
        "state": merchant.state,
        "reason": merchant.reason,
        "scenarios": sorted(merchant.scenarios),
        "venues": [
            {
                "id": venue.id,
                "name": venue.name,
                "scenarios": None if venue.scenarios is None else sorted(venue.scenarios),
                "closed": venue.closed,
            }
            for venue in merchant.venues
        ],
    }
