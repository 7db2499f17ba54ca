"""Entity identifiers and the URLs that follow from them.

A city is two entities: the leaf, which issues and verifies, and the anchor, which says who
the leaf is. Every URL that is fetched is derived here, never taken from a document
(docs/federation.md; OpenID Federation 1.0, 1.2 and 9).
"""

import re
from urllib.parse import quote

from gateway.ids import CityId, EntityId
from gateway.trust.errors import EntityIdError

MAX_ENTITY_CHARS = 512
"""Longest entity identifier (ours; the standard names no limit)."""

_PATH = r"(?:/[A-Za-z0-9._~-]+)*"
_ENTITY = re.compile(rf"https://[a-z0-9.-]+(?::[0-9]+)?{_PATH}")
_LOOPBACK = re.compile(rf"http://127\.0\.0\.1:[0-9]+{_PATH}")
_DOT_SEGMENT = re.compile(r"/\.\.?(?:/|$)")

_ANCHOR = "/anchor"
_WELL_KNOWN = "/.well-known/openid-federation"


def parse_entity_id(text: str, *, allow_loopback: bool = False) -> EntityId:
    """Return ``text`` as an entity identifier; they are compared byte for byte.

    Path segments ``.`` and ``..`` are refused although the grammar would let them pass: an
    HTTP client resolves them, and the URL fetched would be another one.

    Args:
        text: What an officer or a document says.
        allow_loopback: Whether ``http://127.0.0.1:<port>`` will do as well (demo only).

    Raises:
        EntityIdError: another form: user information, query, fragment, trailing slash,
            capital letters in the host, or plain http.
    """
    known = _ENTITY.fullmatch(text) or (allow_loopback and _LOOPBACK.fullmatch(text))
    if not known or len(text) > MAX_ENTITY_CHARS or _DOT_SEGMENT.search(text):
        raise EntityIdError("not an https URL of the documented form without trailing slash")
    return EntityId(text)


def is_entity_id(text: str) -> bool:
    """Return whether ``text`` is one, loopback included; for lists that only inform."""
    try:
        parse_entity_id(text, allow_loopback=True)
    except EntityIdError:
        return False
    return True


def anchor_of(leaf: EntityId) -> EntityId:
    """Return the identifier of the anchor above ``leaf``."""
    return EntityId(leaf + _ANCHOR)


def leaf_of(anchor: EntityId) -> EntityId:
    """Return the leaf below ``anchor``.

    Raises:
        EntityIdError: the identifier is not that of an anchor.
    """
    if not anchor.endswith(_ANCHOR):
        raise EntityIdError("an anchor ends in /anchor")
    return EntityId(anchor.removesuffix(_ANCHOR))


def configuration_url(entity: EntityId) -> str:
    """Return where an entity publishes its own configuration."""
    return entity + _WELL_KNOWN


def fetch_endpoint(anchor: EntityId) -> str:
    """Return the endpoint for subordinate statements, as announced in the metadata."""
    return anchor + "/fetch"


def list_endpoint(anchor: EntityId) -> str:
    """Return the endpoint that lists subordinates, as announced in the metadata."""
    return anchor + "/list"


def events_endpoint(leaf: EntityId) -> str:
    """Return where ``leaf`` takes the events of its partners."""
    return leaf + "/federation/events"


def probe_url(leaf: EntityId, destination: CityId) -> str:
    """Return where the city at ``leaf`` shows a code that tries whether another can verify it."""
    return f"{leaf}/federation/probe?aud={destination}"


def subordinate_url(leaf: EntityId) -> str:
    """Return where the anchor of ``leaf`` publishes its statement about ``leaf``."""
    return f"{fetch_endpoint(anchor_of(leaf))}?sub={quote(leaf, safe='')}"
