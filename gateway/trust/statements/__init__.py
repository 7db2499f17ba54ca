"""The three statements of a city (OpenID Federation 1.0, 3; docs/federation.md).

``AnchorConfiguration`` (K1 about itself), ``SubordinateStatement`` (the anchor about the
leaf), ``LeafConfiguration`` (K2 about the leaf, with the code keys inside). Each has
``parse`` for a payload whose signature was verified, and ``payload`` for signing.
"""

from gateway.trust.statements.anchor import AnchorConfiguration
from gateway.trust.statements.envelope import (
    MAX_STATEMENT_CHARS,
    STATEMENT_TYP,
    fingerprint,
    read,
)
from gateway.trust.statements.leaf import LeafConfiguration
from gateway.trust.statements.life import Life
from gateway.trust.statements.metadata import AnnouncedKey, IssuerMetadata, VerifierMetadata
from gateway.trust.statements.subordinate import SubordinateStatement

__all__ = [
    "MAX_STATEMENT_CHARS",
    "STATEMENT_TYP",
    "AnchorConfiguration",
    "AnnouncedKey",
    "IssuerMetadata",
    "LeafConfiguration",
    "Life",
    "SubordinateStatement",
    "VerifierMetadata",
    "fingerprint",
    "read",
]
