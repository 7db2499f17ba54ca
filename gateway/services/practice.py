"""Practice without people's codes (ADR 0136): a till or device asks for an outcome and sees it.

Nothing is scanned, nothing is written, and there is no receipt. What is asked for stands in the
request of the till itself, never in a text that a guest could show.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateway.ids import Timestamp
from gateway.policy.decision import best_of
from gateway.policy.offers import Offer, Offline
from gateway.services.code_checks import serves
from gateway.services.pauses import not_granted
from gateway.services.ports import Merchant
from gateway.services.showing import granted
from gateway.services.verdicts import GrantedOffer, Hint, Outcome, Presentation, Verdict
from gateway.services.verify import VerifyCode

_LIVE_S: Final = 90
_HOLDER: Final = "练*"
"""No family has this name."""


class Wanted(StrEnum):
    """What can be practised: each outcome, and each thing that it may bring along."""

    RECOGNISED = "recognised"
    PRINTED = "recognised_printed"
    LATER = "recognised_later"
    NO_BENEFIT = "no_benefit"
    SCENARIO_CODE = "no_benefit_scenario_code"
    ANOTHER_CODE = "no_benefit_another_code"
    PRESENT_AGAIN = "present_again"
    NOT_A_CODE = "not_a_code"
    UPDATE = "not_a_code_update"
    NOT_A_MEMBER = "not_a_code_not_a_member"
    UNDETERMINED = "undetermined"


_REFUSED: Final = {
    Wanted.NO_BENEFIT: Verdict(outcome=Outcome.NO_BENEFIT, reason=""),
    Wanted.SCENARIO_CODE: Verdict(outcome=Outcome.NO_BENEFIT, reason="", hint=Hint.SCENARIO_CODE),
    Wanted.ANOTHER_CODE: Verdict(outcome=Outcome.NO_BENEFIT, reason="", hint=Hint.ANOTHER_CODE),
    Wanted.PRESENT_AGAIN: Verdict(outcome=Outcome.PRESENT_AGAIN, reason=""),
    Wanted.NOT_A_CODE: Verdict(outcome=Outcome.NOT_A_CODE, reason=""),
    Wanted.UPDATE: Verdict(outcome=Outcome.NOT_A_CODE, reason="", hint=Hint.UPDATE),
    Wanted.NOT_A_MEMBER: Verdict(outcome=Outcome.NOT_A_CODE, reason="", hint=Hint.NOT_A_MEMBER),
    Wanted.UNDETERMINED: Verdict(outcome=Outcome.UNDETERMINED, reason="", trust_age_s=0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Practise:
    """The use case; of ``verify`` it asks the catalogue and the stops, and nothing else."""

    verify: VerifyCode

    def answer(
        self, wanted: Wanted, shown: Presentation, merchant: Merchant, now: Timestamp
    ) -> Verdict:
        """Return what a till would be answered; the offers are those that there are here now.

        Where nothing is on offer, as nobody could be recognised, it is ``no_benefit``.
        """
        refused = _REFUSED.get(wanted)
        if refused is not None:
            return refused
        offers = self._offers(shown, merchant, now) if serves(merchant, shown) else ()
        if wanted is Wanted.LATER:
            offers = tuple(each for each in offers if each.unlogged is Offline.GRANT)
        if not offers:
            return _REFUSED[Wanted.NO_BENEFIT]
        return Verdict(
            outcome=Outcome.RECOGNISED,
            reason="",
            offers=tuple(_marked(granted(each)) for each in offers),
            holder=_HOLDER if wanted is Wanted.PRINTED else None,
            checked="later" if wanted is Wanted.LATER else "now",
            valid_until=Timestamp(now + _LIVE_S),
            trust_age_s=0,
        )

    def _offers(self, shown: Presentation, merchant: Merchant, now: Timestamp) -> tuple[Offer, ...]:
        present = self.verify.catalogues.versions.in_force(now)
        if present is None:
            return ()
        withheld = not_granted(merchant, self.verify.stops)
        held = present.catalogue.in_force(now, shown.scenario, stopped=withheld)
        return best_of([each for each in held if each.holds_at(shown.venue)])


def _marked(offer: GrantedOffer) -> GrantedOffer:
    return replace(offer, zh=f"练习:{offer.zh}", en=f"practice: {offer.en}")
