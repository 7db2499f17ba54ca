"""Cases about time: windows of keys and lives of codes, both sides of every edge."""

from dataclasses import replace

from gateway.codes import grammar
from gateway.codes.claims import CreditClaims
from gateway.ids import Timestamp
from tests.codes.builders import GENERAL, LASTING, NOON, PRINTED, QUOTA, SCENARIO
from tests.vectors.cases import (
    LIFE,
    LIFETIME,
    MONTH,
    OUTLIVES,
    STATUS_RULE,
    UNUSABLE,
    Cases,
    Expected,
    accepted,
)
from tests.vectors.signed import DAY, KEYS, PAYLOAD, code


def windows(cases: Cases) -> None:
    good = accepted(PAYLOAD)
    for name, now, expected in (
        ("wenzhou-ending", NOON + 89, good),
        ("wenzhou-ending", NOON + 90, UNUSABLE),
        ("wenzhou-ended", NOON - 1, OUTLIVES),
        ("wenzhou-ended", NOON, UNUSABLE),
        ("wenzhou-starting", NOON, good),
        ("wenzhou-starting", NOON - 1, UNUSABLE),
        ("wenzhou-to-come", NOON, UNUSABLE),
        ("wenzhou-to-come", NOON + 1, good),
    ):
        shown = code(PAYLOAD, KEYS[name])
        case = f"key {name.removeprefix('wenzhou-')}, now = noon {now - NOON:+d} s"
        cases.add("edge", case, shown, expected, keys=(name,), now=now)
    longer = grammar.serialise(replace(GENERAL, expires_at=Timestamp(NOON + 91)))
    ending = KEYS["wenzhou-ending"]
    cases.add(
        "edge",
        "exp a second after its key's",
        code(longer, ending),
        OUTLIVES,
        keys=("wenzhou-ending",),
    )


def lives(cases: Cases) -> None:
    def lasting(claims: CreditClaims, life_s: int) -> bytes:
        return grammar.serialise(replace(claims, expires_at=Timestamp(NOON + life_s)))

    good = accepted(PAYLOAD)
    for name, now, expected in (
        ("iat = now + 60", NOON - 60, good),
        ("iat = now + 61", NOON - 61, LIFE),
        ("exp = now + 1", NOON + 89, good),
        ("exp = now", NOON + 90, LIFE),
        ("exp a day ago", NOON + DAY, LIFE),
    ):
        cases.add("edge", name, code(PAYLOAD), expected, now=now)
    rows: tuple[tuple[str, bytes, Expected | None], ...] = (
        ("exp = iat", lasting(GENERAL, 0), LIFE),
        ("exp = iat + 1", lasting(GENERAL, 1), None),
        ("120 s", lasting(GENERAL, 120), None),
        ("121 s, which binds the issuer only", lasting(GENERAL, 121), None),
        ("3600 s without a status", lasting(SCENARIO, 3600), None),
        ("3601 s without a status", lasting(SCENARIO, 3601), STATUS_RULE),
        ("3601 s general code", lasting(GENERAL, 3601), STATUS_RULE),
        ("3600 s with a status", lasting(LASTING, 3600), STATUS_RULE),
        ("3601 s with a status", lasting(LASTING, 3601), None),
        ("quota code of 3601 s", lasting(QUOTA, 3601), STATUS_RULE),
        ("31 days", lasting(PRINTED, MONTH), None),
        ("31 days and a second", lasting(PRINTED, MONTH + 1), LIFETIME),
    )
    for name, payload, refused in rows:
        most = MONTH + DAY if "second" in name else MONTH
        cases.add("edge", name, code(payload), refused or accepted(payload), code_lifetime_max=most)
    cases.add("edge", "just code_lifetime_max", code(PAYLOAD), good, code_lifetime_max=90)
    cases.add("edge", "a second over", code(PAYLOAD), LIFETIME, code_lifetime_max=89)
