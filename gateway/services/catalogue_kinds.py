"""The two documents of a catalogue: the version in force, and the one that follows it."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.errors import PolicyError
from gateway.ids import ScenarioId
from gateway.policy.published import CatalogueChangedError, PublishedCatalogue, parse_published
from gateway.policy.scenarios import Scenario
from gateway.services.document_kinds import DocumentKind
from gateway.services.document_ports import CATALOGUE, CATALOGUE_NEXT
from gateway.trust.documents import CATALOGUE_TYPE, Document

MEDIA_TYPE: Final = "application/jwt"
_PATHS: Final = {CATALOGUE: "/federation/catalog", CATALOGUE_NEXT: "/federation/catalog/next"}


class CatalogueNotDueError(PolicyError):
    """A catalogue in force begins after its ``iat``, or the next one does not."""

    code = "catalogue_not_due"


def catalogue_kinds(scenarios: Mapping[ScenarioId, Scenario]) -> tuple[DocumentKind, ...]:
    """Return the kinds of catalogue documents, read with the scenarios of our own agreement."""

    def read(name: str, document: Document) -> PublishedCatalogue:
        published = parse_published(document.members.values, scenarios)
        if (published.valid_from <= document.life.issued_at) is not (name == CATALOGUE):
            raise CatalogueNotDueError("not the version of this place at its iat")
        return published

    rules = {CATALOGUE: _check_later, CATALOGUE_NEXT: _check_same}
    return tuple(
        DocumentKind(
            names=re.compile(name),
            type=CATALOGUE_TYPE,
            media_type=MEDIA_TYPE,
            path=_PATHS.__getitem__,
            read=read,
            check_successor=rule,
        )
        for name, rule in rules.items()
    )


def _check_later(stored: object, offered: object) -> None:
    if isinstance(stored, PublishedCatalogue) and isinstance(offered, PublishedCatalogue):
        stored.check_followed_by(offered)


def _check_same(stored: object, offered: object) -> None:
    """A next version may be withdrawn for another one, sooner or later; it may not change."""
    if not isinstance(stored, PublishedCatalogue) or not isinstance(offered, PublishedCatalogue):
        return
    if stored.version == offered.version and not stored.says_as(offered):
        raise CatalogueChangedError("one version says two things")
