"""Events: a city tells a partner that its keys or statements changed (RFC 8417).

An event changes nothing by itself, it only makes the partner look: what is believed afterwards is
what the partner then fetches and checks. ``read`` takes one apart and believes nothing, ``verify``
asks a live federation key of the very city that it names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from gateway.errors import JoseError, TrustError
from gateway.ids import EntityId, KeyId, Timestamp
from gateway.jose import jws, strict_json
from gateway.jose.errors import BadSignatureError, TooLargeError
from gateway.jose.keys import PublicKey, Signer
from gateway.jose.members import Members
from gateway.trust.entity import MAX_ENTITY_CHARS
from gateway.trust.trusted_city import TrustedCity

EVENT_TYP: Final = "secevent+jwt"
MAX_EVENT_CHARS: Final = 4 * 1024
TRUST_CHANGED: Final = "urn:credit-code:event:trust-changed"
WINDOW_S: Final = 300
"""How far ``iat`` may be from the recipient's clock, on either side."""

REMEMBERED_S: Final = 600
"""How long a ``jti`` is remembered: as long as an event from the sender's future is of now."""

RATE: Final = 6
RATE_S: Final = 60
"""Verified events of one partner that are taken in so many seconds."""

_JTI: Final = re.compile(r"[!-~]{1,128}")
_REFUSED_MEMBERS: Final = ("crit", "exp", "nbf")


class EventError(TrustError):
    """An event is refused; ``err`` is the code that its sender is told (RFC 8935, 2.4)."""

    code = "event_refused"
    err: ClassVar[str] = "invalid_request"


class EventFormError(EventError):
    """A text is no event: form, type, or a member that is missing, odd or not allowed."""

    code = "event_form"


class EventTimeError(EventError):
    """An event was issued more than 300 s before or after the recipient's clock."""

    code = "event_time"


class EventAudienceError(EventError):
    """An event is meant for another city."""

    code = "event_audience"
    err = "invalid_audience"


class EventIssuerError(EventError):
    """An event names a city as its issuer that is no partner whose statements are followed."""

    code = "event_issuer"
    err = "invalid_issuer"


class EventKeyError(EventError):
    """An event names a key that is no live federation key of its issuer."""

    code = "event_key"
    err = "invalid_key"


class EventSignatureError(EventError):
    """The signature of an event does not fit the key that it names."""

    code = "event_signature"
    err = "authentication_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedEvent:
    """A well-formed event; nothing in it may be believed yet.

    Attributes:
        kid: The key that its header names.
        jti: Its name; 1 to 128 visible ASCII characters.
    """

    issuer: EntityId
    audience: str
    issued_at: Timestamp
    jti: str
    kid: KeyId
    parts: jws.UnverifiedJws


def sign(signer: Signer, *, issuer: EntityId, audience: EntityId, now: Timestamp, jti: str) -> str:
    """Return the event by which ``issuer`` tells ``audience`` that its trust data changed."""
    events: dict[str, object] = {TRUST_CHANGED: {}}
    payload = {"iss": issuer, "aud": audience, "iat": now, "jti": jti, "events": events}
    return jws.sign(strict_json.encode(payload), signer, typ=EVENT_TYP)


def read(token: str) -> UnverifiedEvent:
    """Return an event, unverified.

    Members that are not named here are ignored, and so are other events beside ours.

    Raises:
        TooLargeError: over 4 KiB; nothing was decoded.
        EventFormError: anything else that an event is not.
    """
    try:
        parts = jws.read(token, typ=EVENT_TYP, max_chars=MAX_EVENT_CHARS)
        members = Members(strict_json.parse(parts.payload, max_bytes=MAX_EVENT_CHARS), "event")
        if any(members.has(name) for name in _REFUSED_MEMBERS):
            raise EventFormError("an event has no crit, exp or nbf")
        members.inner("events").inner(TRUST_CHANGED)
        return UnverifiedEvent(
            issuer=EntityId(members.text("iss", max_chars=MAX_ENTITY_CHARS)),
            audience=members.text("aud", max_chars=MAX_ENTITY_CHARS),
            issued_at=Timestamp(members.integer("iat")),
            jti=members.text("jti", _JTI),
            kid=parts.kid,
            parts=parts,
        )
    except TooLargeError:
        raise
    except JoseError as error:
        raise EventFormError("not a security event token of this profile") from error


def verify(
    event: UnverifiedEvent, keys: Iterable[PublicKey], *, audience: EntityId, now: Timestamp
) -> None:
    """Return if the issuer of ``event`` really tells ``audience``, and does so now.

    Does not ask whether the event came before: that needs a memory.

    Args:
        event: As read.
        keys: Live federation keys of the very city that the event names, see ``event_keys``.
        audience: The recipient's leaf.
        now: The recipient's clock.

    Raises:
        EventError: by subclass.
    """
    # Cheapest first: is it for us, is it of now, is the key one of that city's?
    if event.audience != audience:
        raise EventAudienceError("meant for another city")
    if abs(now - event.issued_at) > WINDOW_S:
        raise EventTimeError(f"issued more than {WINDOW_S} s from now")
    key = next((key for key in keys if key.kid == event.kid), None)
    if key is None:
        raise EventKeyError("signed by no live federation key of its issuer")
    # And last: did that key sign it?
    try:
        jws.verify(event.parts, key)
    except BadSignatureError as error:
        raise EventSignatureError("the signature does not fit") from error


def event_keys(city: TrustedCity) -> tuple[PublicKey, ...]:
    """Return the keys that may sign an event of ``city``: its live K2s under a standing anchor.

    Those are what subordinate statement and leaf both name, without the dead. So K2next counts
    from the day on which both name it, and goes on when K2 is dropped; what was dropped never
    counts again. Statements that ran out still tell whose word makes us look; one of a suspended
    anchor key does not.
    """
    suspended = city.history.suspended_anchor
    above = (city.anchor, city.subordinate)
    if city.subordinate is None or any(each is None or each.kid in suspended for each in above):
        return ()
    live = city.live_federation()
    return tuple(key for key in city.subordinate.statement.keys if key.kid in live)


class Hearing(Enum):
    """What becomes of a verified event."""

    FIRST = "first"
    """It is taken."""
    REPEATED = "repeated"
    """It came before: a repeat is answered alike, and does nothing."""
    TOO_MANY = "too_many"
    """Its sender has sent as many as are taken for now."""


def hear(heard: Mapping[str, Timestamp], name: str, now: Timestamp) -> tuple[Hearing, int]:
    """Return what becomes of a verified event, and in how many seconds one more is taken.

    Repeats are not counted: whoever caught an event on its way must not use up its sender's rate.

    Args:
        heard: When each event of this partner was taken, by name, of the last ``REMEMBERED_S``.
        name: Of this one: its ``jti``, or a hash of it.
        now: The recipient's clock.
    """
    if name in heard:
        return Hearing.REPEATED, 0
    recent = sorted(at for at in heard.values() if 0 <= now - at < RATE_S)
    if len(recent) < RATE:
        return Hearing.FIRST, 0
    return Hearing.TOO_MANY, recent[-RATE] + RATE_S - now
