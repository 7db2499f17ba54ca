"""Every page is drawn here: layout, words, and the headers that keep it ours.

``draw`` first. Templates stand in ``gateway/web/templates``; their texts are Chinese, and
``gateway/web/translations/en.po`` has the English.
"""

import functools
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import jinja2
from flask import Response, current_app, request

from gateway.web.browser import form_token, read_cookie, set_cookie
from gateway.web.context import gateway
from gateway.web.pages.assets import asset
from gateway.web.translate import translate
from gateway.web.words import Language, language

_YEAR_S: Final = 365 * 24 * 3600
_NONCE_BYTES: Final = 16


def draw(
    template: str,
    /,
    *,
    status: int = 200,
    wasm: bool = False,
    shared: Mapping[str, object] | None = None,
    **values: object,
) -> Response:
    """Return a page in the visitor's language.

    Args:
        template: File below ``templates``.
        status: HTTP status.
        wasm: Let the page's own code use WebAssembly.
        shared: What every template of a kind shows.
        values: What this template shows; everything is escaped.
    """
    lang, nonce = page_language(), secrets.token_urlsafe(_NONCE_BYTES)
    said = functools.partial(_said, lang)
    html = (
        _environment()
        .get_template(template)
        .render(
            {
                "_": said,
                "lang": lang,
                "nonce": nonce,
                "elder": elder(),
                "asset": asset,
                "form_token": form_token,
                "path": _here(),
                "city": gateway().city,
            }
            | dict(shared or {})
            | values
        )
    )
    response = Response(html, status=status, mimetype="text/html")
    response.headers.update(_headers(nonce, wasm=wasm))
    _remember_choices(response)
    return response


def page_language() -> Language:
    """Return the language: asked for in the address, remembered, or the browser's."""
    asked = request.args.get("lang") or read_cookie("lang")
    if asked in {"zh", "en"}:
        return "en" if asked == "en" else "zh"
    return language()


def elder() -> bool:
    """Return whether the page is drawn large (长辈版)."""
    return (request.args.get("elder") or read_cookie("elder")) == "1"


def _here() -> str:
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


def _headers(nonce: str, *, wasm: bool) -> Mapping[str, str]:
    script = f"script-src 'nonce-{nonce}'" + (" 'wasm-unsafe-eval'" if wasm else "")
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; {script}; style-src 'self'; img-src 'self' data: blob:; "
            f"connect-src 'self'; worker-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        ),
        # With `no-referrer` Chromium says `Origin: null` when a form is sent.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), screen-wake-lock=(self)",
        "Vary": "Accept-Language, Cookie",
    }


def _remember_choices(response: Response) -> None:
    if request.args.get("lang") in {"zh", "en"}:
        set_cookie(response, "lang", request.args["lang"], max_age_s=_YEAR_S)
    if request.args.get("elder") in {"0", "1"}:
        set_cookie(response, "elder", request.args["elder"], max_age_s=_YEAR_S)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
