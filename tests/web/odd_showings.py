"""Codes to show, good, odd and broken, and catalogues to judge them by: drawn from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251  (to be drawn again from a seed)
from typing import Any, Final

from gateway.codes import base45, wire
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.grammar import serialise
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp
from gateway.jose import base64url
from gateway.jose.jws import header
from gateway.policy.agreement import Agreement
from gateway.policy.published import PublishedCatalogue, parse_published
from tests.world import (
    ATTRACTION,
    DAY,
    GYM,
    HANGZHOU,
    HOTEL,
    HOUR,
    HUZHOU,
    JIAXING,
    JINHUA,
    NOON,
    RESTAURANT,
    WENZHOU,
    City,
)

IMPOSTOR: Final = City(JINHUA.code)
CITIES: Final = (WENZHOU, JIAXING, HUZHOU, JINHUA, HANGZHOU, IMPOSTOR)
SCENARIOS: Final = (HOTEL, RESTAURANT, GYM, ATTRACTION)
PARTS: Final = tuple(ScenarioId(f"{whole}.{part}") for whole in SCENARIOS for part in ("a", "b"))
LIST: Final = "https://credit.jinhua.example/status/1"
REVOKED: Final = (0, 7, 8, 2**20 - 1)
LIVES: Final = (0, 1, 60, 90, 120, HOUR, HOUR + 1, DAY, 31 * DAY, 31 * DAY + 1)
MOMENTS: Final = (-61, -60, -1, 0, 1, 59, 60, 89, 90, 91, HOUR - 1, HOUR, HOUR + 1)
KINDS: Final[dict[str, Sequence[object]]] = {
    "discount_rate": ("0.80", "0.85", "0.05"),
    "free_admission": (None,),
    "fixed_price": (100, 12_345, 1),
    "deposit_waiver": (None,),
    "pay_later": (1, 30),
    "extra_quota": (2,),
    "extra_duration": (30, 60, 1440),
    "fee_free_minutes": (15, 30),
    "priority_service": (None,),
    "voucher": (None, 500),
    "gift": (None,),
}
CAPPED: Final = ("discount_rate", "deposit_waiver", "pay_later")


@dataclass(frozen=True)
class Odd:
    """Draws everything from one seed, so that a difference can be looked at again."""

    random: Random

    def code(self, pol: Sequence[str]) -> tuple[str, ScenarioId]:
        """Return a text that somebody might show, and a scenario to show it for."""
        if self.random.random() < 0.15:
            printed = self._printed()
            return signed(JINHUA, serialise(printed)), printed.scenario or HOTEL
        city = self.random.choice((*CITIES, WENZHOU, JINHUA))
        claims = self.claims(city.code, pol)
        scenario = claims.scenario or self.random.choice(SCENARIOS)
        text = signed(city, serialise(claims))
        if self.random.random() < 0.65:
            return text, scenario
        change = self.random.choice((self._touched, self._tampered, self._wrapped))
        return change(text), scenario

    def claims(self, issuer: CityId, pol: Sequence[str]) -> CreditClaims:
        pick = self.random.choice
        issued_at = NOON + pick((0, 0, 0, -30, -90, 60, 61, -HOUR))
        life_s = pick((90, 90, 90, *LIVES))
        common: dict[str, Any] = {
            "issuer": issuer,
            "issued_at": Timestamp(issued_at),
            "expires_at": Timestamp(issued_at + life_s),
            "code_id": CodeId(base64url.encode(self.random.randbytes(12))),
        }
        if self.random.random() < 0.4:
            return CreditClaims(**common, tier=Tier(pick((1, 2, 3))))
        printed = life_s > HOUR or self.random.random() < 0.05
        name = pick((None, "张*", "欧阳*", "\U00020000*")) if printed else None
        index = pick((*REVOKED, 1, 9, 2**20, 2**53 - 1))
        uri = pick((LIST, LIST, "https://credit.jinhua.example/status/2"))
        return CreditClaims(
            **common,
            destination=CityId(pick(("330300", "330300", "330300", "330700"))),
            scenario=pick((*SCENARIOS, *PARTS)),
            policy_version=pick(pol),
            ticket=None if printed or self.random.random() < 0.5 else "A" * 22,
            masked_name=name,
            status=StatusReference(index=index, uri=uri) if printed else None,
        )

    def _printed(self) -> CreditClaims:
        """Return claims of a code that has everything but perhaps its status."""
        index = self.random.choice((*REVOKED, 1, 9, 2**20 - 2, 2**20, 2**53 - 1))
        return CreditClaims(
            issuer=JINHUA.code,
            issued_at=Timestamp(NOON - 1),
            expires_at=Timestamp(NOON + DAY),
            code_id=CodeId(base64url.encode(self.random.randbytes(12))),
            destination=WENZHOU.code,
            scenario=self.random.choice(SCENARIOS),
            policy_version="2026.2",
            masked_name="张*",
            status=StatusReference(index=index, uri=LIST),
        )

    def catalogue(self, version: str, valid_from: int) -> dict[str, Any]:
        """Return the payload of a catalogue of the documented form."""
        scenarios = {
            each: {
                "name": {"zh": "场景", "en": "A scenario"},
                "offers": self._offers(each),
            }
            for each in (*SCENARIOS, *PARTS)
            if self.random.random() < 0.6
        }
        return {
            "version": version,
            "valid_from": valid_from,
            "scenarios": scenarios,
            "venues": {},
        }

    def _offers(self, scenario: str) -> list[dict[str, Any]]:
        terms: dict[str, Any] = {"min_tier": self.random.choice((1, 2, 3))}
        if self.random.random() < 0.3:
            terms["quota"] = {"count": 2, "every": 1, "unit": "month"}
        return [self._offer(scenario, dict(terms), number) for number in range(4)]

    def _offer(self, scenario: str, terms: dict[str, Any], number: int) -> dict[str, Any]:
        pick = self.random.choice
        terms["kind"] = pick(tuple(KINDS))
        if (value := pick(KINDS[terms["kind"]])) is not None:
            terms["value"] = value
        if terms["kind"] in CAPPED and pick((True, False)):
            terms["cap"] = pick((100, 5_050, 10_000))
        offer: dict[str, Any] = {
            "id": f"{scenario.replace('.', '-').replace('_', '-')}-{number}",
            "version": pick((1, 2, 9999)),
            "scenario": scenario,
            **terms,
            "resident": {**terms, "source": "made up", "illustrative": True},
            "offline": pick(("grant", "online_only")),
            "valid_from": NOON + pick((-DAY, -DAY, 0, 1)),
            "venues": pick(([], [], [], ["hall"], ["hall", "other"])),
            "exclusions": pick(([], [], [{"zh": "周末除外", "en": "not at weekends"}])),
        }
        if pick((True, False)):
            offer["words"] = {"zh": "某种优惠", "en": "some benefit"}
        if pick((True, False, False)):
            offer["valid_until"] = offer["valid_from"] + pick((1, DAY, DAY + 1, 2 * DAY))
        return offer

    def _touched(self, text: str) -> str:
        at = self.random.randrange(len(text))
        letter = self.random.choice("0AZ $%*+-./:a\n\x00·")
        changed = (
            text[:at] + letter + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + text[at + 1 :],
            text[:at],
        )
        return self.random.choice(changed)

    def _tampered(self, text: str) -> str:
        raw = bytearray(base45.decode(text[4:]))
        at = self.random.choice((0, self.random.randrange(1, 71), self.random.randrange(len(raw))))
        raw[at] ^= 1 << self.random.randrange(8)
        return "CC1:" + base45.encode(bytes(raw))

    def _wrapped(self, text: str) -> str:
        return self.random.choice(
            (
                f" \t\r\n{text}\n",
                f"\u00a0{text}",
                f"{text}\v",
                text.lower(),
                f"CC2:{text[4:]}",
                f"CC12:{text[4:]}",
                f"CC0:{text[4:]}",
                f"HC1:{text[4:]}",
                text + " " * (4096 - len(text)),
                text + " " * (4097 - len(text)),
                "CC2:" + "\U0001f600" * 4092,
                "CC2:" + "\U0001f600" * 4093,
                "",
            )
        )


def signed(city: City, payload: bytes) -> str:
    """Return the wire text of a payload that a city really signed, whatever it says."""
    kid = city.signer.public.kid
    head = base64url.encode(header(kid, wire.TYP))
    message = f"{head}.{base64url.encode(payload)}".encode("ascii")
    hint = base64url.decode(kid[: wire.HINT_CHARS])
    return wire.write(hint=hint, signature=city.signer.sign(message), payload=payload)


def published(payload: dict[str, Any], agreement: Agreement) -> PublishedCatalogue:
    """Return a catalogue as Python reads it."""
    return parse_published(payload, agreement.scenarios)
