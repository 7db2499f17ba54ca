"""The newest row of each partner, noted in the state directory with every storing.

Whoever can write the database but not this directory cannot put an older row back unseen: every
process of this machine compares what is stored with what is noted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import JoseError, SettingsError, VaultError
from gateway.ids import EntityId
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.trust_ports import RowMark
from gateway.vault.files import alone, read_private, replace

FILE: Final = "partner-rows.json"
_MAX_BYTES: Final = 1024 * 1024
"""1,024 partners with anchors of 512 characters take half of it."""

_DIGEST_BYTES: Final = 32


class NotedRowsError(SettingsError):
    """The file of noted partner rows cannot be read or written."""

    code = "partner_rows_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRows:
    """``NotedRows`` in one private file, which all processes of this machine share.

    Attributes:
        path: May not exist yet: then nothing was noted.
    """

    path: Path

    def noted(self) -> Mapping[EntityId, RowMark]:
        """Return the newest row that was ever noted, by partner.

        Raises:
            NotedRowsError: the file is not one of ours.
        """
        try:
            raw = read_private(self.path, max_bytes=_MAX_BYTES)
            members = Members(strict_json.parse(raw, max_bytes=_MAX_BYTES), "noted rows")
            return {EntityId(name): _mark(members.text(name)) for name in members.values}
        except FileNotFoundError:
            return {}
        except (JoseError, VaultError, ValueError, OSError) as error:
            raise NotedRowsError(f"{self.path} cannot be read as it was written") from error

    def note(self, rows: Mapping[EntityId, RowMark]) -> None:
        """Note rows; what is noted of a newer version stays.

        Raises:
            NotedRowsError: the file cannot be read or written.
        """
        try:
            with alone(self.path.parent):
                self._write(rows)
        except OSError as error:
            raise NotedRowsError(f"{self.path} cannot be written") from error

    def _write(self, rows: Mapping[EntityId, RowMark]) -> None:
        known = dict(self.noted())
        for anchor, mark in rows.items():
            if anchor not in known or known[anchor].version < mark.version:
                known[anchor] = mark
        spelled = {name: f"{known[name].version}:{known[name].digest.hex()}" for name in known}
        replace(self.path, strict_json.encode(dict(sorted(spelled.items()))))


def _mark(spelled: str) -> RowMark:
    version, _, digest = spelled.partition(":")
    mark = RowMark(version=int(version), digest=bytes.fromhex(digest))
    if len(mark.digest) != _DIGEST_BYTES:
        raise ValueError("a digest is 32 bytes")
    return mark
