"""What own keys are for; docs/federation.md. One key has one role."""

from gateway.trust.key_set import ANCHOR_ROLES
from gateway.trust.key_set import KeyRole as Role

__all__ = ["ANCHORS", "WORKING", "Role"]

ANCHORS = frozenset(ANCHOR_ROLES)
"""What an offline machine needs."""

WORKING = frozenset(Role) - ANCHORS
"""What a gateway needs to start."""
