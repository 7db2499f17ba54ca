"""Citizens' sessions: kept by the server, ended by the server.

The browser has 256 random bits; the database has their SHA-256, and the subject sealed with a
key that only those bits give. Alone it names nobody. ``owner`` is a keyed hash of the subject,
so that all sessions of one person can be ended; its key is outside the database.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.ids import Timestamp
from gateway.services.access import token_hash
from gateway.services.errors import UnauthorizedError
from gateway.services.tags import SealError, seal, unseal

LIFE_S: Final = 30 * 24 * 3600
"""A session ends 30 days after sign-in, whatever was done in it."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_RANDOM_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session as it is stored.

    Attributes:
        token_hash: SHA-256 of what the browser has.
        owner: Keyed hash of the subject, 32 bytes.
        sealed_subject: The subject, for the bearer only.
        expires_at: First moment at which it is refused.
    """

    token_hash: bytes
    owner: bytes
    sealed_subject: bytes
    created_at: Timestamp
    expires_at: Timestamp


class SessionRows(Protocol):
    """Keeps sessions."""

    def add(self, row: SessionRow) -> None:
        """Store one; durable on return."""
        ...

    def get(self, token_hash: bytes, now: Timestamp) -> SessionRow | None:
        """Return one that has not expired."""
        ...

    def began(self, owner: bytes, now: Timestamp) -> Sequence[Timestamp]:
        """Return when each living session of a person began, newest first."""
        ...

    def end(self, token_hash: bytes) -> bool:
        """Delete one; return whether it was there."""
        ...

    def end_all(self, owner: bytes) -> int:
        """Delete every session of a person; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenSessions:
    """Starts, recognises and ends sessions.

    Attributes:
        owner_key: 32 bytes, outside the database.
    """

    rows: SessionRows
    owner_key: bytes = field(repr=False)

    def start(self, subject: str, now: Timestamp, *, instead_of: str | None = None) -> str:
        """Return the token of a new session; always a fresh one, against fixation.

        Args:
            subject: Who signed in.
            now: When.
            instead_of: What the browser came with; that session ends, whoever's it was.
        """
        if instead_of is not None:
            self.end(instead_of)
        token = secrets.token_urlsafe(_RANDOM_BYTES)
        self.rows.add(
            SessionRow(
                token_hash=token_hash(token),
                owner=self._owner(subject),
                sealed_subject=seal(_subject_key(token), subject.encode("utf-8")),
                created_at=now,
                expires_at=Timestamp(now + LIFE_S),
            )
        )
        return token

    def authenticate(self, token: str, now: Timestamp) -> str:
        """Return the subject who is signed in.

        Raises:
            UnauthorizedError: it is no session, or its time is over.
        """
        row = self.rows.get(token_hash(token), now) if _TOKEN.fullmatch(token) else None
        if row is None:
            raise UnauthorizedError("no session has this token")
        try:
            return unseal(_subject_key(token), row.sealed_subject).decode("utf-8")
        except SealError as error:
            raise UnauthorizedError("the session's row was changed") from error

    def began(self, subject: str, now: Timestamp) -> Sequence[Timestamp]:
        """Return when each living session of a person began, newest first."""
        return self.rows.began(self._owner(subject), now)

    def end(self, token: str) -> bool:
        """End one session; return whether there was one."""
        return self.rows.end(token_hash(token))

    def end_all(self, subject: str) -> int:
        """End every session of a person, for a lost phone; return how many."""
        return self.rows.end_all(self._owner(subject))

    def _owner(self, subject: str) -> bytes:
        return hmac.digest(self.owner_key, subject.encode("utf-8"), "sha256")


def _subject_key(token: str) -> bytes:
    return hmac.digest(token.encode("ascii"), b"credit-code session subject", "sha256")
