"""``credit-gateway merchants notices`` and ``remove``: what a merchant is told, and its end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId

if TYPE_CHECKING:
    from gateway.services.merchant_notices import Notice

COMPLAINTS = click.option(
    "--complaint",
    "complaints",
    multiple=True,
    metavar="NUMBER",
    help="Case number of a complaint that this rests on; may be given again.",
)


@click.command(cls=GatewayCommand)
@click.argument("merchant_id", metavar="ID")
@pass_session
def notices(session: Session, merchant_id: str) -> Answer:
    """Show what a merchant was told, replied and was answered.

    Example:
      credit-gateway merchants notices river-hotel
    """
    from gateway.services.merchants import UnknownMerchantIdError  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        if city.merchant_desk.find(MerchantId(merchant_id)) is None:
            raise UnknownMerchantIdError("there is no such merchant")
        found = city.merchant_desk.notices.of(MerchantId(merchant_id))
    if not found:
        return Answer(data={"notices": []}, screen=layout.title("No notice yet.", ""))
    return Answer(
        data={"notices": [_json(each) for each in found]},
        screen=layout.page(
            *(
                layout.section(f"{each.number}. {each.kind} {each.on}", layout.facts(_rows(each)))
                for each in found
            )
        ),
    )


@click.command(cls=GatewayCommand)
@click.argument("merchant_id", metavar="ID")
@click.option("--officer", required=True, metavar="NAME", help="Who proposes it; it is kept.")
@click.option(
    "--reason",
    required=True,
    help="Why, in a sentence that the merchant may read; no person's name.",
)
@COMPLAINTS
@click.option("--for-good", is_flag=True, help="Say that you know: there is no way back.")
@pass_session
def remove(  # noqa: PLR0913  (one for each word of the command)
    session: Session,
    merchant_id: str,
    officer: str,
    reason: str,
    complaints: Sequence[str],
    *,
    for_good: bool,
) -> Answer:
    """Propose to end a merchant for good.

    Its tokens, tills and devices go with it. Nothing happens before another officer
    approves: `proposals approve`. Its records stay, and so does its notice, to be printed
    and sent. To stop it for a while: `suspend`.

    Example:
      credit-gateway merchants remove river --officer Lin --reason left --for-good
    """
    from gateway.cli import proposal_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.services.merchant_acts import (  # noqa: PLC0415  (--help must not wait)
        REMOVE_MERCHANT,
        removal_facts,
    )
    from gateway.services.merchant_notices import typed_complaints  # noqa: PLC0415  (--help must not wait)

    if not for_good:
        raise click.UsageError("this cannot be undone; add --for-good, or use `suspend`")
    with session.city() as city:
        facts = removal_facts(reason, typed_complaints(",".join(complaints)))
        acting = session.officer(city, officer, "operator")
        made = city.four_eyes.propose(REMOVE_MERCHANT, merchant_id, facts, acting)
    return say.made(made, f"{merchant_id}: removal proposed. Nothing has changed yet.")


def _rows(notice: "Notice") -> list[tuple[str, layout.Cell]]:
    rows: list[tuple[str, layout.Cell]] = [("reason", notice.reason or "-")]
    if notice.due_on is not None:
        rows.append(("reply asked for by", str(notice.due_on)))
    if notice.reply is not None:
        late = " (late)" if notice.late else ""
        rows.append((f"replied {notice.replied_on}{late}", notice.reply))
    if notice.answer is not None:
        rows.append(("answered", notice.answer))
    return rows


def _json(notice: "Notice") -> dict[str, object]:
    return {
        "number": notice.number,
        "kind": notice.kind.value,
        "reason": notice.reason,
        "on": str(notice.on),
        "due_on": None if notice.due_on is None else str(notice.due_on),
        "complaints": len(notice.complaints),
        "reply": notice.reply,
        "replied_on": None if notice.replied_on is None else str(notice.replied_on),
        "late": notice.late,
        "answer": notice.answer,
    }
