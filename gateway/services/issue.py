"""Issue a live code to a citizen (docs/protocol/codes.md).

What the city says of the person comes from ``standing``. The day row is durable before a signature
leaves; neither the code id nor any destination is kept. What a code for one scenario of one city
says stands in ``issue_scenario``.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gateway.clock import china_day
from gateway.codes.claims import CreditClaims
from gateway.ids import CityId, CodeId, Timestamp
from gateway.jose import base64url
from gateway.policy.stops import NOTHING_STOPPED
from gateway.services.errors import IssuingStoppedError
from gateway.services.own_keys import IssuingKey
from gateway.services.ports import IssuanceLog
from gateway.services.signed_codes import TrustSource
from gateway.services.standing import Standing, Standings
from gateway.services.stop_ports import Stops
from gateway.services.tags import Tags

_DAY_S = 24 * 3600
_CODE_ID_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCode:
    """A code to be shown at once.

    Attributes:
        text: Wire text for the QR.
        expires_at: First moment at which it is refused.
        refresh_at: When the page should ask for the next one.
        as_of: Day of the assessment behind it, if it is an earlier one because the source
            cannot be asked now; else None.
    """

    text: str
    expires_at: Timestamp
    refresh_at: Timestamp
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoIncentive:
    """There is no incentive for this person at the moment; this touches nothing else.

    Said of a person below the first edge, without an assessment, and with one that is too
    old, all alike (ADR 0060).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A code about to be made: the city may sign, and this is its life."""

    key: IssuingKey
    now: Timestamp
    expires_at: Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCode:
    """The use case, with everything that it asks.

    Attributes:
        key: Gives the code key that signs now; it is asked once for each code.
        live_s: Life of a live code, at most 120 s.
        refresh_s: Age at which a page asks for the next one.
        standings: What the city says of a person.
        stops: Whether an officer stopped issuing.
    """

    city: CityId
    key: Callable[[], IssuingKey]
    trust: TrustSource
    standings: Standings
    log: IssuanceLog
    tags: Tags
    live_s: int
    refresh_s: int
    stops: Stops = NOTHING_STOPPED

    def general(self, subject: str, now: Timestamp) -> LiveCode | NoIncentive:
        """Return a live general code, or that there is none for this person.

        Raises:
            IssuingStoppedError: an officer stopped it, own key or statements are not in force,
                or the clock is doubtful.
            UnavailableError: the day row could not be stored.
            GatewayError: as ``Standings.of``.
        """
        start = self.begin(now)
        # (2) What does the city say of this person today, in common tiers?
        standing = self.standing(subject, now)
        return NoIncentive() if standing is None else self.give(subject, standing, start)

    def begin(self, now: Timestamp, *, life_s: int | None = None) -> Start:
        """Return the key to sign with, and when the code ends (step 1).

        Args:
            now: The moment of issuing.
            life_s: How long the code lives; None is a live code.

        Raises:
            IssuingStoppedError: as ``general``.
        """
        key, expires_at = self.key(), Timestamp(now + (life_s or self.live_s))
        # (1) May this city sign at all? Partners would refuse what its statements do not cover.
        self._check_issuing(key, now, expires_at)
        return Start(key=key, now=now, expires_at=expires_at)

    def give(
        self,
        subject: str,
        standing: Standing,
        start: Start,
        about: Callable[[int, CreditClaims], CreditClaims] | None = None,
    ) -> LiveCode:
        """Return the code, counted before it was signed (steps 3 and 4).

        Args:
            subject: As the identity provider names the person.
            standing: What the city says of this person.
            start: As ``begin`` gave it.
            about: Makes the claims of a code for one scenario, given how many codes this person
                has had today, this one included; None is a general code, which says the tier.

        Raises:
            UnavailableError: the day row could not be stored.
        """
        # (3) Count it, durably, before a signature leaves.
        codes_today = self.log.count_issue(
            self.tags.subject_pseudonym(subject),
            china_day(start.now),
            "live",
            standing,
            1,
        )
        # (4) Sign.
        claims = CreditClaims(
            issuer=self.city,
            issued_at=start.now,
            expires_at=start.expires_at,
            code_id=CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES))),
            tier=standing.tier if about is None else None,
        )
        if about is not None:
            claims = about(codes_today, claims)
        return LiveCode(
            text=start.key.signer.sign(claims),
            expires_at=start.expires_at,
            refresh_at=Timestamp(start.now + self.refresh_s),
            as_of=standing.as_of,
        )

    def _check_issuing(self, key: IssuingKey, now: Timestamp, expires_at: Timestamp) -> None:
        if self.stops.issuing:
            raise IssuingStoppedError("an officer stopped it")
        keyring = self.trust.keyring
        own = keyring.issuer(self.city)
        if own is None or not own.verifies(now) or keyring.clock_doubtful:
            raise IssuingStoppedError("own statements are not in force, or the clock is doubtful")
        published = [each for each in own.keys if each.public.kid == key.kid and each.usable(now)]
        if not published or expires_at > published[0].expires_at:
            raise IssuingStoppedError("own code key is not published, or at its end")

    def standing(self, subject: str, now: Timestamp) -> Standing | None:
        """Return what the city says of a person today; None is no incentive (step 2).

        Raises:
            GatewayError: as ``Standings.of``.
        """
        return self.standings.of(subject, now)
