"""The newest emergency stops, noted in the state directory with every storing.

Whoever can write the database but not this directory cannot lift a stop: every process of this
machine goes by what is noted here if the database says less.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import JoseError, SettingsError, VaultError
from gateway.jose import base64url, strict_json
from gateway.jose.members import Members
from gateway.policy.stops import MAX_BYTES
from gateway.services.stop_ports import StopRow
from gateway.vault.files import alone, read_private, replace

FILE: Final = "stops.json"
_MAX_BYTES: Final = 2 * MAX_BYTES


class NotedStopsError(SettingsError):
    """The file of noted stops cannot be read or written."""

    code = "stops_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStops:
    """``NotedStops`` in one private file, which all processes of this machine share.

    Attributes:
        path: May not exist yet: then nothing was ever stopped.
    """

    path: Path

    def noted(self) -> StopRow | None:
        """Return the newest row that was ever noted.

        Raises:
            NotedStopsError: the file is not one of ours.
        """
        try:
            raw = read_private(self.path, max_bytes=_MAX_BYTES)
            members = Members(strict_json.parse(raw, max_bytes=_MAX_BYTES), "noted stops")
            return StopRow(
                version=members.integer("version"),
                document=base64url.decode(members.text("document", max_chars=_MAX_BYTES)),
                seal=base64url.decode(members.text("seal")),
            )
        except FileNotFoundError:
            return None
        except (JoseError, VaultError, OSError) as error:
            raise NotedStopsError(f"{self.path} cannot be read as it was written") from error

    def note(self, row: StopRow) -> None:
        """Note a row; what is noted of a newer version stays.

        Raises:
            NotedStopsError: the file cannot be written.
        """
        try:
            with alone(self.path.parent):
                known = self._readable()
                if known is None or known.version < row.version:
                    replace(self.path, _spelled(row))
        except OSError as error:
            raise NotedStopsError(f"{self.path} cannot be written") from error

    def _readable(self) -> StopRow | None:
        """Return what is noted; what cannot be read is no reason to note nothing ever again."""
        try:
            return self.noted()
        except NotedStopsError:
            return None


def _spelled(row: StopRow) -> bytes:
    return strict_json.encode(
        {
            "version": row.version,
            "document": base64url.encode(row.document),
            "seal": base64url.encode(row.seal),
        }
    )
