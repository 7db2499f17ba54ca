"""Quota tickets: one use of a quota, which tells nobody whose it is.

For a quota of n the home city has n tickets in a period. The destination sees 128 bits, cannot
tell which of a person's they are, nor that two are of one person, and spends each once
(docs/protocol/verification.md).
"""

import hmac

from gateway.ids import CityId, ScenarioId
from gateway.jose import base64url

TICKET_BYTES = 16


def ticket_of(  # noqa: PLR0913 (a ticket is made of these)
    secret: bytes,
    *,
    subject: str,
    destination: CityId,
    scenario: ScenarioId,
    period: str,
    number: int,
) -> str:
    """Return ``nul``: the first 128 bits of an HMAC-SHA256 as 22 base64url characters.

    Each part stands with its length in four bytes before it, the number in four bytes: no two
    lists of parts are the same bytes.

    Args:
        secret: The home city's, 32 bytes; who has it can tell whose ticket one is.
        subject: As the identity provider names the person.
        destination: Division code of the city where it is spent.
        scenario: The scenario of the code.
        period: Name of the period.
        number: 0 and up, below the quota's count.
    """
    framed = bytearray()
    for part in (subject, destination, scenario, period):
        encoded = part.encode("utf-8")
        framed += len(encoded).to_bytes(4, "big") + encoded
    framed += number.to_bytes(4, "big")
    return base64url.encode(hmac.digest(secret, bytes(framed), "sha256")[:TICKET_BYTES])
