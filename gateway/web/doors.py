"""How each kind of visitor is recognised: by a bearer token, or by a cookie of ours.

A request with an ``Authorization`` header is a program's: its cookies are not looked at.
"""

from collections.abc import Mapping
from typing import Final

from flask import request

from gateway.services.till_access import TILL_PREFIX
from gateway.web.admission import STAFF, Citizen, Door, Officer, Till, Who, takes_suspended
from gateway.web.bodies import bearer_token
from gateway.web.browser import read_cookie
from gateway.web.context import gateway
from gateway.web.locks import is_locked

CITIZEN_COOKIE: Final = "citizen"
DEVICE_COOKIE: Final = "device"
STAFF_COOKIE: Final = "staff"
_PAGE: Final = "/merchant"
_SETTINGS: Final = "/merchant/"


def citizen_door() -> Citizen | None:
    """Return the citizen whose access token or session this is; None without either."""
    city = gateway()
    if "HTTP_AUTHORIZATION" in request.environ:
        return Citizen(subject=city.citizens.authenticate(bearer_token(), city.clock.now()))
    token = read_cookie(CITIZEN_COOKIE)
    if token is None or city.sessions is None:
        return None
    now = city.clock.now()
    person = city.sessions.authenticate(token, now)
    return Citizen(
        subject=person.subject, signed_in=True, holder=person.holder, proved=person.proved(now)
    )


def merchant_door() -> Till | None:
    """Return the merchant's machine whose access token this is; None without one."""
    if "HTTP_AUTHORIZATION" not in request.environ:
        return None
    city, token = gateway(), bearer_token()
    if city.tills is None or not token.startswith(TILL_PREFIX):
        return Till(who=Who.MERCHANT, merchant=city.merchants.authenticate(token))
    grant = city.tills.authenticate(token, city.clock.now())
    scope = grant.scope
    return Till(
        who=Who.MERCHANT,
        merchant=grant.merchant,
        venue=scope.venue,
        scenarios=scope.scenarios,
        registered=grant.registered,
        device=grant.client,
    )


def device_door() -> Till | None:
    """Return the enrolled device whose cookie this is; None without one."""
    city, secret = gateway(), read_cookie(DEVICE_COOKIE)
    if "HTTP_AUTHORIZATION" in request.environ or secret is None or city.devices is None:
        return None
    now = city.clock.now()
    # Who has just changed something must see it; verifying need not ask the database again.
    shown = request.path == _PAGE and request.method == "GET"
    fresh = shown or request.path.startswith(_SETTINGS)
    device, merchant = city.devices.authenticate(
        secret, now, fresh=fresh, suspended=takes_suspended()
    )
    return Till(
        who=Who.DEVICE,
        merchant=merchant,
        venue=device.venue,
        device=device.id,
        enrolled=device,
        locked=is_locked(device, now),
    )


def staff_door() -> Officer | None:
    """Return the member of staff whose session this is; None without one."""
    city, token = gateway(), read_cookie(STAFF_COOKIE)
    if "HTTP_AUTHORIZATION" in request.environ or token is None or city.office is None:
        return None
    account = city.office.access.authenticate(token, city.clock.now())
    return Officer(account=account.id, roles=frozenset(Who(role) for role in account.roles))


DOORS: Final[Mapping[Who, Door]] = {
    Who.CITIZEN: citizen_door,
    Who.MERCHANT: merchant_door,
    Who.DEVICE: device_door,
    Who.OWNER: device_door,
    **dict.fromkeys(STAFF, staff_door),
}
