"""``credit-gateway merchants uscc`` and ``commitment``: what the office keeps on file."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.merchants import merchants
from gateway.cli.session import Session, pass_session
from gateway.clock import china_date, china_day
from gateway.ids import MerchantId

if TYPE_CHECKING:
    from gateway.services.merchant_files import MerchantFile
    from gateway.services.onboard import OnboardMerchants

DAY = click.DateTime(["%Y-%m-%d"])


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@click.argument("code", metavar="USCC")
@click.option("--reason", default="", help="Why a code whose check character is off is right.")
@pass_session
def uscc(session: Session, merchant_id: str, code: str, reason: str) -> Answer:
    """Put another 统一社会信用代码 on a merchant's file.

    It has 18 characters (GB 32100-2015); one whose check character is off
    is taken with a reason.

    Example:
      credit-gateway merchants uscc river-hotel 91350100M000100Y43
    """
    merchant = MerchantId(merchant_id)
    with desk_of(session) as desk:
        desk.set_uscc(merchant, code, reason, session.acting())
        return _filed(desk, session, merchant)


@merchants.command()
@click.argument("merchant_id", metavar="ID")
@click.option("--due", type=DAY, help="Last day for the stamped commitment.")
@click.option("--returned", type=DAY, help="Day on which it came back.")
@pass_session
def commitment(
    session: Session, merchant_id: str, due: datetime | None, returned: datetime | None
) -> Answer:
    """Say when a commitment (告知承诺) is due, or came back.

    A day that is not named stays as it is. An overdue one is shown, and stops nothing.

    Example:
      credit-gateway merchants commitment river-hotel --returned 2026-12-01
    """
    if due is None and returned is None:
        raise click.UsageError("name --due, --returned or both")
    merchant = MerchantId(merchant_id)
    with desk_of(session) as desk:
        known = desk.rows.get(merchant)
        desk.set_commitment(
            merchant,
            _day(due) or known.commitment_due,
            _day(returned) or known.commitment_returned,
            session.acting(),
        )
        return _filed(desk, session, merchant)


def _day(typed: datetime | None) -> date | None:
    return None if typed is None else typed.date()


@contextmanager
def desk_of(session: Session) -> "Generator[OnboardMerchants]":
    """Yield the desk at which merchants are enrolled."""
    from gateway.app.onboarding import onboarding_of  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        yield onboarding_of(city)


def _filed(desk: "OnboardMerchants", session: Session, merchant: MerchantId) -> Answer:
    file, today = desk.rows.get(merchant), china_date(china_day(session.now()))
    rows: list[tuple[str, layout.Cell]] = [
        ("USCC", file.uscc or "none"),
        ("taken since", file.uscc_reason or "it fits"),
        ("commitment", said_of(file, today)),
    ]
    return Answer(
        data={"merchant": merchant, "file": file_json(file, today)},
        screen=layout.page(
            layout.title(f"On file of {merchant}"), layout.indented(layout.facts(rows))
        ),
    )


def said_of(file: "MerchantFile", today: date) -> str:
    """Return how a commitment stands, in words."""
    said = {
        "none": "not asked for",
        "pending": f"due {file.commitment_due}",
        "overdue": f"OVERDUE since {file.commitment_due}",
        "returned": f"returned {file.commitment_returned}",
    }
    return said[file.commitment(today)]


def file_json(file: "MerchantFile", today: date) -> dict[str, object]:
    """Return a file for machines."""
    due, returned = file.commitment_due, file.commitment_returned
    return {
        "uscc": file.uscc,
        "uscc_reason": file.uscc_reason,
        "commitment": file.commitment(today).value,
        "commitment_due": None if due is None else due.isoformat(),
        "commitment_returned": None if returned is None else returned.isoformat(),
    }
