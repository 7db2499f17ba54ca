"""How long statements live, and when one counts (docs/federation.md)."""

from dataclasses import dataclass

from gateway.ids import Timestamp
from gateway.jose.members import Members
from gateway.trust.errors import ExpiredError, FromFutureError, LifeTooLongError

LEEWAY_S = 60
"""How far ahead a signer's clock may be; for ``iat`` only."""

LEAF_LIFE_S = 24 * 3600
ANCHOR_LIFE_S = 90 * 24 * 3600
"""Longest life of an anchor configuration and of a subordinate statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """From when and until when a statement counts.

    Attributes:
        issued_at: ``iat``; also the order of the statements of one role.
        expires_at: ``exp``: first moment at which the statement no longer counts.
    """

    issued_at: Timestamp
    expires_at: Timestamp

    @classmethod
    def read(cls, members: Members, *, longest_s: int) -> "Life":
        """Return the life that a statement claims.

        Raises:
            LifeTooLongError: more than ``longest_s`` from ``iat`` to ``exp``.
            MembersError: ``iat`` or ``exp`` is no integer.
        """
        issued_at, expires_at = members.integer("iat"), members.integer("exp")
        if expires_at - issued_at > longest_s:
            raise LifeTooLongError(f"a life of more than {longest_s} s")
        return cls(issued_at=Timestamp(issued_at), expires_at=Timestamp(expires_at))

    def check(self, now: Timestamp) -> None:
        """Raise unless ``iat`` is at most 60 s ahead and ``exp`` is not reached."""
        if self.issued_at > now + LEEWAY_S:
            raise FromFutureError("issued in the future")
        if now >= self.expires_at:
            raise ExpiredError("expired")

    def holds(self, now: Timestamp) -> bool:
        """Return whether ``now`` lies before the end."""
        return now < self.expires_at
