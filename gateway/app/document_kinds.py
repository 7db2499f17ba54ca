"""The kinds of signed documents that this version publishes and fetches."""

from typing import Final

from gateway.policy.agreement import Agreement
from gateway.services.bundle import BUNDLES
from gateway.services.catalogue_kinds import catalogue_kinds
from gateway.services.document_kinds import DocumentKind
from gateway.services.status_kind import STATUS_LISTS

KINDS: Final[tuple[DocumentKind, ...]] = (STATUS_LISTS, BUNDLES)
"""Those that are the same in every city; the first whose names match is asked."""


def kinds_of(agreement: Agreement) -> tuple[DocumentKind, ...]:
    """Return every kind, as a city of this agreement reads it."""
    return (*catalogue_kinds(agreement.scenarios), *KINDS)
