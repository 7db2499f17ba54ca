"""How often a view may be asked: said at the view, checked around its doors.

``@per_address(door)`` counts before anybody is known, ``@per_visitor`` after it. Staff's sign-in
counts by itself, since its account is in the form. What is counted with whom, and how much of it,
is in ``services.rates``.
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from flask import Flask, request

from gateway.web.addresses import client_address
from gateway.web.admission import Citizen, Officer, Till, visitor
from gateway.web.browser import read_cookie
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE, DEVICE_COOKIE, STAFF_COOKIE

_P = ParamSpec("_P")
_R = TypeVar("_R")
_DOOR: Final = "__door__"
_COUNTED: Final = "__counted__"


def per_address(door: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Mark a public view; views of one ``door`` are counted together. Goes below ``open_to``."""

    def mark(view: Callable[_P, _R]) -> Callable[_P, _R]:
        setattr(view, _DOOR, door)
        return view

    return mark


def per_visitor(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Mark a view that is counted for the citizen or till who asks. Goes below ``open_to``."""
    setattr(view, _COUNTED, True)
    return view


def limit_addresses(app: Flask) -> None:
    """Let ``app`` count by address; before its guard, so that a refusal costs little."""
    doors = _marked(app, _DOOR)

    def count() -> None:
        door = doors.get(request.endpoint or "")
        if door is not None:
            gateway().limits.admit_address(str(door), client_address())

    app.before_request(count)


def limit_visitors(app: Flask) -> None:
    """Let ``app`` count by visitor; after its guard, which knows them."""
    counted = _marked(app, _COUNTED)

    def count() -> None:
        if request.endpoint in counted:
            _admit_visitor()

    app.before_request(count)


def count_bad_token() -> None:
    """Count a request that brought an access token or a cookie of nobody's."""
    cookies = (read_cookie(kind) for kind in (CITIZEN_COOKIE, DEVICE_COOKIE, STAFF_COOKIE))
    if "HTTP_AUTHORIZATION" in request.environ or any(cookies):
        gateway().limits.admit_bad_token(client_address())


def _admit_visitor() -> None:
    limits = gateway().limits
    match visitor():
        case Till(merchant=merchant, device=device):
            limits.admit_till(merchant.id, device)
        case Citizen(subject=subject):
            limits.admit_citizen(subject)
        case Officer():
            pass  # Officers sign in; what they then do is in the ledger.


def _marked(app: Flask, attribute: str) -> dict[str, object]:
    found = {name: getattr(view, attribute, None) for name, view in app.view_functions.items()}
    return {name: mark for name, mark in found.items() if mark is not None}
