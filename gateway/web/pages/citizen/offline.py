"""Without a network: the page that a phone keeps, who shows it there, and how it is installed.

``/service-worker.js`` keeps ``/offline/<lang>/<look>`` and what it is drawn with, and nothing that
is about a person (docs/adr/0113). The codes themselves stand in the phone's own database.
"""

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
from gateway.web.translate import translate
from gateway.web.words import city_name

bp = Blueprint("offline", __name__)

_ASSETS: Final = ("offline.js", "style.css", "icon-192.png")


@bp.get("/offline/<lang>/<look>")
@open_to(Who.PUBLIC)
def show(lang: str, look: str) -> Response:
    """Show the page that stands in for a citizen's when the city cannot be reached."""
    language, script = view_to_keep(lang, look, "offline.js")
    return draw_to_keep(
        "citizen/offline.html",
        lang=language,
        elder=look == "elder",
        script=script,
        # Language and size are chosen where the page stands in, and the worker answers.
        path="/code",
    )


@bp.get("/service-worker.js")
@open_to(Who.PUBLIC)
def service_worker() -> Response:
    """Answer with the service worker of citizens' pages."""
    return worker_of("service_worker.js", [*paths_below("/offline"), *built(*_ASSETS)], show)


@bp.get("/manifest.webmanifest")
@open_to(Who.PUBLIC)
def web_manifest() -> Response:
    """Answer with how the code page is installed."""
    lang = page_language()
    name = city_name(lang)
    code = translate("信用码", lang)
    return web_manifest_of(
        at="/code",
        scope="/",
        name=f"{name}{code}" if lang == "zh" else f"{name} {code}",
        short_name=code,
    )
