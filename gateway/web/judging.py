"""One showing at a counter: the service that judges it, and what stands around every such call."""

from gateway.services.rates import RateLimitedError
from gateway.services.till_watch import WRONG
from gateway.services.verdicts import Presentation, Verdict
from gateway.web.admission import till
from gateway.web.context import gateway
from gateway.web.pacing import release


def judge(shown: Presentation, started_s: float) -> Verdict:
    """Return the verdict for the till that asks; ``present_again`` always takes the same time.

    Args:
        shown: What is shown, and where.
        started_s: When the request came in, by ``monotonic_s``.

    Raises:
        ForbiddenError: the venue is another merchant's; the code was not looked at.
        RateLimitedError: this is a wrong code too many. It used nothing up.
        RequestIdReusedError: as ``VerifyCode.verify``.
    """
    city, here = gateway(), till()
    now = city.clock.now()
    # Asked of the merchant, as the venues of a till that is kept to one are not foreign to it.
    city.till_watch.check_venue(here.merchant, shown.venue, here.device, now)
    verdict = city.verify.verify(shown, here.serving, now, plain_jws=True)
    release(verdict.outcome, started_s, city.refusal_release_s)
    # Last, and after the wait: what is slowed is told no more, and no sooner, than the answer was.
    if verdict.outcome in WRONG:
        try:
            city.limits.admit_wrong_code(here.merchant.id, here.device)
        except RateLimitedError:
            city.till_watch.slowed(here.merchant.id, here.device, now)
            raise
    return verdict
