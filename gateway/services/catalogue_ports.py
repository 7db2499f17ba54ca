"""What publishing a catalogue needs of durable storage; see ``ports`` for what they promise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.ids import Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """One version that this city published, as stored.

    Attributes:
        content: JSON of what it says for ever.
        stated_from: When the office meant it to come into force.
        in_force_from: When it does; None while it is withdrawn.
        published_at: First publication.
        seal: Over all of it, with a key outside the database.
    """

    version: str
    content: str
    stated_from: Timestamp
    in_force_from: Timestamp | None
    published_at: Timestamp
    seal: bytes = field(repr=False)


class CatalogueRows(Protocol):
    """Keeps every version that was ever published."""

    def all(self) -> tuple[CatalogueRow, ...]:
        """Return them by version; one that cannot be read comes with no content."""
        ...

    def seals(self) -> Mapping[str, bytes]:
        """Return the seal of each version: one cheap read, which tells whether one changed."""
        ...

    def put(self, row: CatalogueRow) -> None:
        """Store one in place of the row of its version, and raise the trust revision."""
        ...
