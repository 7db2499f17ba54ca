"""``GET /api/v1/openapi.json`` for programs and ``GET /api/docs`` for people."""

from flask import Blueprint, Response

from gateway.web.admission import Who, open_to
from gateway.web.browser import cookie_name
from gateway.web.conditional import unless_known
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE, DEVICE_COOKIE
from gateway.web.openapi.document import encoded
from gateway.web.openapi.model import Place
from gateway.web.openapi.reading import chapters, problem_rows
from gateway.web.openapi.security import schemes
from gateway.web.pages.frame import draw, page_language

bp = Blueprint("openapi", __name__)


@bp.get("/api/v1/openapi.json")
@open_to(Who.PUBLIC)
def openapi() -> Response:
    """Answer with the OpenAPI document, or with 304 to who has it."""
    found = encoded(here())
    response = Response(found.body, mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.set_etag(found.etag)
    return unless_known(response)


@bp.get("/api/docs")
@open_to(Who.PUBLIC)
def docs() -> Response:
    """Show the same to people."""
    place, lang = here(), page_language()
    return draw(
        "docs.html",
        chapters=chapters(place, lang),
        problems=problem_rows(lang),
        ways=[(each.name, each.says.said(lang)) for each in schemes(place)],
    )


def here() -> Place:
    """Return what the document of this city depends on."""
    city = gateway()
    return Place(
        leaf=city.leaf,
        city=city.city.division_code,
        cities=tuple(each.division_code for each in city.agreement.members),
        scenarios=tuple(sorted(city.agreement.scenarios)),
        cookies=(
            (Who.CITIZEN, cookie_name(CITIZEN_COOKIE)),
            (Who.DEVICE, cookie_name(DEVICE_COOKIE)),
        ),
    )
