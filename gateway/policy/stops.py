"""Emergency stops: what this city does not do for now, by order of an officer.

All stops in force are one document with a version and a seal, so that taking one away, or
putting an older document back, is noticed. See ``services/stops`` for who may give them.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from typing import Final, NewType, cast

from gateway.errors import GatewayError, PolicyError
from gateway.ids import OfferId, Timestamp
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.policy.offers import OFFER_PATTERN

StopTarget = NewType("StopTarget", str)
"""What is stopped: ``issuing``, or ``offer/`` and the id of an offer."""

ISSUING: Final = StopTarget("issuing")
_OFFER: Final = "offer/"
_TARGET: Final = re.compile(rf"issuing|{_OFFER}{OFFER_PATTERN.pattern}")

MAX_STOPS: Final = 501
"""Issuing, and every offer of a catalogue."""

MAX_REASON_CHARS: Final = 200
MAX_BY_CHARS: Final = 80
MAX_BYTES: Final = 1024 * 1024


class StopsError(PolicyError):
    """A document of stops is not one that this city wrote."""

    code = "stops_malformed"


class StopTargetError(PolicyError):
    """A text names nothing that can be stopped."""

    code = "stop_target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop.

    Attributes:
        by: Who ordered it, as the ledger names them.
        ratified_by: The second person; None until one has agreed.
    """

    target: StopTarget
    reason: str
    by: str
    at: Timestamp
    ratified_by: str | None = None

    @property
    def offer(self) -> OfferId | None:
        """The offer that is stopped; None if it is issuing."""
        return None if self.target == ISSUING else OfferId(self.target.removeprefix(_OFFER))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    """Everything that is stopped at one time; usually nothing.

    Attributes:
        version: Each change adds one.
        offers: Stopped offers, of whatever version of the catalogue.
    """

    version: int = 0
    stops: tuple[Stop, ...] = ()
    offers: frozenset[OfferId] = frozenset()
    issuing: bool = False

    @classmethod
    def of(cls, version: int, stops: tuple[Stop, ...]) -> "StopOrder":
        """Return an order of these stops."""
        offers = frozenset(each.offer for each in stops if each.offer is not None)
        issuing = any(each.target == ISSUING for each in stops)
        return cls(version=version, stops=stops, offers=offers, issuing=issuing)

    def find(self, target: StopTarget) -> Stop | None:
        """Return the stop of a target, if it is stopped."""
        return next((each for each in self.stops if each.target == target), None)

    def without(self, target: StopTarget) -> "StopOrder":
        """Return the next order, without the stop of a target."""
        return self.of(self.version + 1, tuple(s for s in self.stops if s.target != target))

    def with_stop(self, stop: Stop) -> "StopOrder":
        """Return the next order, with this stop in place of the one of its target."""
        others = self.without(stop.target)
        return self.of(others.version, (*others.stops, stop))

    def ratified(self, target: StopTarget, by: str) -> "StopOrder":
        """Return the next order, in which a second person has agreed to the stop of a target."""
        agreed = (
            replace(each, ratified_by=by) if each.target == target else each for each in self.stops
        )
        return self.of(self.version + 1, tuple(agreed))

    def encode(self) -> bytes:
        """Return the document."""
        return strict_json.encode({"version": self.version, "stops": [*map(_json, self.stops)]})

    @classmethod
    def parse(cls, document: bytes) -> "StopOrder":
        """Return the order that ``encode`` made a document of.

        Raises:
            StopsError: it is none.
        """
        try:
            members = Members(strict_json.parse(document, max_bytes=MAX_BYTES), "stops")
            version = members.integer("version")
            stops = tuple(map(_stop, members.array("stops", max_items=MAX_STOPS)))
        except GatewayError as error:
            raise StopsError(f"no document of stops: {error.code}") from error
        return cls.of(version, stops)


NOTHING_STOPPED: Final = StopOrder()


def offer_target(offer: str) -> StopTarget:
    """Return the target that stands for an offer."""
    return parse_target(f"{_OFFER}{offer}")


def parse_target(text: str) -> StopTarget:
    """Return what a text names.

    Raises:
        StopTargetError: nothing that can be stopped.
    """
    if _TARGET.fullmatch(text) is None:
        raise StopTargetError("allowed: issuing, or offer/ and the id of an offer")
    return StopTarget(text)


def seal_of(document: bytes, key: bytes) -> bytes:
    """Return what shows that this city wrote a document of stops (HMAC-SHA256)."""
    return hmac.digest(key, b"credit-code-stops-1\n" + document, hashlib.sha256)


def _json(stop: Stop) -> dict[str, object]:
    stated: dict[str, object] = {
        "target": stop.target,
        "reason": stop.reason,
        "by": stop.by,
        "at": stop.at,
    }
    return stated if stop.ratified_by is None else {**stated, "ratified_by": stop.ratified_by}


def _stop(raw: object) -> Stop:
    values = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    members = Members(values, "stop")
    ratified = members.has("ratified_by")
    return Stop(
        target=parse_target(members.text("target")),
        reason=members.text("reason", max_chars=MAX_REASON_CHARS),
        by=members.text("by", max_chars=MAX_BY_CHARS),
        at=Timestamp(members.integer("at")),
        ratified_by=members.text("ratified_by", max_chars=MAX_BY_CHARS) if ratified else None,
    )
