"""Status lists as signed documents: their names, where they are published, how they are read."""

import re
from typing import Final

from gateway.codes import status_list
from gateway.codes.status_list import StatusList
from gateway.ids import EntityId
from gateway.services.document_kinds import DocumentKind
from gateway.services.status_indexes import uri_of
from gateway.trust.documents import STATUS_LIST_TYPE, Document

LISTING: Final = "status"
"""Name under which it is remembered how asking a partner for its listing went; never signed."""

_PREFIX: Final = "status-"


def name_of(number: int) -> str:
    """Return the name of a list as a document."""
    return f"{_PREFIX}{number}"


def number_of(name: str) -> int | None:
    """Return the number of a list by its name; None for any other document."""
    return int(name.removeprefix(_PREFIX)) if STATUS_LISTS.names.fullmatch(name) else None


def listing_url(leaf: EntityId) -> str:
    """Return where a city says which lists it has."""
    return f"{leaf}/status"


def _read(name: str, document: Document) -> StatusList:
    uri = uri_of(document.issuer, int(name.removeprefix(_PREFIX)))
    return status_list.parse(document.members.values, uri=uri)


STATUS_LISTS: Final = DocumentKind(
    names=re.compile(r"status-[1-9][0-9]{0,3}"),
    type=STATUS_LIST_TYPE,
    media_type="application/statuslist+jwt",
    path=lambda name: f"/status/{name.removeprefix(_PREFIX)}",
    read=_read,
)
