"""A merchant's page without a network: what its device keeps, who shows it, how it is installed.

``/merchant/service-worker.js`` keeps ``/merchant/offline/<lang>/<look>`` and all that it is drawn
and works with (docs/adr/0132). The page is the same for every merchant; what it says of one comes
from ``/merchant/facts``, by way of the device's own database.
"""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response

from gateway.web.admission import Who, open_to
from gateway.web.pages.frame import draw_to_keep, page_language
from gateway.web.pages.kept import (
    built,
    paths_below,
    view_to_keep,
    web_manifest_of,
    worker_of,
)
from gateway.web.pages.merchant.facts import partner_origins
from gateway.web.pages.merchant.screen import screen_words
from gateway.web.translate import translate
from gateway.web.words import city_name

bp = Blueprint("merchant_offline", __name__)

_ASSETS: Final = ("merchant.js", "zxing_reader.wasm", "style.css", "icon-192.png")
_WORKERS: Final = ("reader.js",)
_KNOWS_NOBODY: Final[Mapping[str, object]] = {
    "nonce": "",
    "form_token": lambda: "",
    "merchant": None,
    "venue": None,
    "choices": (),
    "chosen": None,
    "result": None,
    "ended": False,
    "request_id": "",
    # Nobody can be asked for a PIN, and none of the other pages is there.
    "kiosk": True,
}


@bp.get("/merchant/offline/<lang>/<look>")
@open_to(Who.PUBLIC)
def show(lang: str, look: str) -> Response:
    """Show the page that stands in for ``/merchant`` when the city cannot be reached."""
    language, script = view_to_keep(lang, look, "merchant.js")
    return draw_to_keep(
        "merchant/verify.html",
        lang=language,
        elder=look == "elder",
        script=script,
        # Language and size are chosen where the page stands in, and the worker answers.
        path="/merchant",
        scanner=True,
        asks=partner_origins(),
        words=screen_words(language),
        **_KNOWS_NOBODY,
    )


@bp.get("/merchant/service-worker.js")
@open_to(Who.PUBLIC)
def service_worker() -> Response:
    """Answer with the service worker of the merchant's page."""
    # What a worker is made of is served below its service worker (docs/adr/0132).
    workers = (f"/merchant{address}" for address in built(*_WORKERS))
    files = [*paths_below("/merchant/offline"), *built(*_ASSETS), *workers]
    response = worker_of("merchant_worker.js", files, show)
    # The page itself has no slash at its end, and is no part of the folder below it.
    response.headers["Service-Worker-Allowed"] = "/merchant"
    return response


@bp.get("/merchant/manifest.webmanifest")
@open_to(Who.PUBLIC)
def web_manifest() -> Response:
    """Answer with how the merchant's page is installed."""
    lang = page_language()
    name = city_name(lang)
    verify = translate("核验信用码", lang)
    return web_manifest_of(
        at="/merchant",
        scope="/merchant",
        name=f"{name}·{verify}" if lang == "zh" else f"{name}: {verify}",
        short_name=verify,
    )
