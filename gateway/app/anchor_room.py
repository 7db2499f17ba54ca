"""The offline machine of an anchor: a vault with K1 and K1s, and what it signed last.

Only files go in and out. What is remembered beside the keys (``signed.json``) keeps ``iat`` from
going back and the anchor from speaking for two cities; the copy on another medium may not know
it, so a request brings the gateway's own word as well.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import JoseError, VaultError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import strict_json
from gateway.jose.keys import PublicKey
from gateway.jose.members import Members
from gateway.trust import key_changes as change
from gateway.trust.anchor_files import ANCHOR_STATEMENTS, AnchorAnswer, AnchorKeys, AnchorRequest
from gateway.trust.anchor_signing import Memory, check_request, sign_answer
from gateway.trust.errors import AnchorRequestError
from gateway.trust.statements import read
from gateway.vault import ANCHORS, Role, Vault, files
from gateway.vault.errors import VaultDamagedError

SIGNED_FILE: Final = "signed.json"

_MAX_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRoom:
    """One opened directory of anchor keys."""

    vault: Vault

    @classmethod
    def make(cls, directory: Path, passphrase: bytes, now: Timestamp) -> "AnchorRoom":
        """Make K1 and K1s.

        Raises:
            VaultError: something is there, or the passphrase is weak.
        """
        return cls(vault=Vault.create_anchor(directory, passphrase, now))

    @classmethod
    def open(cls, directory: Path, passphrase: bytes) -> "AnchorRoom":
        """Open the keys; of K1 and K1s, only the one that signs must be here.

        Raises:
            VaultError: by subclass.
        """
        return cls(vault=Vault.open(directory, passphrase, needs=frozenset()))

    def anchors(self) -> tuple[PublicKey, PublicKey]:
        """Return K1 and K1s."""
        return self.vault.public(Role.ANCHOR), self.vault.public(Role.ANCHOR_STANDBY)

    def public_file(self, leaf: EntityId) -> bytes:
        """Return what a new gateway is told of this anchor."""
        return AnchorKeys(leaf=leaf, keys=self.anchors()).encode()

    def check(self, request: AnchorRequest, now: Timestamp) -> Memory | None:
        """Return what was signed here before, if the request may be signed.

        Raises:
            AnchorRequestError: it may not.
            VaultDamagedError: what was signed before cannot be read.
        """
        memory = self._memory()
        check_request(request, self.anchors(), memory, now)
        return memory

    def rotate(self, request: AnchorRequest, now: Timestamp) -> "AnchorRoom":
        """Let K1s take over, and make a new standby; return the room afterwards.

        Raises:
            AnchorRequestError: the gateway does not know K1s, or its own keys lie here.
            VaultError: nothing was changed.
        """
        if self.anchors()[1].kid not in request.anchor_kids:
            raise AnchorRequestError(
                "K1s is not known to the gateway yet: this anchor has rotated already; sign without"
                " --rotate, and import that"
            )
        if any(self._has(role) for role in Role if role not in ANCHORS):
            raise AnchorRequestError("keys of a gateway lie here; rotate on the offline machine")
        vault = self.vault.changed(lambda keys, fresh: change.rotate_anchor(keys, fresh, now))
        return AnchorRoom(vault=vault)

    def sign(self, request: AnchorRequest, now: Timestamp, *, suspend: bool) -> AnchorAnswer:
        """Sign what is asked for, and remember it before it leaves.

        Raises:
            AnchorRequestError, VaultError: nothing was signed.
        """
        memory = self.check(request, now)
        active, standby = self.vault.signer(Role.ANCHOR), self.anchors()[1]
        answer = sign_answer(request, active, standby, memory, now, suspend=suspend)
        issued_at = {role: _issued_at(answer.statements[role]) for role in ANCHOR_STATEMENTS}
        content = {
            "leaf": request.leaf,
            "issued_at": {role.value: at for role, at in issued_at.items()},
            "named": sorted(key.kid for key in request.federation),
            "asked_at": request.made_at,
        }
        files.replace(self.vault.directory / SIGNED_FILE, strict_json.encode(content))
        return answer

    def _has(self, role: Role) -> bool:
        try:
            return self.vault.has_private(role)
        except VaultError:
            return False

    def _memory(self) -> Memory | None:
        path = self.vault.directory / SIGNED_FILE
        try:
            raw = files.read_private(path, max_bytes=_MAX_BYTES)
        except FileNotFoundError:
            return None
        try:
            members = Members(strict_json.parse(raw, max_bytes=_MAX_BYTES), SIGNED_FILE)
            last = members.inner("issued_at")
            return Memory(
                leaf=EntityId(members.text("leaf")),
                issued_at={role: Timestamp(last.integer(role)) for role in ANCHOR_STATEMENTS},
                named=frozenset(map(KeyId, members.texts("named", max_items=16))),
                asked_at=Timestamp(members.integer("asked_at") if members.has("asked_at") else 0),
            )
        except JoseError as error:
            raise VaultDamagedError(
                path, "is not what was written here", "restore it, or remove it if it is lost"
            ) from error


def _issued_at(token: str) -> Timestamp:
    payload = strict_json.parse(read(token).payload, max_bytes=_MAX_BYTES)
    return Timestamp(Members(payload, "statement").integer("iat"))
