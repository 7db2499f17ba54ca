"""``/merchant/facts``: what an enrolled device needs to judge by itself while its city is silent.

Nothing in it is about a person. The city's federation keys are in it for the first time only: a
device pins them and follows later ones through the leaf configuration (docs/adr/0133).
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response

from gateway.jose import strict_json
from gateway.services.pauses import not_granted
from gateway.trust.statements import LeafConfiguration, read
from gateway.trust.trusted_city import Role
from gateway.web.admission import Till, Who, open_to, till
from gateway.web.browser import form_token
from gateway.web.context import gateway
from gateway.web.limits import per_visitor
from gateway.web.pages.merchant.scenarios import choices_of
from gateway.web.phones import device_owner
from gateway.web.words import Language

bp = Blueprint("merchant_facts", __name__)

_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


@bp.get("/merchant/facts")
@open_to(Who.DEVICE)
@per_visitor
def facts() -> Response:
    """Answer with what this device judges by, and with the time."""
    here = till()
    members = {
        "now": gateway().clock.now(),
        "owner": device_owner(),
        "token": form_token(),
        "keys": _own_keys(),
        "page": _page(here),
        "facts": _facts(here),
    }
    return Response(strict_json.encode(members), mimetype="application/json")


def partner_origins() -> tuple[str, ...]:
    """Return where the partners' status lists are: whom else a merchant's page may ask."""
    city = gateway()
    now = city.clock.now()
    issuers = city.verify.trust.keyring.issuers.values()
    anchors = (each.anchor for each in issuers if each.anchor and each.verifies(now))
    return tuple(sorted({f"{at.scheme}://{at.netloc}" for at in map(urlsplit, anchors)}))


def _own_keys() -> Sequence[Mapping[str, object]]:
    """Return the federation keys that we serve; without any, a device judges nothing itself."""
    city = gateway()
    published = city.trust.statements.get(Role.LEAF)
    if published is None:
        return ()
    # Whoever serves it has checked it.
    leaf = LeafConfiguration.parse(read(published.token).payload, city.leaf)
    return [key.jwk() for key in leaf.keys]


def _page(here: Till) -> Mapping[str, object]:
    """Return what the page says of its merchant: the one that a phone keeps knows nobody."""
    venue = next((each for each in here.merchant.venues if each.id == here.venue), None)
    return {
        "merchant": here.merchant.name,
        "venue": None if venue is None else {"id": venue.id, "name": venue.name},
        "choices": {
            lang: [{"id": each.id, "name": each.name} for each in choices_of(here, lang)]
            for lang in _LANGUAGES
        },
    }


def _facts(here: Till) -> Mapping[str, object]:
    city = gateway()
    issuers = city.verify.trust.keyring.issuers
    agreed = dict[str, list[str]]((each.division_code, []) for each in city.agreement.members)
    agreed |= {division: sorted(each.scenarios) for division, each in issuers.items()}
    serving = here.serving
    return {
        "division": city.city.division_code,
        "leaf": city.leaf,
        "scenarios": sorted(serving.scenarios),
        "venues": [
            {"id": each.id, "scenarios": None if each.scenarios is None else sorted(each.scenarios)}
            for each in serving.venues
        ],
        "agreed": agreed,
        "lifetime_max_s": {
            division: each.code_lifetime_max_s for division, each in issuers.items()
        },
        "stopped_offers": sorted(not_granted(here.merchant, city.verify.stops)),
    }
