"""``/``: which city issues the visitor's code? Asked first, so that nobody signs in elsewhere."""

from dataclasses import dataclass

from flask import Blueprint, Response

from gateway.ids import CityId
from gateway.policy.agreement import Member
from gateway.web.admission import Who, open_to
from gateway.web.context import gateway
from gateway.web.pages.frame import draw, page_language
from gateway.web.words import Language

bp = Blueprint("finder", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One member city on the page.

    Attributes:
        address: Its code page; None if this very city issues no codes.
    """

    code: CityId
    name: str
    address: str | None
    here: bool


@bp.get("/")
@open_to(Who.PUBLIC)
def find() -> Response:
    """Show every member city with the way to its code page."""
    here, lang = gateway().city, page_language()
    members = [_choice(each, here, lang) for each in gateway().agreement.members]
    return draw("citizen/finder.html", members=members)


def _choice(member: Member, here: Member, lang: Language) -> Choice:
    own = member.division_code == here.division_code
    own_page = None if gateway().sign_in is None else "/code"
    return Choice(
        code=member.division_code,
        name=member.name_zh if lang == "zh" else member.name_en,
        address=own_page if own else f"{member.entity_id}/code",
        here=own,
    )
