"""Who stands behind an opaque access token (RFC 6750).

Tokens are 256 random bits; only their SHA-256 is stored. A merchant's token is remembered in
the process for at most 5 seconds, so that a suspension holds everywhere within that time.
A citizen's token is also the key to the subject that is sealed beside its hash: the database
alone names nobody.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

from gateway.ids import MerchantId, Timestamp
from gateway.services.audit import Acting
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.ports import CitizenTokens, Merchant, MerchantDirectory
from gateway.services.remembered import Remembered
from gateway.services.tags import SealError, seal, unseal

MERCHANT_PREFIX: Final = "ccm_"
CITIZEN_PREFIX: Final = "ccc_"

_RANDOM_BYTES = 32
_TOKEN = re.compile(r"cc[mc]_[A-Za-z0-9_-]{43}")


def new_token(prefix: str) -> str:
    """Return a fresh token: a prefix that secret scanners can find, and 256 random bits."""
    return prefix + secrets.token_urlsafe(_RANDOM_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("ascii", "replace")).digest()


class MerchantAccess:
    """Gives out merchants' tokens and recognises their bearers."""

    def __init__(self, directory: MerchantDirectory) -> None:
        self._directory = directory
        self._known = Remembered[Merchant]()

    def issue(self, merchant: MerchantId, acting: Acting) -> str:
        """Return a new token of a merchant; it is not shown or stored anywhere again.

        Raises:
            StorageError: there is no such merchant.
        """
        token = new_token(MERCHANT_PREFIX)
        note = acting.note("merchant.token_issued", merchant)
        self._directory.add_token(merchant, token_hash(token), note)
        return token

    def authenticate(self, token: str) -> Merchant:
        """Return the merchant whose token this is.

        Raises:
            UnauthorizedError: it is nobody's.
            ForbiddenError: the merchant is suspended.
            UnavailableError: the database is gone, and the token is not remembered.
        """
        if not token.startswith(MERCHANT_PREFIX) or not _TOKEN.fullmatch(token):
            raise UnauthorizedError("no merchant has this token")
        merchant = self._lookup(token_hash(token))
        if not merchant.verifies:
            raise ForbiddenError("the merchant may not verify")
        return merchant

    def _lookup(self, digest: bytes) -> Merchant:
        if (known := self._known.get(digest)) is not None:
            return known
        merchant = self._directory.by_token(digest)
        if merchant is None:
            raise UnauthorizedError("no merchant has this token")
        self._known.put(digest, merchant)
        return merchant


class CitizenAccess:
    """Gives out citizens' tokens and recognises their bearers."""

    def __init__(self, tokens: CitizenTokens) -> None:
        self._tokens = tokens

    def issue(self, subject: str, expires_at: Timestamp) -> str:
        """Return a token that speaks for ``subject`` until ``expires_at``."""
        token = new_token(CITIZEN_PREFIX)
        sealed = seal(_subject_key(token), subject.encode("utf-8"))
        self._tokens.add(token_hash(token), sealed, expires_at)
        return token

    def authenticate(self, token: str, now: Timestamp) -> str:
        """Return the subject for whom the bearer speaks.

        Raises:
            UnauthorizedError: the token is nobody's, or its time is over.
        """
        if not token.startswith(CITIZEN_PREFIX) or not _TOKEN.fullmatch(token):
            raise UnauthorizedError("no citizen has this token")
        sealed = self._tokens.by_token(token_hash(token), now)
        if sealed is None:
            raise UnauthorizedError("no citizen has this token")
        try:
            return unseal(_subject_key(token), sealed).decode("utf-8")
        except SealError as error:
            raise UnauthorizedError("the token's row was changed") from error


def _subject_key(token: str) -> bytes:
    return hmac.digest(token.encode("ascii"), b"credit-code subject", "sha256")
