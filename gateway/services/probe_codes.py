"""The code with which a partner tries whether it could verify ours, of a reserved scenario.

It is signed by the code key that signs citizens' codes, so that what is tried is the real thing;
it names a destination and the scenario ``probe.link``, which no agreement may hold and no offer
stands in, so that no merchant anywhere grants anything for it. Whoever asks gets the same code
for a minute: nobody can have this city sign as often as he likes, or what he likes.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.codes.claims import CreditClaims
from gateway.errors import RefusedError
from gateway.ids import CityId, CodeId, KeyId, Timestamp
from gateway.jose import base64url
from gateway.policy.scenarios import PROBE_SCENARIO
from gateway.services.errors import IssuingStoppedError
from gateway.services.own_keys import IssuingKey
from gateway.services.signed_codes import TrustSource
from gateway.services.stop_ports import Stops

LIFE_S: Final = 120
"""A live code: its kind lives no longer."""

SAME_S: Final = 60
"""So long everybody gets the same code, which then has as long to live."""

POLICY_VERSION: Final = "probe"
"""No catalogue is of this version."""

_CODE_ID_BYTES: Final = 12


class NoProbeError(RefusedError):
    """There is no probe for this destination: no member of the agreement has this code."""

    code = "probe_destination_unknown"


@dataclass(frozen=True, slots=True)
class _Made:
    text: str
    kid: KeyId
    at: Timestamp


class ProbeCodes:
    """Makes probes, and keeps one for each destination; safe between threads.

    Args:
        city: The home city.
        destinations: Of the agreement, so that there are never more than these.
        key: Gives the code key that signs now.
        trust: Whether its statements are in force.
        stops: Whether an officer stopped issuing.
    """

    def __init__(
        self,
        city: CityId,
        destinations: frozenset[CityId],
        *,
        key: Callable[[], IssuingKey],
        trust: TrustSource,
        stops: Stops,
    ) -> None:
        self._city, self._destinations = city, destinations
        self._key, self._trust, self._stops = key, trust, stops
        self._lock = threading.Lock()
        self._made: dict[CityId, _Made] = {}

    def code(self, destination: CityId, now: Timestamp) -> str:
        """Return the wire text of the probe for a destination.

        Raises:
            NoProbeError: there is no such member, or it is this city.
            IssuingStoppedError: this city signs no codes at the moment.
        """
        if destination not in self._destinations or destination == self._city:
            raise NoProbeError("no other member of the agreement has this division code")
        key = self._key()
        self._check_issuing(key.kid, now)
        with self._lock:
            made = self._made.get(destination)
            if made is None or made.kid != key.kid or not 0 <= now - made.at < SAME_S:
                text = key.signer.sign(self._claims(destination, now))
                made = self._made[destination] = _Made(text, key.kid, now)
        return made.text

    def _check_issuing(self, kid: KeyId, now: Timestamp) -> None:
        keyring = self._trust.keyring
        own = keyring.issuer(self._city)
        if self._stops.issuing or own is None or not own.verifies(now) or keyring.clock_doubtful:
            raise IssuingStoppedError("stopped, or own statements or clock are not in order")
        ends = [key.expires_at for key in own.keys if key.public.kid == kid and key.usable(now)]
        if not ends or now + LIFE_S > ends[0]:
            raise IssuingStoppedError("own code key is not published, or at its end")

    def _claims(self, destination: CityId, now: Timestamp) -> CreditClaims:
        return CreditClaims(
            issuer=self._city,
            issued_at=now,
            expires_at=Timestamp(now + LIFE_S),
            code_id=CodeId(base64url.encode(secrets.token_bytes(_CODE_ID_BYTES))),
            destination=destination,
            scenario=PROBE_SCENARIO,
            policy_version=POLICY_VERSION,
        )
