"""Status lists: building and signing one, and what 20 million entries cost a verification."""

import secrets
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.cities import FOUNDERS, NOW, Home, keyring, many_homes
from benchmarks.codes import verify_text
from benchmarks.figures import Effort, Figure, Pace
from gateway.codes import reading, status_list
from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.status_list import ENTRIES, LIFE_S, TTL_S, StatusList
from gateway.ids import CityId, EntityId, ScenarioId, Timestamp, UnverifiedText
from gateway.services.status_check import check_status
from gateway.trust.documents import STATUS_LIST_TYPE, sign_document
from gateway.trust.statements.life import Life

SHARE: Final = 100
"""One entry in so many is set."""

LISTS: Final = 20
"""20 times 2^20 entries: more than 20 million."""

LEAF: Final = EntityId("https://credit.jinhua.gov.cn")
_KB = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """Lists in memory, as ``StatusView`` holds them."""

    lists: dict[tuple[CityId, str], StatusList]

    def find(self, issuer: CityId, uri: str) -> StatusList | None:
        return self.lists.get((issuer, uri))


def signing(effort: Effort) -> list[Figure]:
    """Return the time to build and sign one list with one entry in a hundred set, and its size."""
    signer = Home(FOUNDERS[3]).keys[0]
    rounds = max(effort.rounds, effort.codes // 20)
    drawn = [_drawn() for _ in range(rounds)]
    tokens = list[str]()
    life = Life(issued_at=NOW, expires_at=Timestamp(NOW + LIFE_S))

    def build(part: range) -> None:
        for place in part:
            packed = status_list.pack(drawn[place])
            payload = status_list.payload(uri=_uri(1), packed=packed)
            tokens.append(
                sign_document(payload, kind=STATUS_LIST_TYPE, issuer=LEAF, life=life, signer=signer)
            )

    pace = Pace(items=rounds, turns=rounds)
    pace.run(effort.rounds, {"build": build})
    return [
        Figure(
            name="status_list_ms",
            what="status list of 2^20 entries, 1 % set: built and signed",
            unit="ms",
            rounds=tuple(micros / _KB for micros in pace.micros("build")),
            target=50,
            at_most=True,
            note=f"from the indexes to the token, {rounds} lists a round",
        ),
        Figure(
            name="status_list_kb",
            what="the same: its token",
            unit="kB",
            rounds=tuple(len(token) / _KB for token in tokens[-rounds:]),
            target=30,
            at_most=True,
            digits=1,
            note="1 kB is 1,000 bytes; gzip on the wire takes another third",
        ),
    ]


def growth(effort: Effort) -> list[Figure]:
    """Return verifying with many partners and lists, against few partners and no list."""
    home = Home(FOUNDERS[3])
    few = keyring(home, *(Home(city) for city in FOUNDERS[:3]))
    many = keyring(home, *many_homes(300, 3))
    claims = [_printed(each) for each in home.claims(effort.codes)]
    texts: list[UnverifiedText] = home.codes(claims)
    held = Held({(home.city, _uri(n)): _list(n) for n in range(1, LISTS + 1)})

    def verify_few(part: range) -> None:
        for place in part:
            verify_text(texts[place], few)

    def verify_many(part: range) -> None:
        for place in part:
            verify_text(texts[place], many)
            check_status(held, claims[place], NOW)

    pace = Pace(effort.codes)
    pace.run(effort.rounds, {"few": verify_few, "many": verify_many})
    return [
        Figure(
            name="status_growth",
            what="code text → claims with 300 partners of 3 keys each and 20 M status "
            "entries, against 4 partners and none",
            unit="x",
            rounds=pace.ratio("many", "few"),
            target=1.1,
            at_most=True,
            digits=3,
            note=f"printed codes, their bits in {LISTS} lists looked up",
        ),
    ]


def _drawn() -> list[int]:
    """Return distinct random indexes, one in a hundred."""
    drawn = set[int]()
    while len(drawn) < ENTRIES // SHARE:
        drawn.add(secrets.randbelow(ENTRIES))
    return list(drawn)


def _uri(number: int) -> str:
    return f"{LEAF}/status/{number}"


def _list(number: int) -> StatusList:
    # Nothing is set, so that every code goes the whole way; the bytes are looked at all the same.
    return StatusList(
        uri=_uri(number),
        issued_at=NOW,
        expires_at=Timestamp(NOW + LIFE_S),
        ttl_s=TTL_S,
        packed=bytes(bytearray(status_list.SIZE_BYTES)),
    )


def _printed(claims: CreditClaims) -> CreditClaims:
    place = StatusReference(
        index=secrets.randbelow(ENTRIES), uri=_uri(1 + secrets.randbelow(LISTS))
    )
    return replace(
        claims,
        tier=None,
        destination=FOUNDERS[0],
        scenario=ScenarioId("lodging.hotel"),
        policy_version="2026.1",
        masked_name="张*",
        status=place,
        expires_at=Timestamp(claims.issued_at + reading.MAX_LIFETIME_S),
    )
