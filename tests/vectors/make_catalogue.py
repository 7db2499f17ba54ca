"""Writes ``catalogue.json`` and ``tickets.json``: catalogues with one defect each, and tickets.

Run ``python -m tests.vectors.make_catalogue``. Signatures are deterministic and keys are small
numbers, so a second run writes the same files; expectations are written by hand.
"""

import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.codes.tickets import ticket_of
from gateway.ids import CityId, ScenarioId, Timestamp
from gateway.policy.quotas import period_of, ticket_number
from gateway.policy.terms import Quota, Unit
from tests.vectors.make_documents import DAY, LEAF, NOW, OTHER, accepted, refused, token, without
from tests.vectors.make_events import CODE_KEY, DEAD, K2, OF_OTHER, compact

HERE = Path(__file__).parent
CATALOGUE, TICKETS = HERE / "catalogue.json", HERE / "tickets.json"
FROM = NOW - 30 * DAY
TYP = "credit-catalog+jwt"

Members = dict[str, Any]
Change = Callable[[Members], object]


def terms(**changes: object) -> Members:
    return without({"min_tier": 2, "kind": "discount_rate", "value": "0.80", **changes})


def offer(scenario: str, **changes: object) -> Members:
    stated = terms()
    return without(
        {
            "id": "hotel-discount",
            "version": 1,
            "scenario": scenario,
            **stated,
            "resident": {**stated, "source": "illustrative: a vector", "illustrative": True},
            "offline": "grant",
            "valid_from": FROM,
            "venues": ["hall"],
            "exclusions": [{"zh": "节假日除外", "en": "Not on public holidays"}],
            "words": {"zh": "8折", "en": "20 % off"},
            **changes,
        }
    )


def payload() -> Members:
    voucher = {"min_tier": 1, "kind": "voucher", "quota": {"count": 2, "every": 1, "unit": "month"}}
    gym = offer(
        "fitness.gym.monthly",
        id="gym-voucher",
        value=...,
        **voucher,
        resident={**voucher, "source": "illustrative: a vector", "illustrative": True},
        offline="online_only",
        venues=[],
        exclusions=[],
        words={"zh": "免费健身券一张", "en": "one free fitness voucher"},
    )
    return {
        "iss": LEAF,
        "iat": NOW,
        "exp": NOW + 7 * DAY,
        "version": "2026.1",
        "valid_from": FROM,
        "scenarios": {
            "lodging.hotel": {
                "name": {"zh": "酒店住宿", "en": "Hotels"},
                "offers": [offer("lodging.hotel")],
            },
            "fitness.gym.monthly": {"name": {"zh": "体育健身", "en": "Fitness"}, "offers": [gym]},
        },
        "venues": {"hall": {"name": "示例大厅"}},
    }


def signed(change: Change | None = None, key: Any = K2, typ: str = TYP) -> str:  # noqa: ANN401  a key
    members = copy.deepcopy(payload())
    if change is not None:
        change(members)
    return token(compact(members), typ, key)


def hotel(members: Members) -> Members:
    found: Members = members["scenarios"]["lodging.hotel"]["offers"][0]
    return found


def put(name: str, value: object) -> Change:
    return lambda members: members.update({name: value})


def put_in_offer(name: str, value: object) -> Change:
    return lambda members: hotel(members).update({name: value})


BOTH = {"hotel-discount": "lodging.hotel", "gym-voucher": "fitness.gym.monthly"}
WORDS = {"zh": "8折", "en": "20 % off"}


