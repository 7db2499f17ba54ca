"""The register ``keys.json``: which key has which role, since and until when.

Only public facts, in plain text for the operator to read; a seal made with the root secret
shows every change, so nobody without the passphrase can swap two roles or stretch a life.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from gateway.errors import JoseError
from gateway.ids import Timestamp
from gateway.jose import base64url, strict_json
from gateway.jose.keys import PublicKey, parse_jwk
from gateway.jose.members import Members
from gateway.vault import files
from gateway.vault.errors import VaultDamagedError
from gateway.vault.roles import CODE_ROLES, Role
from gateway.vault.root import RootSecret

REGISTER_FILE = "keys.json"

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """What is publicly known of one own key.

    Attributes:
        created: When it was made; for a code key also its publication and its ``nbf``.
        expires_at: First moment at which nothing signed by it counts; None if it has no end.
    """

    role: Role
    public: PublicKey
    created: Timestamp
    expires_at: Timestamp | None

    def to_json(self) -> dict[str, object]:
        """Return the entry as it stands in the file."""
        entry: dict[str, object] = {"role": self.role.value, "created": self.created}
        if self.expires_at is not None:
            entry["expires_at"] = self.expires_at
        return entry | {"jwk": self.public.jwk()}

    @classmethod
    def parse(cls, value: object) -> "KeyEntry":
        """Return the entry; raise ``JoseError`` or ``ValueError`` if it is none."""
        members = Members({"key": value}, REGISTER_FILE).inner("key")
        role = Role(members.text("role"))
        ends = role in CODE_ROLES
        members.only("role", "created", "jwk", *(["expires_at"] if ends else []))
        return cls(
            role=role,
            public=parse_jwk(members.inner("jwk").values),
            created=Timestamp(members.integer("created")),
            expires_at=Timestamp(members.integer("expires_at")) if ends else None,
        )


Register = Mapping[Role, KeyEntry]


def write(entries: Iterable[KeyEntry], root: RootSecret) -> bytes:
    """Return the content of the file, sealed."""
    content: dict[str, object] = {
        "version": _VERSION,
        "keys": [entry.to_json() for entry in entries],
    }
    content["seal"] = _seal(content, root)
    return json.dumps(content, indent=2).encode("ascii") + b"\n"


def read(path: Path, content: bytes, root: RootSecret) -> Register:
    """Return the register in the file's ``content``.

    Raises:
        VaultDamagedError: not of this form, edited, a role missing or twice, or one key in
            two roles.
    """
    try:
        value = strict_json.parse(content, max_bytes=files.MAX_BYTES)
        members = Members(value, REGISTER_FILE)
        members.only("version", "keys", "seal")
        members.integer("version", minimum=_VERSION, maximum=_VERSION)
        seal = members.text("seal")
        items = members.array("keys", max_items=len(Role))
    except JoseError as error:
        raise _damaged(path, "is cut off or of a later version") from error
    unsealed = {name: member for name, member in value.items() if name != "seal"}
    if not hmac.compare_digest(seal.encode(), _seal(unsealed, root).encode()):
        raise _damaged(path, "was edited, or belongs to another vault")
    try:
        entries = [KeyEntry.parse(item) for item in items]
    except (JoseError, ValueError) as error:
        raise _damaged(path, "has an entry that is no key") from error
    if len({entry.public.kid for entry in entries}) != len(entries):
        raise _damaged(path, "has one key in two roles")
    if {entry.role for entry in entries} != set(Role) or len(entries) != len(Role):
        raise _damaged(path, "does not have each role exactly once")
    return MappingProxyType({entry.role: entry for entry in entries})


def _seal(content: Mapping[str, object], root: RootSecret) -> str:
    key = root.derive("register", "seal")
    return base64url.encode(hmac.digest(key, strict_json.encode(content), sha256))


def _damaged(path: Path, problem: str) -> VaultDamagedError:
    return VaultDamagedError(path, problem, "restore it from a backup")
