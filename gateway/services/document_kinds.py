"""What each kind of signed document is, where it is published, and how it is read.

A kind's ``read`` gives a typed value or refuses; nothing behind it sees raw members. Values are
read once a document changes, in the background, and shared by all requests.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.errors import GatewayError
from gateway.ids import EntityId
from gateway.trust.documents import Document, DocumentType


class UnknownDocumentError(GatewayError):
    """No kind of document has this name."""

    code = "document_unknown"


def any_successor(_stored: object, _offered: object) -> None:
    """Accept whatever a newer document says: the rule of kinds without one of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind of signed document.

    Attributes:
        names: Which stored names are of this kind, matched whole.
        type: Its shell.
        media_type: Exact content type under which it is served and fetched.
        path: Where a city publishes it: name to path below the leaf, with its slash.
        read: Typed value of a document of a name; raises a ``GatewayError`` to refuse it.
        check_successor: Raises a ``GatewayError`` unless the second value may follow the first.
    """

    names: re.Pattern[str]
    type: DocumentType
    media_type: str
    path: Callable[[str], str]
    read: Callable[[str, Document], object]
    check_successor: Callable[[object, object], None] = any_successor

    def url(self, leaf: EntityId, name: str) -> str:
        """Return where a city publishes the document of this name."""
        return leaf + self.path(name)


def kind_of(name: str, kinds: Sequence[DocumentKind]) -> DocumentKind:
    """Return the kind of a name.

    Raises:
        UnknownDocumentError: there is none.
    """
    found = next((kind for kind in kinds if kind.names.fullmatch(name)), None)
    if found is None:
        raise UnknownDocumentError("no kind of document has this name")
    return found
