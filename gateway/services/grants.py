"""What a code is good for, here and now: step 8 of verifying, and the ticket of a quota.

A general code carries a tier and gets offers without a quota. A scenario code names a version of
our catalogue and gets the offers of its scenario in that version; of a quota it spends a ticket.
"""

from dataclasses import dataclass, replace
from typing import Final

from gateway.ids import OfferId, ReceiptId, Timestamp
from gateway.policy.decision import decide_general, decide_scenario
from gateway.policy.offers import Offer, Offline
from gateway.policy.quotas import period_of
from gateway.policy.terms import Quota
from gateway.policy.versions import Versions
from gateway.services.ports import SpentTicket
from gateway.services.showing import VerifiedShowing
from gateway.services.tags import Tags, seal
from gateway.services.verdicts import Hint, Outcome, Refusal
from gateway.services.void import HELD_S

TICKET_KEPT_S: Final = 30 * 24 * 3600
"""How long after its period a spent ticket is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code gets.

    Attributes:
        offers: At least one.
        quota: Of all of them; None is every time.
    """

    offers: tuple[Offer, ...]
    quota: Quota | None = None


def grant_of(showing: VerifiedShowing, versions: Versions, stopped: frozenset[OfferId]) -> Grant:
    """Return what the code gets (step 8); of one that comes later, what needed no network.

    Raises:
        Refusal: nothing.
    """
    grant = _grant(showing, versions, stopped)
    if showing.shown.scanned_at is None:
        return grant
    offers = tuple(each for each in grant.offers if each.unlogged is Offline.GRANT)
    if not offers:
        raise Refusal(Outcome.NO_BENEFIT, "online_only")
    return replace(grant, offers=offers)


def _grant(showing: VerifiedShowing, versions: Versions, stopped: frozenset[OfferId]) -> Grant:
    if showing.claims.tier is None:
        return _scenario_grant(showing, versions, stopped)
    present = versions.in_force(showing.now)
    if present is None:
        raise Refusal(Outcome.NO_BENEFIT, "no_offer")
    decision = decide_general(
        present.catalogue,
        tier=showing.claims.tier,
        scenario=showing.shown.scenario,
        venue=showing.shown.venue,
        now=showing.now,
        stopped=stopped,
    )
    if not decision.offers:
        hint = None if decision.hint is None else Hint(decision.hint)
        raise Refusal(Outcome.NO_BENEFIT, "no_offer", hint)
    return Grant(offers=decision.offers)


def spent_ticket(
    showing: VerifiedShowing, grant: Grant, receipt: ReceiptId, tags: Tags
) -> SpentTicket | None:
    """Return the ticket that a grant spends, if it is one of a quota (steps 9 and 10).

    For so long as a till can void the grant, the ticket is kept beside the receipt as well,
    sealed with a key that is not in the database: no row there tells whose ticket is whose.
    """
    claims = showing.claims
    if grant.quota is None or claims.ticket is None or claims.scenario is None:
        return None
    tag = tags.ticket_tag(claims.issuer, claims.scenario, claims.ticket)
    ends_at = period_of(grant.quota, claims.issued_at).ends_at
    minute = showing.now - showing.now % _MINUTE_S
    return SpentTicket(
        tag=tag,
        forget_after=Timestamp(ends_at + TICKET_KEPT_S),
        held=seal(tags.held_key(receipt), tag),
        held_until=Timestamp(minute + HELD_S),
    )


_MINUTE_S: Final = 60


def _scenario_grant(
    showing: VerifiedShowing, versions: Versions, stopped: frozenset[OfferId]
) -> Grant:
    claims, now = showing.claims, showing.now
    if claims.scenario is None or claims.policy_version is None:
        raise AssertionError("the grammar has no code without tier and scenario")
    published = versions.named(claims.policy_version, claims.issued_at, now)
    if published is None:
        raise Refusal(Outcome.NO_BENEFIT, "version_not_in_force")
    offers = decide_scenario(
        published.catalogue,
        scenario=claims.scenario,
        venue=showing.shown.venue,
        now=now,
        stopped=stopped,
    )
    if not offers:
        raise Refusal(Outcome.NO_BENEFIT, "no_offer")
    quota = offers[0].quota
    if quota is not None and claims.ticket is None:
        # Without a ticket nobody could count; its home city did not go by our catalogue.
        raise Refusal(Outcome.NO_BENEFIT, "ticket_missing")
    return Grant(offers=offers, quota=quota)
