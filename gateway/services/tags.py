"""Keyed hashes and seals: what the database may hold of codes, requests and people.

ID numbers and code ids can be guessed or collected, so a plain hash of one hides nothing.
Every tag is an HMAC with a key of its own that is kept outside the database and its backups;
an answer is sealed with a key that only the same request with the same code gives again.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import VaultError
from gateway.ids import CityId, CodeId, MerchantId, ReceiptId, RequestId, ScenarioId

TAG_BYTES = 16
_NONCE_BYTES = 12


class SealError(VaultError):
    """Sealed bytes were made with another key, or changed."""

    code = "seal_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The keys behind every tag of one city, 32 bytes each.

    Attributes:
        code: For codes that were shown.
        request: For request ids of merchants.
        answer: For sealing the answer to a request.
        subject: For pseudonyms of citizens.
        ticket: For quota tickets that were spent here.
    """

    code: bytes = field(repr=False)
    request: bytes = field(repr=False)
    answer: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    ticket: bytes = field(repr=False)
    _keyed: Mapping[bytes, hmac.HMAC] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Copied for each tag: cheaper than a new one, and unlike ``hmac.digest`` it keeps the
        # interpreter, which under load takes a turn of all other threads to get back.
        keys = {self.code, self.request, self.answer, self.subject, self.ticket}
        keyed = {key: hmac.new(key, digestmod="sha256") for key in keys}
        object.__setattr__(self, "_keyed", keyed)

    def code_tag(self, issuer: CityId, code_id: CodeId) -> bytes:
        """Return 16 bytes that name one verified code; for its text or signature there are none."""
        return self._tag(self.code, issuer, code_id)[:TAG_BYTES]

    def request_tag(self, merchant: MerchantId, request: RequestId) -> bytes:
        """Return 16 bytes that name one request of one merchant."""
        return self._tag(self.request, merchant, request)[:TAG_BYTES]

    def subject_pseudonym(self, subject: str) -> bytes:
        """Return 32 bytes that stand for one citizen in the issuing records."""
        return self._tag(self.subject, subject)

    def answer_key(self, request_tag: bytes, code_tag: bytes) -> bytes:
        """Return the key that seals the answer to this request with this code."""
        return self._tag(self.answer, request_tag.hex(), code_tag.hex())

    def ticket_tag(self, issuer: CityId, scenario: ScenarioId, ticket: str) -> bytes:
        """Return 16 bytes that name one quota ticket of a city."""
        return self._tag(self.ticket, "spent", issuer, scenario, ticket)[:TAG_BYTES]

    def held_key(self, receipt: ReceiptId) -> bytes:
        """Return the key that seals the ticket behind a receipt, for a void."""
        return self._tag(self.ticket, "held", receipt)

    def _tag(self, key: bytes, *parts: str) -> bytes:
        """Return HMAC-SHA256 over the parts, each with its length before it."""
        tag = self._keyed[key].copy()
        for part in parts:
            encoded = part.encode("utf-8")
            tag.update(len(encoded).to_bytes(4, "big") + encoded)
        return tag.digest()


def seal(key: bytes, plain: bytes) -> bytes:
    """Return ``plain`` encrypted and authenticated (AES-256-GCM, random nonce in front)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Return what was sealed with ``key``.

    Raises:
        SealError: another key, or not one bit as it was.
    """
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise SealError("sealed bytes cannot be opened") from error
