"""What own keys are for; protocol.md, section 0. One key has one role."""

from enum import StrEnum


class Role(StrEnum):
    """The part that a key plays; the value names its file."""

    ANCHOR = "anchor"
    """K1: signs the anchor configuration and the subordinate statement; belongs offline."""

    ANCHOR_STANDBY = "anchor-standby"
    """K1s: takes over from K1; belongs offline, somewhere else."""

    FEDERATION = "federation"
    """K2: signs the leaf configuration, events, lists, partner records."""

    FEDERATION_NEXT = "federation-next"
    """K2next: takes over from K2."""

    CODES = "codes"
    """K3, active: signs credit codes, nothing else."""

    CODES_NEXT = "codes-next"
    """K3, next: published ahead, takes over from the active one."""


ANCHORS = frozenset({Role.ANCHOR, Role.ANCHOR_STANDBY})
"""What an offline machine needs."""

WORKING = frozenset(Role) - ANCHORS
"""What a gateway needs to start."""

CODE_ROLES = (Role.CODES, Role.CODES_NEXT)
"""The keys that have an end; the active one first."""
