"""Who may call which route: said at the route, checked before it, denied by default.

A view says ``@open_to(...)``; an app with a view that does not say it cannot be made
(``check_routes``). Doors recognise who stands before them: ``add_door`` gives ``Who`` a door.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, request

from gateway.ids import ScenarioId, Timestamp, VenueId
from gateway.services.devices import Device
from gateway.services.errors import ForbiddenError, UnauthorizedError
from gateway.services.ports import Merchant
from gateway.services.till_access import acting_merchant
from gateway.web.browser import check_form
from gateway.web.paths import is_page

_P = ParamSpec("_P")
_R = TypeVar("_R")
_ATTRIBUTE: Final = "__open_to__"
_WHILE_SUSPENDED: Final = "__while_suspended__"
_SELF_PROVING: Final = ("/oauth2/", "/federation/")


class LockedError(ForbiddenError):
    """The settings of a device are asked for, and its PIN was not given."""

    code = "device_locked"


class Who(StrEnum):
    """Everybody that a route can be open to."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    MERCHANT = "merchant"
    DEVICE = "device"
    OWNER = "owner"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    COUNTY = "county"


IMPLIED: Final[Mapping[Who, frozenset[Who]]] = {Who.OWNER: frozenset({Who.DEVICE})}
"""Whatever else somebody is: an owner's device is a device as well."""

