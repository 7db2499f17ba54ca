"""What an officer must look at: stable codes, listed with their remedy in docs/federation.md.

A refused statement alarms under the code of its refusal (see ``errors``); those below have
no refusal: the statement was used, or nothing was offered at all.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.ids import KeyId


class AlarmCode(StrEnum):
    """Alarms that come without a refusal."""

    DEAD_KEY_RETURNED = "trust_dead_key_returned"
    """A removed key is announced again; it is ignored."""
    ANCHOR_KEY_VANISHED = "trust_anchor_key_vanished"
    """A pinned anchor key is no longer announced; it is suspended."""
    ANCHOR_KEY_ANNOUNCED = "trust_anchor_key_announced"
    """An anchor key that nobody pinned is announced; it is ignored."""
    ISSUING_ENDED = "trust_issuing_ended"
    """A city published an empty set of code keys: it never issues again."""
    KEY_AFTER_END = "trust_key_after_end"
    """A city that ended issuing announces a code key; it is ignored."""
    ISSUER_NOT_AGREED = "trust_issuer_not_agreed"
    """A verify-only partner announces that it issues; its codes are not used."""
    KEY_AT_TWO_CITIES = "trust_key_at_two_cities"
    """Two cities announce one key; both go on, somebody copied."""
    DIVISION_TAKEN = "trust_division_taken"
    """Two records claim one division code; neither is used."""
    ROW_TAMPERED = "trust_partner_row_tampered"
    """A stored partner row is not what this city signed; the partner is not used."""
    PARTNER_STALE = "trust_partner_stale"
    """Nothing was heard of a partner for six hours."""
    CLOCK_DOUBTFUL = "trust_clock_doubtful"
    """Most partners' clocks differ from ours by more than a minute."""
    NOT_RATIFIED = "trust_not_ratified"
    """What one officer did at once was not ratified within a day; it stays in force."""
    SAFETY_NUMBER_WRONG = "trust_safety_number_wrong"
    """Three wrong answers while comparing a safety number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAlarm:
    """One thing to look at.

    Attributes:
        code: Of ``AlarmCode``, or the code of a refusal.
        kid: The key that it is about, if it is about one.
    """

    code: str
    kid: KeyId | None = None
