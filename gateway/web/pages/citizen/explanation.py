"""``/rights/explanation``: how the tier comes about, from where on, and whom to ask."""

from flask import Blueprint, Response, current_app

from gateway.clock import china_date
from gateway.policy.tiers import TIER_NAMES
from gateway.web.admission import Who, citizen, open_to
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.own_matters import own_only
from gateway.web.pages.citizen.words import SCALE_NAMES, SCALES
from gateway.web.pages.desk import own_rights
from gateway.web.pages.frame import draw, page_language
from gateway.web.pages.times import day_and_minute

bp = Blueprint("explanation", __name__)


@bp.get("/rights/explanation")
@open_to(Who.CITIZEN)
@per_visitor
def show() -> Response:
    """Show rule, version and thresholds; the page reads an assessment only with a consent."""
    own_only("explanation")
    city, rights, subject = gateway(), own_rights(), citizen().subject
    agreed = city.consents is None or city.consents.of(subject) is not None
    found = rights.explain.explain(subject, city.clock.now(), agreed=agreed)
    lang = 0 if page_language() == "zh" else 1
    standing = found.standing
    return draw(
        "citizen/explanation.html",
        tier=None if standing is None else standing.tier,
        name=None if standing is None else TIER_NAMES[standing.tier][lang],
        day=None if standing is None else china_date(standing.assessed_on).isoformat(),
        known=found.known,
        scale=found.scale,
        scale_words=SCALE_NAMES[found.scale.kind],
        valid_from=day_and_minute(found.scale.valid_from),
        max_age_days=found.max_age_days,
        words=SCALES[found.scale.kind],
        edges=[(each.tier, TIER_NAMES[each.tier][lang], each.first) for each in found.edges],
        hotline=rights.explain.hotline,
        objection=current_app.url_map.bind("").test("/rights/objection", "GET"),
    )
