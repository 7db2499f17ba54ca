"""Codes, and what a page holds when it has to judge them without its city."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.codes import status_list
from gateway.codes.claims import StatusReference
from gateway.codes.grammar import serialise
from gateway.ids import ScenarioId, Tier, Timestamp
from tests.web.odd_showings import signed
from tests.web.page_verifier import Asked, bundle_of
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HOTEL,
    HOUR,
    JIAXING,
    JINHUA,
    NOON,
    RESTAURANT,
    WENZHOU,
    City,
)

LIST: Final = "https://credit.jinhua.example/status/1"
TTL_S, TOLERANCE_S = 900, 6 * HOUR
YOGA: Final = ScenarioId("fitness.gym.yoga")


def offer(name: str, scenario: str, **changes: object) -> Asked:
    terms = {"min_tier": 2, "kind": "discount_rate", "value": "0.80"}
    terms |= {key: changes.pop(key) for key in ("min_tier", "quota") if key in changes}
    return {
        "id": name,
        "version": 1,
        "scenario": scenario,
        **terms,
        "resident": {**terms, "source": "made up"},
        "offline": "grant",
        "valid_from": NOON - DAY,
        "words": {"zh": "8折", "en": "20 % off"},
        **changes,
    }


def catalogue(version: str, valid_from: int, *offers: Asked) -> Asked:
    scenarios: dict[str, Asked] = {}
    for each in offers:
        name = {"zh": "场景", "en": "A scenario"}
        entry = scenarios.setdefault(each["scenario"], {"name": name, "offers": []})
        entry["offers"].append(each)
    return {"version": version, "valid_from": valid_from, "scenarios": scenarios}


QUOTA: Final = {"count": 2, "every": 1, "unit": "month"}
OFFERS: Final = (
    offer("meal", RESTAURANT),
    offer("room", HOTEL, offline="online_only"),
    offer("yoga", YOGA, quota=QUOTA),
    offer("museum", ATTRACTION, venues=["hall"]),
    offer("tower", "travel.attraction.tower", valid_from=NOON, valid_until=NOON + 10),
)
CATALOGUE: Final = catalogue("2026.2", NOON - DAY, *OFFERS)
OLD: Final = catalogue("2026.1", NOON - 30 * DAY, *OFFERS)
TO_COME: Final = catalogue("2026.3", NOON + 1000, offer("meal", RESTAURANT, min_tier=3))
FACTS: Final = {
    "division": WENZHOU.code,
    "scenarios": [RESTAURANT, HOTEL, GYM, ATTRACTION],
    "venues": [{"id": "hall", "scenarios": None}, {"id": "inn", "scenarios": [HOTEL]}],
    "agreed": {
        WENZHOU.code: [],
        JINHUA.code: [RESTAURANT, HOTEL, "fitness", ATTRACTION],
        JIAXING.code: [HOTEL],
    },
    "lifetimeMax": dict.fromkeys((WENZHOU.code, JINHUA.code, JIAXING.code), 31 * DAY),
    "stoppedOffers": [],
}


def known(city: City = JINHUA, *, nbf: int = NOON - DAY, exp: int = NOON + 400 * DAY) -> Asked:
    jwk = city.signer.public.jwk()
    return {"city": city.code, "jwk": jwk, "not_before": nbf, "expires_at": exp}


def bundle(*keys: Asked, expires: int = NOON + DAY, **members: object) -> Asked:
    held = keys or (known(), known(WENZHOU))
    return bundle_of(list(held), now=NOON, expires=expires, status_lists=[LIST]) | members


def the_list(iat: int = NOON, **changes: object) -> Asked:
    packed = status_list.pack([7])
    return {"iat": iat, "exp": iat + DAY, **status_list.payload(uri=LIST, packed=packed)} | changes


TRUST: Final[Asked] = {
    "bundle": bundle(),
    "catalogues": [TO_COME, CATALOGUE, OLD],
    "statusLists": {LIST: the_list()},
}


def general(city: City = JINHUA, *, at: int = NOON, life_s: int = 90, tier: int = 2) -> str:
    claims = city.claims(at=Timestamp(at), life_s=life_s, tier=Tier(tier))
    return signed(city, serialise(claims))


def scenario_code(
    scenario: str = RESTAURANT,
    *,
    at: int = NOON,
    life_s: int = 90,
    pol: str = "2026.2",
    **more: Any,  # noqa: ANN401  (claims)
) -> str:
    members = {"tier": None, "destination": WENZHOU.code, "policy_version": pol} | more
    claims = JINHUA.claims(
        at=Timestamp(at), life_s=life_s, scenario=ScenarioId(scenario), **members
    )
    return signed(JINHUA, serialise(claims))


def printed(
    index: int = 1, uri: str = LIST, *, life_s: int = DAY, pol: str = "2026.2", at: int = NOON
) -> str:
    status = StatusReference(index=index, uri=uri)
    return scenario_code(life_s=life_s, pol=pol, at=at, masked_name="张*", status=status)


def asks(
    text: str,
    scenario: str = RESTAURANT,
    *,
    now: float = NOON,
    **more: Any,  # noqa: ANN401  (members of a showing)
) -> Asked:
    trust = TRUST | {name: more.pop(name) for name in TRUST if name in more}
    facts = FACTS | more.pop("facts", {})
    return {"text": text, "scenario": scenario, "nowS": now, "facts": facts, "trust": trust, **more}


def without(members: Mapping[str, Any], name: str) -> Asked:
    return {key: value for key, value in members.items() if key != name}