def cases() -> list[Members]:
    form = "catalogue_refused"
    return [
        accepted("a catalogue", signed(), offers=BOTH),
        accepted("without venues", signed(lambda m: m.pop("venues")), group="edge", offers=BOTH),
        accepted("with members that nobody knows", signed(_unknown), group="edge", offers=BOTH),
        accepted(
            "with a scenario that is not agreed",
            signed(lambda m: m["scenarios"].update({"space.travel": "<script>"})),
            group="edge",
            offers=BOTH,
        ),
        accepted("without offers", signed(put("scenarios", {})), group="edge", offers={}),
        accepted("a clock 60 s ahead", signed(), NOW - 60, "edge", offers=BOTH),
        refused("a clock 61 s ahead", signed(), "trust_from_future", NOW - 61, "edge"),
        accepted("the second before its end", signed(), NOW + 7 * DAY - 1, "edge", offers=BOTH),
        refused("its end", signed(), "trust_expired", NOW + 7 * DAY, "edge"),
        accepted(
            "a life of 31 days", signed(put("exp", NOW + 31 * DAY)), group="edge", offers=BOTH
        ),
        refused(
            "a life over 31 days", signed(put("exp", NOW + 31 * DAY + 1)), "trust_life_too_long"
        ),
        accepted("in force this second", signed(put("valid_from", NOW)), group="edge", offers=BOTH),
        refused("in force in a second", signed(put("valid_from", NOW + 1)), "catalogue_not_due"),
        refused("by another city", signed(key=OF_OTHER), "trust_unknown_signer"),
        refused("by a dead K2", signed(key=DEAD), "trust_unknown_signer"),
        refused("by a code key", signed(key=CODE_KEY), "trust_unknown_signer"),
        refused("another iss", signed(put("iss", OTHER)), "trust_wrong_entity"),
        refused("another typ", signed(typ="credit-bundle+jwt"), "jws_format"),
        refused("a statement's typ", signed(typ="entity-statement+jwt"), "jws_format"),
        refused("crit", signed(put("crit", [])), "trust_crit"),
        refused("no version", signed(lambda m: m.pop("version")), form),
        refused("a version of 13 characters", signed(put("version", "2026.12345678")), form),
        refused("valid_from as text", signed(put("valid_from", "2026-01-01")), form),
        refused(
            "script tags",
            signed(put_in_offer("words", {**WORDS, "zh": "<script>x</script>"})),
            form,
        ),
        refused(
            "a bidi override", signed(put_in_offer("words", {**WORDS, "en": "\u202exyz"})), form
        ),
        refused(
            "a zero-width space", signed(put_in_offer("words", {**WORDS, "en": "a\u200bb"})), form
        ),
        refused("not NFC", signed(put_in_offer("words", {**WORDS, "en": "e\u0301"})), form),
        refused("a line break", signed(put_in_offer("words", {**WORDS, "en": "a\nb"})), form),
        refused("words too long", signed(put_in_offer("words", {**WORDS, "zh": "券" * 41})), form),
        refused("tier 4", signed(put_in_offer("min_tier", 4)), form),
        refused("tier 0", signed(put_in_offer("min_tier", 0)), form),
        refused("a discount of 100 %", signed(put_in_offer("value", "1.00")), form),
        refused("an unknown kind", signed(put_in_offer("kind", "cash")), form),
        refused(
            "an offer of another scenario", signed(put_in_offer("scenario", "fitness.gym")), form
        ),
        refused("visitors worse off", signed(put_in_offer("value", "0.90")), form),
        refused("an id twice", signed(lambda m: _twice(m, "hotel-discount")), form),
        refused("two tiers in one scenario", signed(_two_tiers), form),
        refused("an odd venue id", signed(put("venues", {"a b": {"name": "x"}})), form),
    ]


def _unknown(members: Members) -> None:
    members["later"] = 1
    hotel(members)["later"] = 1
    members["scenarios"]["lodging.hotel"]["name"]["fr"] = "<b>"


def _twice(members: Members, name: str) -> None:
    offers = members["scenarios"]["lodging.hotel"]["offers"]
    offers.append({**offers[0], "id": name})


def _two_tiers(members: Members) -> None:
    _twice(members, "hotel-better")
    other = members["scenarios"]["lodging.hotel"]["offers"][1]
    other["min_tier"] = other["resident"]["min_tier"] = 3


