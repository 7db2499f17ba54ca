"""One entry of the ledger: a small chained part, and details that may be forgotten.

The chained part commits to the details by a salted hash. Details that are deleted when their time
is over leave the chain whole, and without the salt nobody can find out by trying what they were.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import GatewayError
from gateway.ids import Timestamp
from gateway.jose import strict_json

HASH_BYTES: Final = 32
SALT_BYTES: Final = 16
GENESIS: Final = bytes(HASH_BYTES)
"""Stands for the hash of the entry before the first."""

MAX_FACTS: Final = 16
MAX_TEXT_CHARS: Final = 512

_ACT: Final = re.compile(r"[a-z]+(\.[a-z_]+)+")
_FACT: Final = re.compile(r"[a-z][a-z_]{0,31}")
_DETAILS: Final = b"credit-code-ledger-details-1\n"
_ENTRY: Final = b"credit-code-ledger-entry-1\n"


class NoteError(GatewayError):
    """An act cannot be written down as described."""

    code = "ledger_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An act, as whoever performs it describes it.

    Attributes:
        act: What was done, dotted, in the past tense: ``merchant.suspended``.
        actor: Who did it: ``staff:lin``, ``console:root``, ``citizen``, ``city``.
        target: What it was done to, by its id.
        facts: What else must be known to judge it; no person's data.
    """

    act: str
    actor: str
    target: str
    at: Timestamp
    facts: Mapping[str, str | int] = field(default_factory=dict[str, "str | int"])

    def __post_init__(self) -> None:
        """Refuse what could not be read again.

        Raises:
            NoteError: a name out of its form, a text that is too long, too many facts.
        """
        texts = (self.actor, self.target, *(v for v in self.facts.values() if isinstance(v, str)))
        if not _ACT.fullmatch(self.act) or not all(map(_FACT.fullmatch, self.facts)):
            raise NoteError("an act or the name of a fact is malformed")
        if len(self.facts) > MAX_FACTS or any(len(text) > MAX_TEXT_CHARS for text in texts):
            raise NoteError("too many facts, or too long a text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an entry commits to.

    Attributes:
        salt: 16 random bytes, deleted together with the rest.
    """

    salt: bytes = field(repr=False)
    actor: str
    target: str
    facts: Mapping[str, str | int]

    @property
    def commitment(self) -> bytes:
        """SHA-256 over the salt and the details, 32 bytes."""
        members = {"actor": self.actor, "target": self.target, "facts": dict(self.facts)}
        return hashlib.sha256(_DETAILS + self.salt + strict_json.encode(members)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is stored.

    Attributes:
        seq: Position, from 1, without gaps.
        previous: Hash of the entry before, ``GENESIS`` for the first.
        details: None once they were deleted.
    """

    seq: int
    at: Timestamp
    act: str
    commitment: bytes
    previous: bytes
    details: Details | None

    @property
    def hash(self) -> bytes:
        """SHA-256 over everything that is chained, 32 bytes."""
        members: dict[str, object] = {
            "seq": self.seq,
            "at": self.at,
            "act": self.act,
            "commitment": self.commitment.hex(),
            "previous": self.previous.hex(),
        }
        return hashlib.sha256(_ENTRY + strict_json.encode(members)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a ledger ends.

    Attributes:
        seq: Number of entries; 0 is an empty ledger.
        hash: Hash of the last one.
    """

    seq: int = 0
    hash: bytes = GENESIS

    def sealed(self, key: bytes) -> bytes:
        """Return what shows that this city's own process wrote this head (HMAC-SHA256)."""
        return hmac.digest(key, self.seq.to_bytes(8, "big") + self.hash, "sha256")


def written(note: Note, after: Head, salt: bytes) -> Entry:
    """Return the entry of a note that comes next after a head."""
    details = Details(salt=salt, actor=note.actor, target=note.target, facts=note.facts)
    return Entry(
        seq=after.seq + 1,
        at=note.at,
        act=note.act,
        commitment=details.commitment,
        previous=after.hash,
        details=details,
    )
