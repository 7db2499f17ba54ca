"""Names and numbers that cross borders between floors.

Each is a type of its own, so that a checker notices when one is passed for another.
"""

from typing import Final, NewType

CityId = NewType("CityId", str)
"""GB/T 2260 division code of a city, six digits, for example 330300 for Wenzhou."""

TEST_ISSUER: Final = CityId("000000")
"""Is no city and never a member: it signs codes for whoever tries out a till, in a demo only."""

EntityId = NewType("EntityId", str)
"""OpenID Federation entity identifier: an https URL without trailing slash."""

KeyId = NewType("KeyId", str)
"""RFC 7638 SHA-256 thumbprint of a public key, base64url, 43 characters."""

CodeId = NewType("CodeId", str)
"""The ``jti`` of one credit code: 96 random bits, 16 base64url characters."""

ScenarioId = NewType("ScenarioId", str)
"""Dotted name of an application scenario, for example ``lodging.hotel``."""

OfferId = NewType("OfferId", str)
"""Name of an offer, unique within the city that makes it."""

MerchantId = NewType("MerchantId", str)
"""Name that a city gave to one of its merchants."""

VenueId = NewType("VenueId", str)
"""Name of one place of business of a merchant."""

ReceiptId = NewType("ReceiptId", str)
"""Number that a merchant is shown for a recognised code."""

RequestId = NewType("RequestId", str)
"""Name that a till gives to one showing, so that a repeat is answered alike."""

UnverifiedText = NewType("UnverifiedText", str)
"""Text from outside; nothing in it may be believed yet."""

Timestamp = NewType("Timestamp", int)
"""Whole seconds since 1970-01-01T00:00:00Z, as on the wire (RFC 7519, 2, NumericDate)."""

Tier = NewType("Tier", int)
"""Common tier: 1 good (守信), 2 excellent (优秀), 3 outstanding (极好); nothing is below 1."""
