"""Every version of its catalogue that this city published, each sealed with a key of its own.

The city file says what the office wants; the book says what was promised. A row that somebody
changed by hand is not believed, and nothing is entered in its place.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.errors import GatewayError, RefusedError
from gateway.ids import ScenarioId, Timestamp, VenueId
from gateway.jose import strict_json
from gateway.policy.catalogue import Catalogue
from gateway.policy.published import (
    CatalogueChangedError,
    PublishedCatalogue,
    content_of,
    parse_published,
)
from gateway.policy.scenarios import Scenario
from gateway.policy.versions import Versions, in_force_from
from gateway.services.catalogue_ports import CatalogueRow, CatalogueRows

MAX_CONTENT_BYTES = 1024 * 1024


class CatalogueTamperedError(RefusedError):
    """A stored version of the own catalogue is not what this city sealed; it is not used."""

    code = "catalogue_tampered"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueBook:
    """The book of one city.

    Attributes:
        seal_key: 32 bytes, outside the database.
        scenarios: Of the agreement.
    """

    rows: CatalogueRows
    seal_key: bytes = field(repr=False)
    scenarios: Mapping[ScenarioId, Scenario]

    def open(self, row: CatalogueRow) -> PublishedCatalogue | None:
        """Return the version that a row says; None while it is withdrawn.

        Raises:
            CatalogueTamperedError: somebody changed it.
            GatewayError: it cannot be read any more, for example under another agreement.
        """
        if not hmac.compare_digest(row.seal, self._seal(row)):
            raise CatalogueTamperedError("a stored version that this city did not seal")
        if row.in_force_from is None:
            return None
        return parse_published({**_content(row), "valid_from": row.in_force_from}, self.scenarios)

    def enter(self, stated: Catalogue, venues: Mapping[VenueId, str], now: Timestamp) -> None:
        """Publish a version that the office states, unless it is published already.

        Raises:
            CatalogueChangedError: it was published with other content.
            CatalogueTamperedError: its row is not what this city sealed.
        """
        rows = self.rows.all()
        known = next((row for row in rows if row.version == stated.version), None)
        begins = in_force_from(stated.valid_from, now, first=not rows)
        content = content_of(stated, self.scenarios, venues)
        if known is None:
            self._put(
                CatalogueRow(
                    version=stated.version,
                    content=strict_json.encode(content).decode("utf-8"),
                    stated_from=stated.valid_from,
                    in_force_from=begins,
                    published_at=now,
                    seal=b"",
                )
            )
            return
        self.open(known)
        said = json.loads(json.dumps(content["scenarios"]))
        if known.stated_from != stated.valid_from or _content(known)["scenarios"] != said:
            raise CatalogueChangedError("a version that was published says something else now")
        if known.in_force_from is None:
            self._put(replace(known, in_force_from=begins))

    def withdraw(self, stated: frozenset[str], now: Timestamp) -> None:
        """Take back what is not in force yet and is stated no longer."""
        for row in self.rows.all():
            if row.version not in stated and row.in_force_from and now < row.in_force_from:
                self.open(row)
                self._put(replace(row, in_force_from=None))

    def versions(self) -> tuple[Versions, tuple[str, ...]]:
        """Return what counts, and the codes of what does not."""
        published, refused = list[PublishedCatalogue](), list[str]()
        for row in self.rows.all():
            try:
                opened = self.open(row)
            except GatewayError as error:
                refused.append(error.code)
                continue
            if opened is not None:
                published.append(opened)
        return Versions.of(published), tuple(refused)

    def content(self, version: str) -> dict[str, object]:
        """Return what a version says for ever, exactly as it was promised.

        Raises:
            CatalogueTamperedError: it is not in the book as this city sealed it.
        """
        row = next((each for each in self.rows.all() if each.version == version), None)
        if row is None or self.open(row) is None:
            raise CatalogueTamperedError("a version that was there a moment ago")
        return _content(row)

    def _put(self, row: CatalogueRow) -> None:
        sealed = replace(row, seal=self._seal(row))
        # What could not be read back would be promised and never told.
        self.open(sealed)
        self.rows.put(sealed)

    def _seal(self, row: CatalogueRow) -> bytes:
        told = [row.version, row.content, row.stated_from, row.in_force_from, row.published_at]
        return hmac.digest(self.seal_key, json.dumps(told).encode(), "sha256")


def _content(row: CatalogueRow) -> dict[str, object]:
    return strict_json.parse(row.content.encode("utf-8"), max_bytes=MAX_CONTENT_BYTES)
