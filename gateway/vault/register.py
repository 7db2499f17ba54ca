"""The register ``keys.json``: which key has which role, since and until when, and which are gone.

Only public facts, in plain text for the operator to read; a seal made with the root secret
shows every change, so nobody without the passphrase can swap two roles or stretch a life. Version
2 keeps old and removed keys as well, and acts that the ledger has not been told of yet; version 1
is read, and becomes version 2 with the first change.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from gateway.errors import JoseError, TrustError
from gateway.ids import KeyId, Timestamp
from gateway.jose import base64url, strict_json
from gateway.jose.keys import parse_jwk
from gateway.jose.members import Members
from gateway.ledger.entries import Note, NoteError
from gateway.trust.history import MAX_KEYS_EVER
from gateway.trust.key_set import (
    ANCHOR_ROLES,
    CODE_ROLES,
    MAX_ANNOUNCED,
    GoneKey,
    KeyKind,
    KeyRole,
    KeySet,
    OldKey,
    OwnKey,
    Why,
)
from gateway.vault.errors import VaultDamagedError, VaultUnreadableError
from gateway.vault.root import RootSecret

REGISTER_FILE = "keys.json"

MAX_BYTES = 512 * 1024
"""1,024 keys that are gone, and what is around them."""

MAX_PENDING = 64

_VERSIONS = 1, 2
_ARRAYS = {1: (), 2: ("old", "gone", "pending")}
_KEY = ("created", "published_at", "active_since", "expires_at", "jwk")
_MEMBERS = {1: ("created", "expires_at", "jwk"), 2: _KEY}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What the file says.

    Attributes:
        keys: Own keys, past and present.
        pending: Acts on them whose consequences are not all drawn: the ledger has no entry
            of them, and what follows in the database may be missing.
    """

    keys: KeySet
    pending: tuple[Note, ...] = ()


def write(register: Register, root: RootSecret) -> bytes:
    """Return the content of the file, sealed, and read back before anybody stores it.

    Raises:
        VaultUnreadableError: nobody could open the vault again.
    """
    try:
        content = _written(register, root)
        read(Path(REGISTER_FILE), content, root)
    except (VaultDamagedError, UnicodeEncodeError) as error:
        raise VaultUnreadableError(
            Path(REGISTER_FILE),
            "could not be read again after this change, so nothing was changed",
            "credit-gateway keys list shows what is owed; let that be settled first",
        ) from error
    return content


def _written(register: Register, root: RootSecret) -> bytes:
    content: dict[str, object] = {
        "version": _VERSIONS[-1],
        "keys": [{"role": role.value} | _key_json(key) for role, key in register.keys.keys.items()],
        "old": [_old_json(old) for old in register.keys.old],
        "gone": [
            {"kid": gone.kid, "kind": gone.kind.value, "at": gone.at, "why": gone.why.value}
            for gone in register.keys.gone
        ],
        "pending": [_note_json(note) for note in register.pending],
    }
    content["seal"] = _seal(content, root)
    return json.dumps(content, indent=1).encode("ascii") + b"\n"


def read(path: Path, content: bytes, root: RootSecret) -> Register:
    """Return the register in the file's ``content``.

    Raises:
        VaultDamagedError: not of this form, edited, a role missing or twice, one key in two
            roles, or a removed key that is back.
    """
    try:
        value = strict_json.parse(content, max_bytes=MAX_BYTES)
        members = Members(value, REGISTER_FILE)
        version = members.integer("version", minimum=_VERSIONS[0], maximum=_VERSIONS[-1])
        members.only("version", "keys", "seal", *_ARRAYS[version])
        seal = members.text("seal")
    except JoseError as error:
        raise _damaged(path, "is cut off or of a later version") from error
    unsealed = {name: member for name, member in value.items() if name != "seal"}
    if not hmac.compare_digest(seal.encode(), _seal(unsealed, root).encode()):
        raise _damaged(path, "was edited, or belongs to another vault")
    try:
        return _Reader(members, version).register()
    except TrustError as error:
        raise _damaged(path, f"has {error}") from error
    except (JoseError, ValueError, NoteError) as error:
        raise _damaged(path, "has an entry that is no key") from error
    except _RolesError as error:
        raise _damaged(path, "does not have each role exactly once") from error


