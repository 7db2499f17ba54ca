"""Every page is drawn here: layout, words, and the headers that keep it ours.

``draw`` first. Templates stand in ``gateway/web/templates``; their texts are Chinese, and
``gateway/web/translations/en.po`` has the English.
"""

import functools
import secrets
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import jinja2
from flask import Response, current_app, request

from gateway.services.case_numbers import spelled_number
from gateway.web.browser import form_token, read_cookie, set_cookie
from gateway.web.context import gateway
from gateway.web.pages.assets import asset
from gateway.web.phones import phone_owner
from gateway.web.translate import translate
from gateway.web.words import Language, language

_YEAR_S: Final = 365 * 24 * 3600
_NONCE_BYTES: Final = 16


def draw(  # noqa: PLR0913 (as a page is drawn)
    template: str,
    /,
    *,
    status: int = 200,
    scanner: bool = False,
    asks: Sequence[str] = (),
    shared: Mapping[str, object] | None = None,
    kept: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """Return a page in the visitor's language.

    Args:
        template: File below ``templates``.
        status: HTTP status.
        scanner: Let the page's own code use the camera, and WebAssembly to read what it sees.
        asks: Other origins that the page's code may ask.
        shared: What every template of a kind shows.
        kept: Of the address, what stays when the language or the size is changed.
        values: What this template shows; everything is escaped.
    """
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    members: dict[str, object] = {
        "nonce": nonce,
        "elder": elder(),
        "form_token": form_token,
        "phone_owner": phone_owner,
        "path": page_above(),
        "kept": f"{urlencode(kept)}&" if kept else "",
    }
    html = _rendered(template, page_language(), members | dict(shared or {}) | values)
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(_headers(f"'nonce-{nonce}'", scanner=scanner, asks=asks))
    _remember_choices(response)
    return response


def draw_to_keep(  # noqa: PLR0913 (as a page is drawn)
    template: str,
    /,
    *,
    lang: Language,
    elder: bool,
    script: str,
    path: str,
    scanner: bool = False,
    asks: Sequence[str] = (),
    **values: object,
) -> Response:
    """Return a page that a phone keeps and shows again: the same for everybody.

    Args:
        template: File below ``templates``; it finds no form token and no nonce.
        lang: Its language, whatever the visitor's is.
        elder: Whether it is drawn large.
        script: Address of the one file that may run; a nonce that is shown again is none.
        path: Where its language and size are changed.
        scanner: As in ``draw``.
        asks: Other origins that the page's code may ask.
        values: What this template shows; nothing of it is about a visitor.
    """
    members = {"elder": elder, "path": path, "kept": ""} | values
    response = Response(_rendered(template, lang, members), mimetype="text/html")
    response.headers.update(_headers(script, scanner=scanner, asks=asks))
    return response


def _rendered(template: str, lang: Language, members: Mapping[str, object]) -> str:
    said = functools.partial(_said, lang)
    # Between two sentences; a Chinese full stop has its own.
    gap = "" if lang == "zh" else " "
    shown = {"_": said, "lang": lang, "gap": gap, "asset": asset, "city": gateway().city}
    return _environment().get_template(template).render(shown | dict(members))


def page_language() -> Language:
    """Return the language: asked for in the address, remembered, or the browser's."""
    asked = request.args.get("lang") or read_cookie("lang")
    if asked in {"zh", "en"}:
        return "en" if asked == "en" else "zh"
    return language()


def elder() -> bool:
    """Return whether the page is drawn large (长辈版)."""
    return (request.args.get("elder") or read_cookie("elder")) == "1"


def page_above() -> str:
    """Return where this page can be asked for again: here, or at the nearest page above.

    What a form drew has no address of its own. A path that no route has is not repeated.
    """
    if request.url_rule is None:
        return "/"
    routes = current_app.url_map.bind("")
    path = request.path
    while path and not routes.test(path, "GET"):
        path = path.rpartition("/")[0]
    return quote(path) or "/"


def _said(lang: Language, text: str, /, **values: object) -> str:
    return translate(text, lang, **values)


def _headers(allowed: str, *, scanner: bool, asks: Sequence[str]) -> Mapping[str, str]:
    asked = " ".join(("'self'", *asks))
    script = f"script-src {allowed}" + (" 'wasm-unsafe-eval'" if scanner else "")
    camera = "(self)" if scanner else "()"
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; {script}; style-src 'self'; img-src 'self' data: blob:; "
            f"connect-src {asked}; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        # With `no-referrer` Chromium says `Origin: null` when a form is sent.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": (
            f"camera={camera}, geolocation=(), microphone=(), screen-wake-lock=(self)"
        ),
        "Vary": "Accept-Language, Cookie",
    }


def _remember_choices(response: Response) -> None:
    if request.args.get("lang") in {"zh", "en"}:
        set_cookie(response, "lang", request.args["lang"], max_age_s=_YEAR_S)
    if request.args.get("elder") in {"0", "1"}:
        set_cookie(response, "elder", request.args["elder"], max_age_s=_YEAR_S)


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["spelled"] = spelled_number
    return made