def pairs() -> list[Members]:
    """Return what may follow the first case's catalogue, as the one in force."""
    later, sooner = put("valid_from", FROM + DAY), put("valid_from", FROM - DAY)

    def version(change: Change) -> Change:
        def both(members: Members) -> None:
            members["version"] = "2026.2"
            change(members)

        return both

    def pair(name: str, change: Change, error: str | None) -> Members:
        def newer(members: Members) -> None:
            members["iat"] = NOW + 60
            change(members)

        return {"name": name, "token": signed(newer), "now": NOW + 60, "error": error}

    return [
        pair("the same, signed again", lambda _: None, None),
        pair("a later version", version(later), None),
        pair("an older version replayed", version(sooner), "catalogue_rollback"),
        pair("another version of the same second", version(lambda _: None), "catalogue_rollback"),
        pair("same version, in force since another second", sooner, None),
        pair("same version, other content", put_in_offer("version", 2), "catalogue_changed"),
        pair("same version, another name of a venue", _renamed_venue, "catalogue_changed"),
        pair("same version, another name of a scenario", _renamed_scenario, "catalogue_changed"),
        pair("same version, fewer scenarios", _without_gym, "catalogue_changed"),
        pair("same version, with members that nobody knows", _unknown, None),
    ]


def _renamed_venue(members: Members) -> None:
    members["venues"]["hall"]["name"] = "另一大厅"


def _renamed_scenario(members: Members) -> None:
    members["scenarios"]["lodging.hotel"]["name"]["en"] = "Inns"


def _without_gym(members: Members) -> None:
    del members["scenarios"]["fitness.gym.monthly"]


SECRET = bytes(range(32))
MOMENTS = (
    "1970-01-01T00:00:00",
    "2026-02-28T23:59:59",
    "2026-03-01T00:00:00",
    "2026-12-31T23:59:59",
    "2028-02-29T12:00:00",
)
QUOTAS = (
    Quota(count=1, every=1, unit=Unit.DAY),
    Quota(count=3, every=7, unit=Unit.DAY),
    Quota(count=2, every=1, unit=Unit.MONTH),
    Quota(count=1, every=2, unit=Unit.MONTH),
    Quota(count=12, every=1, unit=Unit.YEAR),
)


def tickets() -> list[Members]:
    return [
        _ticket(quota, moment, codes)
        for quota in QUOTAS
        for place, moment in enumerate(MOMENTS)
        for codes in (1, 2 + place)
    ]


def _ticket(quota: Quota, moment: str, codes: int) -> Members:
    issued_at = Timestamp(int(datetime.fromisoformat(f"{moment}+08:00").timestamp()))
    period = period_of(quota, issued_at)
    number = ticket_number(quota, period, codes)
    made = {"subject": "示例-1", "aud": "330500", "scn": "fitness.gym.monthly"}
    return {
        **made,
        "quota": dict(quota.members()),
        "iat": issued_at,
        "codes_today": codes,
        "period": period.name,
        "day": period.day,
        "ends": period.ends_at,
        "i": number,
        "nul": ticket_of(
            SECRET,
            subject=made["subject"],
            destination=CityId(made["aud"]),
            scenario=ScenarioId(made["scn"]),
            period=period.name,
            number=number,
        ),
    }


def write() -> None:
    """Write both files."""
    told = {
        "leaf": LEAF,
        "keys": [K2.public.jwk()],
        "scenarios": ["lodging.hotel", "fitness.gym"],
        "cases": cases(),
        "followers": pairs(),
    }
    _dump(CATALOGUE, told)
    _dump(TICKETS, {"secret": SECRET.hex(), "tickets": tickets()})


def _dump(place: Path, told: Members) -> None:
    place.write_text(json.dumps(told, indent=1, ensure_ascii=True) + "\n", encoding="ascii")


if __name__ == "__main__":
    write()