class _RolesError(Exception):
    """Roles are missing, or there twice."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a register whose seal is right; raises ``JoseError`` or ``ValueError``."""

    members: Members
    version: int

    def register(self) -> Register:
        pairs = self._each("keys", len(KeyRole), self._role)
        keys = dict(pairs)
        if len(keys) != len(pairs) or tuple(keys) not in {tuple(KeyRole), ANCHOR_ROLES}:
            raise _RolesError
        old = self._each("old", MAX_ANNOUNCED * len(KeyKind), self._old)
        gone = self._each("gone", MAX_KEYS_EVER, _gone)
        pending = self._each("pending", MAX_PENDING, _note)
        return Register(keys=KeySet(keys=keys, old=old, gone=gone), pending=pending)

    def _each(self, name: str, max_items: int, parse: Callable[[Members], _T]) -> tuple[_T, ...]:
        if name not in ("keys", *_ARRAYS[self.version]):
            return ()
        items = self.members.array(name, max_items=max_items)
        return tuple(parse(Members({name: item}, REGISTER_FILE).inner(name)) for item in items)

    def _role(self, entry: Members) -> tuple[KeyRole, OwnKey]:
        entry.only("role", *_MEMBERS[self.version])
        role = KeyRole(entry.text("role"))
        if entry.has("expires_at") is not (role in CODE_ROLES):
            raise ValueError("a code key has an end, and no other")
        key = self._key(entry)
        if self.version > 1:
            return role, key
        # Version 1 published a key when it made it, and never let another one take over.
        began = key.created if role in {KeyRole.CODES, KeyRole.FEDERATION} else None
        told = key.created if role in CODE_ROLES else None
        return role, OwnKey(
            public=key.public,
            created=key.created,
            published_at=told,
            active_since=began,
            expires_at=key.expires_at,
        )

    def _old(self, entry: Members) -> OldKey:
        entry.only("kind", "until", "leaving", *_KEY)
        return OldKey(
            kind=KeyKind(entry.text("kind")),
            key=self._key(entry),
            until=_moment(entry, "until"),
            leaving=Why(entry.text("leaving")) if entry.has("leaving") else None,
        )

    @staticmethod
    def _key(entry: Members) -> OwnKey:
        return OwnKey(
            public=parse_jwk(entry.inner("jwk").values),
            created=Timestamp(entry.integer("created")),
            published_at=_moment(entry, "published_at"),
            active_since=_moment(entry, "active_since"),
            expires_at=_moment(entry, "expires_at"),
        )


def _key_json(key: OwnKey) -> dict[str, object]:
    times: dict[str, object] = {
        "created": key.created,
        "published_at": key.published_at,
        "active_since": key.active_since,
        "expires_at": key.expires_at,
    }
    return {name: at for name, at in times.items() if at is not None} | {"jwk": key.public.jwk()}


def _old_json(old: OldKey) -> dict[str, object]:
    until = {} if old.until is None else {"until": old.until}
    leaving = {} if old.leaving is None else {"leaving": old.leaving.value}
    return {"kind": old.kind.value} | until | leaving | _key_json(old.key)


def _gone(entry: Members) -> GoneKey:
    entry.only("kid", "kind", "at", "why")
    return GoneKey(
        kid=KeyId(entry.text("kid")),
        kind=KeyKind(entry.text("kind")),
        at=Timestamp(entry.integer("at")),
        why=Why(entry.text("why")),
    )


def _note_json(note: Note) -> dict[str, object]:
    members: dict[str, object] = {"act": note.act, "actor": note.actor, "target": note.target}
    return members | {"at": note.at, "facts": dict(note.facts)}


def _note(entry: Members) -> Note:
    entry.only("act", "actor", "target", "at", "facts")
    facts = entry.inner("facts")
    return Note(
        act=entry.text("act"),
        actor=entry.text("actor"),
        target=entry.text("target"),
        at=Timestamp(entry.integer("at")),
        facts={name: _fact(facts, name) for name in facts.values},
    )


def _fact(facts: Members, name: str) -> str | int:
    # An empty text is one; how long it may be is asked by the note.
    value = facts.values[name]
    return value if isinstance(value, str) else facts.integer(name)


def _moment(entry: Members, name: str) -> Timestamp | None:
    return Timestamp(entry.integer(name)) if entry.has(name) else None


def _seal(content: Mapping[str, object], root: RootSecret) -> str:
    key = root.derive("register", "seal")
    return base64url.encode(hmac.digest(key, strict_json.encode(content), sha256))


def _damaged(path: Path, problem: str) -> VaultDamagedError:
    return VaultDamagedError(path, problem, "restore it from a backup")
