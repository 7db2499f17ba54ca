"""What a phone keeps of ours: under which word, and how a citizen's is made to forget it."""

import hmac
from typing import Final

from flask import Response

from gateway.web.browser import read_cookie
from gateway.web.context import gateway
from gateway.web.doors import CITIZEN_COOKIE, DEVICE_COOKIE

_OWNER_CHARS: Final = 16


def phone_owner() -> str:
    """Return the word that a pack on a phone is kept under: it tells this session from others.

    It is the same as long as the session lives, and nobody can tell the session from it.
    """
    return _word("pack", CITIZEN_COOKIE)


def device_owner() -> str:
    """Return the word that a merchant's device keeps everything under, as long as it is that one.

    A browser that is enrolled anew gets another, and sends nothing in the name of the old one.
    """
    return _word("device", DEVICE_COOKIE)


def _word(purpose: str, cookie: str) -> str:
    token = read_cookie(cookie) or ""
    found = hmac.new(gateway().form_key, f"{purpose} {token}".encode(), "sha256").hexdigest()
    return found[:_OWNER_CHARS]


def forget_phone(response: Response) -> None:
    """Let the phone erase its pack, and everything else that our pages keep there.

    A browser that does not know the header finds ``forget.js`` in the page
    (``citizen/parts/forget.html``). One that is a merchant's device as well keeps what its
    merchant has not sent yet: the header would take that along.
    """
    if read_cookie(DEVICE_COOKIE) is None:
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
