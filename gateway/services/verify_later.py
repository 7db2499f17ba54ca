"""Codes that were scanned without a network, and are uploaded later (ADR 0135).

Start at ``VerifyLater``. Each is judged as ``verify`` does it: what only time changes, such as
the life of a code, as of the scan; what people decided since, such as a killed key, as of now.
What was granted at the counter stays granted: a conflict costs nobody, and is only counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.errors import RefusedError, UnavailableError
from gateway.ids import Timestamp
from gateway.services.errors import RequestIdReusedError
from gateway.services.ports import Merchant, Recorded
from gateway.services.verdicts import Outcome, Presentation, Refusal, Verdict
from gateway.services.verify import Granted, VerifyCode
from gateway.trust.keyring import Keyring

LATEST_S: Final = 72 * 3600
"""How long after its scan a code may be uploaded. Burns are kept as long after a code's end, at
least: whoever uploads one that was used here is always found out."""

AHEAD_S: Final = 60
"""How far the till's clock may be ahead."""


class ScanTimeError(RefusedError):
    """Said to be scanned ahead of time, over 72 hours ago, or before the till was registered."""

    code = "scanned_at_refused"


_SAID: Final = "ahead of time, too long ago, or before the till was there"

Later = Verdict | RequestIdReusedError | ScanTimeError
"""What becomes of one: a verdict, or why it could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyLater:
    """The use case."""

    verify: VerifyCode

    def verify_all(
        self,
        items: Sequence[Presentation],
        merchant: Merchant,
        since: Timestamp,
        now: Timestamp,
        *,
        plain_jws: bool = False,
    ) -> tuple[Later, ...]:
        """Return what becomes of each, in order; the receipts are durable, by one commit.

        Args:
            items: Each with ``request_id`` and ``scanned_at``.
            merchant: Who uploads.
            since: When the till was registered, or the device enrolled; 0 if that is not known.
            now: One reading of the clock for all.
            plain_jws: As in ``VerifyCode.verify``.
        """
        round_ = _Round(
            use=self.verify,
            merchant=merchant,
            since=since,
            now=now,
            keyring=self.verify.trust.keyring,
            plain_jws=plain_jws,
        )
        return round_.run(items)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One upload, with what is the same for all of it."""

    use: VerifyCode
    merchant: Merchant
    since: Timestamp
    now: Timestamp
    keyring: Keyring
    plain_jws: bool

    def run(self, items: Sequence[Presentation]) -> tuple[Later, ...]:
        judged = [self._judge(each) for each in items]
        recorded = iter(self._record([each for each in judged if isinstance(each, Granted)]))
        return tuple(
            self._settle(each, next(recorded)) if isinstance(each, Granted) else each
            for each in judged
        )

    def _judge(self, shown: Presentation) -> Later | Granted:
        try:
            # Before the code is looked at, so that a wrong time is answered alike for every text.
            # What was answered may come again however late; only whoever asked then can ask so.
            in_time = self._in_time(shown.scanned_at)
            if not in_time and not self._answered(shown):
                return ScanTimeError(_SAID)
            judged = self.use.judge(
                shown, self.merchant, self.now, self.keyring, plain_jws=self.plain_jws
            )
            return judged if in_time or isinstance(judged, Verdict) else ScanTimeError(_SAID)
        except Refusal as refusal:
            return self._refuse(refusal, shown)
        except RequestIdReusedError as error:
            return error

    def _record(self, granted: Sequence[Granted]) -> tuple[Recorded | None, ...]:
        """Return what became of each; None where the database is gone."""
        try:
            return self.use.log.record_all([each.stored for each in granted])
        except UnavailableError:
            return (None,) * len(granted)

    def _settle(self, granted: Granted, recorded: Recorded | None) -> Later:
        shown = granted.showing.shown
        if recorded is None:
            return self._refuse(Refusal(Outcome.UNDETERMINED, UnavailableError.code), shown)
        try:
            return self.use.settle(granted, recorded)
        except Refusal as refusal:
            return self._refuse(refusal, shown)
        except RequestIdReusedError as error:
            return error

    def _refuse(self, refusal: Refusal, shown: Presentation) -> Verdict:
        return self.use.refuse(refusal, shown, self.merchant, self.now, self.keyring)

    def _in_time(self, scanned_at: Timestamp | None) -> bool:
        at = -1 if scanned_at is None else scanned_at
        return max(self.since, self.now - LATEST_S) <= at <= self.now + AHEAD_S

    def _answered(self, shown: Presentation) -> bool:
        if shown.request_id is None:
            return False
        tag = self.use.tags.request_tag(self.merchant.id, shown.request_id)
        try:
            return self.use.log.stored_answer(tag) is not None
        except UnavailableError as error:
            raise Refusal(Outcome.UNDETERMINED, error.code) from error
