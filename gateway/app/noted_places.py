"""How many places in status lists were given out, noted in the state directory with every sheet.

A database that was restored from a backup would give them out again, and one revocation would
then hit two codes. It goes on from what is noted here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import JoseError, SettingsError, VaultError
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.vault.files import alone, read_private, replace

FILE: Final = "status-places.json"
_MAX_BYTES: Final = 256


class NotedPlacesError(SettingsError):
    """The file of noted places cannot be read or written; no printed code is given out."""

    code = "status_places_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlaces:
    """``NotedPlaces`` in one private file, which all processes of this machine share.

    Attributes:
        path: May not exist yet: then no place was given out here.
    """

    path: Path

    def noted(self) -> int:
        """Return the most that was ever noted.

        Raises:
            NotedPlacesError: the file is not one of ours.
        """
        try:
            raw = read_private(self.path, max_bytes=_MAX_BYTES)
            return Members(strict_json.parse(raw, max_bytes=_MAX_BYTES), "places").integer("taken")
        except FileNotFoundError:
            return 0
        except (JoseError, VaultError, OSError) as error:
            raise NotedPlacesError(f"{self.path} cannot be read as it was written") from error

    def note(self, taken: int) -> None:
        """Note a number; a larger one that is noted stays.

        Raises:
            NotedPlacesError: the file cannot be read or written.
        """
        try:
            # The other processes of this machine wait: none may note less than another.
            with alone(self.path.parent):
                if self.noted() < taken:
                    replace(self.path, strict_json.encode({"taken": taken}))
        except OSError as error:
            raise NotedPlacesError(f"{self.path} cannot be written") from error
