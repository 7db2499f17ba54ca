"""Citizens' sessions: kept by the server, ended by the server.

The browser has 256 random bits; the database has their SHA-256, and who signed in sealed with a
key that only those bits give. Alone it names nobody. ``owner`` is a keyed hash of the subject,
so that all sessions of one person can be ended; its key is outside the database.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.errors import JoseError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.access import token_hash
from gateway.services.errors import UnauthorizedError
from gateway.services.identity import Identity
from gateway.services.tags import SealError, seal, unseal

LIFE_S: Final = 30 * 24 * 3600
"""A session ends 30 days after sign-in, whatever was done in it."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_RANDOM_BYTES: Final = 32
_MAX_SEALED_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session as it is stored.

    Attributes:
        token_hash: SHA-256 of what the browser has.
        owner: Keyed hash of the subject, 32 bytes.
        sealed_subject: Who signed in, for the bearer only.
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

    def living(self, owner: bytes, now: Timestamp) -> Sequence[SessionRow]:
        """Return the living sessions of a person, newest first."""
        ...

    def end(self, token_hash: bytes) -> bool:
        """Delete one; return whether it was there."""
        ...

    def end_all(self, owner: bytes, but: bytes | None = None) -> int:
        """Delete every session of a person but the one of a hash; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingSession:
    """One session as its citizen sees it; on which phone it is, nobody stored.

    Attributes:
        here: Whether it is that of the browser that asks.
    """

    began_at: Timestamp
    ends_at: Timestamp
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenSessions:
    """Starts, recognises and ends sessions.

    Attributes:
        owner_key: 32 bytes, outside the database.
    """

    rows: SessionRows
    owner_key: bytes = field(repr=False)

    def start(self, person: Identity, now: Timestamp, *, instead_of: str | None = None) -> str:
        """Return the token of a new session; always a fresh one, against fixation.

        Args:
            person: Who signed in.
            now: When.
            instead_of: What the browser came with; that session ends, whoever's it was.
        """
        if instead_of is not None:
            self.end(instead_of)
        token = secrets.token_urlsafe(_RANDOM_BYTES)
        self.rows.add(
            SessionRow(
                token_hash=token_hash(token),
                owner=self.owner(person.subject),
                sealed_subject=seal(_identity_key(token), _encoded(person)),
                created_at=now,
                expires_at=Timestamp(now + LIFE_S),
            )
        )
        return token

    def authenticate(self, token: str, now: Timestamp) -> Identity:
        """Return who is signed in.

        Raises:
            UnauthorizedError: it is no session, or its time is over.
        """
        row = self.rows.get(token_hash(token), now) if _TOKEN.fullmatch(token) else None
        if row is None:
            raise UnauthorizedError("no session has this token")
        try:
            person = _decoded(unseal(_identity_key(token), row.sealed_subject))
        except (SealError, JoseError) as error:
            raise UnauthorizedError("the session's row was changed") from error
        # Who can only write to the database seals any name, but cannot make its owner's tag.
        if not hmac.compare_digest(self.owner(person.subject), row.owner):
            raise UnauthorizedError("the session is not its owner's")
        return person

    def living(self, subject: str, token: str, now: Timestamp) -> Sequence[LivingSession]:
        """Return the living sessions of a person, that of ``token`` first, then the newest."""
        mine = token_hash(token)
        found = [
            LivingSession(
                began_at=row.created_at, ends_at=row.expires_at, here=row.token_hash == mine
            )
            for row in self.rows.living(self.owner(subject), now)
        ]
        return sorted(found, key=lambda each: not each.here)

    def end(self, token: str) -> bool:
        """End one session; return whether there was one."""
        return self.rows.end(token_hash(token))

    def end_all(self, subject: str) -> int:
        """End every session of a person, for a lost phone; return how many."""
        return self.rows.end_all(self.owner(subject))

    def end_others(self, subject: str, token: str) -> int:
        """End every session of a person but that of ``token``; return how many."""
        return self.rows.end_all(self.owner(subject), token_hash(token))

    def owner(self, subject: str) -> bytes:
        """Return what stands for the citizen in sessions, 32 bytes."""
        return hmac.digest(self.owner_key, subject.encode("utf-8"), "sha256")


def _identity_key(token: str) -> bytes:
    return hmac.digest(token.encode("ascii"), b"credit-code session identity", "sha256")


def _encoded(person: Identity) -> bytes:
    said: dict[str, object] = {"subject": person.subject}
    if person.holder is not None:
        said["holder"] = person.holder
    if person.proved_at is not None:
        said["proved_at"] = person.proved_at
    return strict_json.encode(said)


def _decoded(plain: bytes) -> Identity:
    read = Members(strict_json.parse(plain, max_bytes=_MAX_SEALED_BYTES), "session")
    return Identity(
        subject=read.text("subject"),
        holder=read.text("holder") if read.has("holder") else None,
        proved_at=Timestamp(read.integer("proved_at")) if read.has("proved_at") else None,
    )
