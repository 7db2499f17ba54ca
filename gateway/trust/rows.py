"""The two signed halves of a stored partner row: the record and the memory.

Both are JWS under this city's own federation key and name this city, the partner's anchor
its division and the version of the row. Whoever edits a row in the database, moves a half to
another row, puts an older half beside a newer one, or brings a row of another city, breaks
that: the partner fails closed (docs/federation.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.errors import GatewayError
from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.keys import PublicKey, Signer
from gateway.jose.members import Members
from gateway.trust import wording
from gateway.trust.errors import PartnerRowTamperedError, WrongEntityError
from gateway.trust.memory import memory_json, parse_memory
from gateway.trust.record import AgreementRecord, Pins
from gateway.trust.record_json import parse_record, record_json
from gateway.trust.trusted_city import TrustedCity

RECORD_TYP = "partner-record+jwt"
MEMORY_TYP = "partner-memory+jwt"
MAX_ROW_CHARS = 1024 * 1024
"""Three statements of 64 KiB, twice in base64, and 1,024 keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSeal:
    """What rows of this city are checked with.

    Attributes:
        leaf: This city's leaf; rows of another city are not ours.
        keys: Own federation keys that may have signed, from the vault and not from the
            database: K2, and K2next while rows are being signed anew.
    """

    leaf: EntityId
    keys: Sequence[PublicKey]

    def open(
        self, anchor: EntityId, record: str, memory: str, *, version: int
    ) -> tuple[AgreementRecord, TrustedCity]:
        """Return the record and the memory of the partner with this anchor.

        Args:
            anchor: Whose row it is.
            record: One half.
            memory: The other.
            version: Of the row; both halves were sealed for it.

        Raises:
            PartnerRowTamperedError: anything at all is not as this city signed it.
        """
        place = _Place(anchor, version)
        try:
            agreed = self._record(place, record)
            return agreed, parse_memory(self._members(place, memory, agreed.pins), agreed.pins)
        except GatewayError as error:
            raise PartnerRowTamperedError(f"not as signed: {error.code}") from error

    def _record(self, place: "_Place", record: str) -> AgreementRecord:
        members = self._verified(place, record, RECORD_TYP)
        return parse_record(members, place.anchor, _division(members))

    def _members(self, place: "_Place", token: str, pins: Pins) -> Members:
        members = self._verified(place, token, MEMORY_TYP)
        if _division(members) != pins.division:
            raise WrongEntityError("a memory of another city than the record")
        return members

    def _verified(self, place: "_Place", token: str, typ: str) -> Members:
        parts = jws.read(token, typ=typ, max_chars=MAX_ROW_CHARS)
        signer = next((key for key in self.keys if key.kid == parts.kid), None)
        if signer is None:
            raise WrongEntityError("signed by no key of ours")
        payload = jws.verify(parts, signer)
        members = Members(strict_json.parse(payload, max_bytes=MAX_ROW_CHARS), "partner row")
        if members.values.get("iss") != self.leaf or members.values.get("anchor") != place.anchor:
            raise WrongEntityError("a row of another city, or about another partner")
        if members.integer("version") != place.version:
            raise WrongEntityError("a half of another version of the row")
        return members


class _Place(NamedTuple):
    """Where a half belongs."""

    anchor: EntityId
    version: int


def seal_record(
    record: AgreementRecord, *, leaf: EntityId, version: int, signer: Signer, now: Timestamp
) -> str:
    """Return the record as a JWS by the city ``leaf``, signed with its K2.

    Args:
        record: What people decided.
        leaf: This city's leaf.
        version: The version that the row will have once it is stored.
        signer: This city's K2.
        now: The moment of signing.
    """
    head = _head(record.pins, leaf, version, now)
    return jws.sign(strict_json.encode(head | record_json(record)), signer, typ=RECORD_TYP)


def seal_memory(
    city: TrustedCity, *, leaf: EntityId, version: int, signer: Signer, now: Timestamp
) -> str:
    """Return the memory as a JWS by the city ``leaf``; arguments as for ``seal_record``."""
    head = _head(city.pins, leaf, version, now)
    return jws.sign(strict_json.encode(head | memory_json(city)), signer, typ=MEMORY_TYP)


def _head(pins: Pins, leaf: EntityId, version: int, now: Timestamp) -> dict[str, object]:
    head: dict[str, object] = {"iss": leaf, "iat": now, "anchor": pins.anchor, "version": version}
    if pins.division is not None:
        head["division"] = pins.division
    return head


def _division(members: Members) -> CityId | None:
    if not members.has("division"):
        return None
    return CityId(members.text("division", wording.DIVISION))