STAFF: Final = frozenset({Who.OPERATOR, Who.APPROVER, Who.AUDITOR, Who.COUNTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """A citizen with a session or a token.

    Attributes:
        subject: As the identity provider names the person; never stored, logged or shown.
        signed_in: By a session; else by a token, which only made-up people of a demo have.
        holder: Masked family name, if the city asks its provider for names.
        proved: Whether the person proved within ten minutes who it is.
    """

    subject: str
    signed_in: bool = False
    holder: str | None = None
    proved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """A merchant's machine or enrolled device.

    Attributes:
        venue: The only venue it may name; None is every venue of the merchant.
        scenarios: The only scenarios it may name; None is all that the merchant has.
        registered: The scenarios that a till is kept to by the office; None is all.
        device: Id of the device, or of the till that got the token; None for the merchant's own.
        enrolled: The device, if one asks.
        locked: Whether that device has a PIN, which this browser has yet to give.
    """

    who: Who
    merchant: Merchant
    venue: VenueId | None = None
    scenarios: frozenset[ScenarioId] | None = None
    registered: frozenset[ScenarioId] | None = None
    device: str | None = None
    enrolled: Device | None = None
    locked: bool = False

    @property
    def enrolled_at(self) -> Timestamp | None:
        """When the device was enrolled, if one asks."""
        return None if self.enrolled is None else self.enrolled.enrolled_at

    @property
    def owner(self) -> bool:
        """Whether it is an owner's device, locked or not."""
        return self.enrolled is not None and self.enrolled.owner

    @property
    def serving(self) -> Merchant:
        """The merchant as far as this till may act for it."""
        if self.venue is None and self.scenarios is None:
            return self.merchant
        return acting_merchant(self.merchant, self.scenarios, self.venue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A member of staff, signed in.

    Attributes:
        roles: A subset of ``STAFF``.
    """

    account: str
    roles: frozenset[Who]


Visitor = Citizen | Till | Officer
Door = Callable[[], Visitor | None]
"""Returns who asks in this request, if this door knows; raises UnauthorizedError or
ForbiddenError for credentials that are bad."""


def open_to(*who: Who) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Mark a view with everybody who may call it; goes below the route's decorator."""

    def mark(view: Callable[_P, _R]) -> Callable[_P, _R]:
        setattr(view, _ATTRIBUTE, frozenset(who))
        return view

    return mark


def while_suspended(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Mark a view that devices of a suspended merchant open as well. Goes below ``open_to``.

    Everywhere else such a device is refused: it must still read why, and reply.
    """
    setattr(view, _WHILE_SUSPENDED, True)
    return view


def takes_suspended() -> bool:
    """Return whether the view that is asked for is marked by ``while_suspended``."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, _WHILE_SUSPENDED, False))


def admitted(app: Flask, endpoint: str) -> frozenset[Who]:
    """Return who may call an endpoint; nobody if the view does not say it."""
    found: frozenset[Who] = getattr(app.view_functions[endpoint], _ATTRIBUTE, frozenset())
    return found


def check_routes(app: Flask) -> None:
    """Raise if a route does not say who may call it."""
    silent = sorted(
        rule.endpoint for rule in app.url_map.iter_rules() if not admitted(app, rule.endpoint)
    )
    if silent:
        raise TypeError(f"these routes do not say who may call them: {', '.join(silent)}")


def guard(app: Flask, doors: Mapping[Who, Door], refused: Callable[[], None]) -> None:
    """Let ``app`` ask, before each view, whether the visitor is admitted.

    ``refused`` is told that somebody was not known; it may refuse in its own way.
    """

    def ask() -> Response | None:
        if request.endpoint is None:
            return None
        allowed = admitted(app, request.endpoint)
        if _came_by_cookie():
            check_form()
        if Who.PUBLIC not in allowed:
            try:
                g.visitor = _visitor(allowed, doors)
            except UnauthorizedError:
                refused()
                raise
        return None

    app.before_request(ask)


def visitor() -> Visitor:
    """Return who asks; only in a view that is not public."""
    found: Visitor = g.visitor
    return found


def citizen() -> Citizen:
    """Return the citizen who asks; only in a view that is open to citizens alone."""
    found = visitor()
    if not isinstance(found, Citizen):
        raise ForbiddenError("this is for citizens")
    return found


def till() -> Till:
    """Return the till that asks; only in a view that is open to merchants and devices alone."""
    found = visitor()
    if not isinstance(found, Till):
        raise ForbiddenError("this is for merchants")
    return found


def officer() -> Officer:
    """Return the officer who asks; only in a view that is open to staff alone."""
    found = visitor()
    if not isinstance(found, Officer):
        raise ForbiddenError("this is for staff")
    return found


def _program_asks() -> bool:
    return not is_page(request.path)


def _came_by_cookie() -> bool:
    """Return whether a browser may have been made to ask this by somebody else's page."""
    if not _program_asks():
        return True
    # What a till or a partner proves is in its request; a cookie there is a proxy's.
    if request.path.startswith(_SELF_PROVING):
        return False
    # A till sends a token of its own accord; a browser adds cookies to whatever it is made to ask.
    environ = request.environ
    return "HTTP_AUTHORIZATION" not in environ and "HTTP_COOKIE" in environ


def _visitor(allowed: frozenset[Who], doors: Mapping[Who, Door]) -> Visitor:
    known: Visitor | None = None
    for door in _distinct(doors[who] for who in Who if who in allowed and who in doors):
        found = door()
        if found is None:
            continue
        if _roles(found) & allowed:
            return found
        known = found
    if isinstance(known, Till) and known.owner and Who.OWNER in allowed:
        raise LockedError("the settings of this device are locked")
    # To a page there is always a way in: a merchant's phone may be a citizen's as well.
    if known is not None or (_program_asks() and _known_elsewhere(allowed, doors)):
        raise ForbiddenError("this is for somebody else")
    raise UnauthorizedError("nobody is signed in")


def _known_elsewhere(allowed: frozenset[Who], doors: Mapping[Who, Door]) -> bool:
    """Return whether another door knows the visitor: 403 then, not 401."""
    others = _distinct(door for who, door in doors.items() if who not in allowed)
    for door in others:
        try:
            if door() is not None:
                return True
        except (ForbiddenError, UnauthorizedError):
            continue
    return False


def _distinct(doors: Iterable[Door]) -> Iterable[Door]:
    return dict.fromkeys(doors)


def _roles(found: Visitor) -> frozenset[Who]:
    match found:
        case Citizen():
            return frozenset({Who.CITIZEN})
        case Till():
            own = {Who.OWNER} if found.owner and not found.locked else set[Who]()
            return frozenset({found.who} | own)
        case Officer():
            return found.roles
