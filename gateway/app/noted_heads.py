"""Heads of the ledger, noted in the state directory after each good check.

Whoever can write the database but not this directory cannot cut the ledger unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import JoseError, SettingsError
from gateway.ids import Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.ledger.entries import HASH_BYTES, Head
from gateway.vault.files import read_private, replace

FILE: Final = "ledger-heads.json"
MAX_HEADS: Final = 64
_MAX_BYTES: Final = 64 * 1024


class NotedHeadsError(SettingsError):
    """The file of noted heads cannot be read; nothing was compared with it."""

    code = "ledger_heads_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeads:
    """``NotedHeads`` in one private file; the oldest and the newest are kept.

    Attributes:
        path: May not exist yet.
    """

    path: Path

    def noted(self) -> Sequence[Head]:
        """Return the noted heads, oldest first.

        Raises:
            NotedHeadsError: the file is not one of ours.
        """
        try:
            raw = read_private(self.path)
        except FileNotFoundError:
            return ()
        try:
            members = Members(strict_json.parse(raw, max_bytes=_MAX_BYTES), "noted heads")
            return tuple(_head(seq, members.text(seq)) for seq in members.values)
        except (JoseError, ValueError) as error:
            raise NotedHeadsError(f"{self.path} is not as it was written") from error

    def note(self, head: Head, now: Timestamp) -> None:
        """Note one more."""
        del now
        known = {each.seq: each for each in self.noted()} | {head.seq: head}
        kept = [known[seq] for seq in sorted(known)]
        if len(kept) > MAX_HEADS:
            kept = [kept[0], *kept[-MAX_HEADS + 1 :]]
        replace(self.path, strict_json.encode({str(each.seq): each.hash.hex() for each in kept}))


def _head(seq: str, spelled: str) -> Head:
    digest = bytes.fromhex(spelled)
    if len(digest) != HASH_BYTES:
        raise ValueError("a hash is 32 bytes")
    return Head(seq=int(seq), hash=digest)
