"""How often one merchant, device, citizen or address may ask.

Each of them has a bucket of requests that fills evenly again. Buckets are named by keyed hashes:
neither a person nor an address or token can be read from a bucket store. What is limited with
whom is said in ``RateLimits``; nobody is ever limited by what came from another address, except
tills of one merchant by each other.
"""

import hashlib
import math
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.errors import RefusedError
from gateway.ids import MerchantId

NAME_BYTES: Final = 16


class RateLimitedError(RefusedError):
    """Too many requests of one kind came from one side.

    Attributes:
        retry_after_s: Whole seconds, 1 or more, after which one more is admitted.
    """

    code = "rate_limited"

    def __init__(self, wait_s: float) -> None:
        self.retry_after_s = max(1, math.ceil(wait_s))
        super().__init__(f"too many requests; one more in {self.retry_after_s} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket's size: ``count`` requests at once, and as many again within ``period_s``."""

    count: int
    period_s: int


SETTLEMENTS: Final = Rate(count=20, period_s=3600)
"""Months that one till, or the merchant's own token, reads: each walks the records of a month."""
CHANGES: Final = Rate(count=60, period_s=3600)
"""What one device changes in its settings or its merchant's: each is an entry of the ledger."""
PIN_AT_ONCE: Final = Rate(count=5, period_s=60)
PIN_IN_HOURS: Final = Rate(count=30, period_s=3600)
"""Four digits then last a week on average, and who knows them never waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One request out of one bucket.

    Attributes:
        kind: What is limited; a store may keep each kind apart.
        name: Keyed hash of whose bucket it is, 16 bytes.
        count: How many are drawn at once; never more than the bucket holds.
    """

    kind: str
    name: bytes
    rate: Rate
    count: int = 1

    @property
    def fills_s(self) -> float:
        """How long it takes to fill again what is drawn."""
        return self.count * self.rate.period_s / self.rate.count


class Buckets(Protocol):
    """Counts what was drawn."""

    def draw(self, *draws: Draw) -> float:
        """Take what is drawn out of every bucket and return 0, or out of none and return a wait.

        The wait is in seconds. Never raises and never blocks for long: a store that is gone
        costs limits, not answers.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How many requests each side has.

    Attributes:
        merchant: Verifications of one merchant, all its tills together.
        device: Verifications of one device or till.
        wrong_code: Those of one device or till that are answered not_a_code or present_again.
        citizen: Codes and code pages of one citizen.
        pack: Offline packs of one citizen.
        sheet: Printed sheets of one citizen, from the own page.
        complaint: Complaints about merchants from one address.
        address: Requests of one address at each door that knows nobody yet.
        bad_token: Access tokens of one address that are nobody's.
        staff_account: Sign-ins with one staff account from one address.
        staff_address: Sign-ins with any staff account from one address.
    """

    merchant: Rate
    device: Rate
    wrong_code: Rate
    citizen: Rate
    pack: Rate
    sheet: Rate
    complaint: Rate
    address: Rate
    bad_token: Rate
    staff_account: Rate
    staff_address: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Admits a request, or raises ``RateLimitedError``.

    Addresses are what ``web.addresses`` makes of them: bytes that one household shares.

    Attributes:
        key: 32 bytes that name buckets.
    """

    rates: Rates
    buckets: Buckets
    key: bytes = field(repr=False)

    def admit_till(self, merchant: MerchantId, device: str | None) -> None:
        """Count a verification; ``device`` is the id of a device or till, if one asks."""
        of_merchant = self._draw("merchant", merchant, self.rates.merchant)
        if device is None:
            self._take(of_merchant)
        else:
            of_device = self._draw("device", device, self.rates.device)
            self._take(of_device, of_merchant)

    def admit_later(self, merchant: MerchantId, device: str | None, codes: int) -> None:
        """Count codes that were scanned before, each as a verification of its own.

        In buckets of their own, as large: what comes in after an outage takes nothing from the
        guests who stand there now.
        """
        draws = [self._draw("merchant-later", merchant, self.rates.merchant, codes)]
        if device is not None:
            draws.insert(0, self._draw("device-later", device, self.rates.device, codes))
        self._take(*draws)

    def admit_settlement(self, merchant: MerchantId, device: str | None) -> None:
        """Count a month that is read; its request is counted as well."""
        self._take(self._draw("settlement", f"{merchant} {device or ''}", SETTLEMENTS))

    def admit_wrong_code(self, merchant: MerchantId, device: str | None) -> None:
        """Count an answer that whoever tries texts out gets; a good code is never counted.

        So whoever is slowed still serves the next guest with a good code, and a counter is not
        locked by somebody who holds wrong ones before it.
        """
        self._take(self._draw("wrong", _till(merchant, device), self.rates.wrong_code))

    def admit_wrong_later(self, merchant: MerchantId, device: str | None) -> None:
        """Count such an answer to a code that was scanned before, in a bucket of its own."""
        self._take(self._draw("wrong-later", _till(merchant, device), self.rates.wrong_code))

    def admit_change(self, device: str) -> None:
        """Count what a device changes, before it is looked at."""
        self._take(self._draw("change", device, CHANGES))

    def admit_pin(self, device: str) -> None:
        """Count a try of a device's PIN: a person at a counter, or somebody who guesses.

        Counted with the device alone, so that nobody is slowed by what another phone tries.
        """
        self._take(
            self._draw("pin", device, PIN_AT_ONCE), self._draw("pin-hours", device, PIN_IN_HOURS)
        )

    def admit_citizen(self, subject: str) -> None:
        """Count a code or a code page."""
        self._take(self._draw("citizen", subject, self.rates.citizen))

    def admit_pack(self, subject: str) -> None:
        """Count an offline pack, which is 96 signatures; its request is counted as well."""
        self._take(self._draw("pack", subject, self.rates.pack))

    def admit_sheet(self, subject: str) -> None:
        """Count a printed sheet: six places for ever; its request is counted as well."""
        self._take(self._draw("sheet", subject, self.rates.sheet))

    def admit_address(self, door: str, address: bytes) -> None:
        """Count a request at a door that knows nobody yet; each door has buckets of its own."""
        whose = f"{door} {address.hex()}"
        self._take(self._draw("address", whose, self.rates.address))

    def admit_complaint(self, address: bytes) -> None:
        """Count a complaint that is about to be stored."""
        self._take(self._draw("complaint", address.hex(), self.rates.complaint))

    def admit_bad_token(self, address: bytes) -> None:
        """Count a token that is nobody's.

        A good one is never counted, nor refused for others' bad ones: tills of a whole market
        may share an address with whoever is guessing.
        """
        self._take(self._draw("token", address.hex(), self.rates.bad_token))

    def admit_staff(self, account: str, address: bytes) -> None:
        """Count a sign-in before its password is looked at.

        An account is counted together with the address alone. Counted by itself, anybody could
        lock its owner out from anywhere.
        """
        pair = f"{address.hex()} {account}"
        self._take(
            self._draw("staff", pair, self.rates.staff_account),
            self._draw("office", address.hex(), self.rates.staff_address),
        )

    def _draw(self, kind: str, whose: str, rate: Rate, count: int = 1) -> Draw:
        text = f"{kind} {whose}".encode("utf-8", "surrogatepass")
        # Keyed BLAKE2 (RFC 7693, 2.9) and not HMAC, since it stands before every verification.
        name = hashlib.blake2b(text, digest_size=NAME_BYTES, key=self.key).digest()
        return Draw(kind=kind, name=name, rate=rate, count=min(count, rate.count))

    def _take(self, *draws: Draw) -> None:
        wait_s = self.buckets.draw(*draws)
        if wait_s > 0:
            raise RateLimitedError(wait_s)


def _till(merchant: MerchantId, device: str | None) -> str:
    return merchant if device is None else f"{merchant} {device}"
