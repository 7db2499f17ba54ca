"""Who acts in a staff page, and what is shown when the act is refused."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Response

from gateway.errors import GatewayError, UnavailableError
from gateway.ids import EntityId
from gateway.policy.stops import ISSUING
from gateway.services.audit import Acting
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.partner_protect import key_of
from gateway.web.admission import officer
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError
from gateway.web.office import REFUSALS, Office
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.moves import see_other
from gateway.web.pages.staff.words import TABLES
from gateway.web.pages.times import day_and_second
from gateway.web.translate import translate


def office() -> Office:
    """Return the office's use cases.

    Raises:
        NotFoundError: this process serves no staff pages.
    """
    found = gateway().office
    if found is None:
        raise NotFoundError("there are no staff pages here")
    return found


def draw_office(template: str, /, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401  as `draw`
    """Return a page of the office, with the words for everything that it shows by name."""
    agreement, zh, desk = gateway().agreement, page_language() == "zh", gateway().desk
    cities = {each.entity_id: each.name_zh if zh else each.name_en for each in agreement.members}
    here: Mapping[str, object] = {
        "clock": day_and_second,
        "city_names": cities,
        "about": partial(_about, cities),
        "my_roles": officer().roles,
        "prints": desk is not None and desk.sheets is not None,
        "objects": desk is not None and desk.objections is not None,
        "scenario_names": {
            name: each.zh if zh else each.en for name, each in agreement.scenarios.items()
        },
    }
    return draw(template, status=status, shared={**TABLES, **here}, **values)


def _about(cities: Mapping[EntityId, str], target: str) -> str:
    """Return what a proposal is about: a city, one key of a city, or what the act calls it."""
    if target == ISSUING:
        return translate("发码", page_language())
    leaf, kid = key_of(target)
    known = cities.get(leaf, leaf)
    return f"{known} · {kid}" if kid else known


def acting() -> Acting:
    """Return the member of staff who asks, for the ledger."""
    return Acting(by=f"staff:{officer().account}", at=gateway().clock.now())


def done(page: str, act: Callable[[], object]) -> Response:
    """Perform an act and go on to a page; if it is refused, say why and lead back there."""
    return shown(page, lambda: _went_on(act, page))


def shown(page: str, view: Callable[[], Response]) -> Response:
    """Return what an act shows; if it is refused, say why and lead back to the page.

    What is no refusal of this act has an answer of its own (``web/problems.py``).
    """
    try:
        return view()
    except (ForbiddenError, NotFoundError, UnauthorizedError, UnavailableError):
        raise
    except GatewayError as error:
        return refused(error, page)


def _went_on(act: Callable[[], object], page: str) -> Response:
    act()
    return see_other(page)


def refused(error: GatewayError, page: str) -> Response:
    """Return the page that says why an act was refused."""
    said = REFUSALS.get(error.code)
    return draw_office(
        "staff/refused.html", status=HTTPStatus.CONFLICT, code=error.code, said=said, back=page
    )
