"""What a phone keeps of ours for a time without a network: pages, their service worker, a manifest.

A kept page is the same for everybody, one for each language and look (docs/adr/0113, 0132).
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from flask import Response

from gateway.jose import strict_json
from gateway.web.browser import own_origin
from gateway.web.errors import NotFoundError
from gateway.web.pages.assets import asset, directory, manifest
from gateway.web.pages.frame import page_language
from gateway.web.words import Language

LANGUAGES: Final[dict[str, Language]] = {"zh": "zh", "en": "en"}
LOOKS: Final = ("standard", "elder")
_ACCENT: Final = "#0b5cad"
_PAPER: Final = "#f4f5f7"
_DIGEST_CHARS: Final = 16
# It asks this city and nobody else, and runs nothing but itself.
_WORKER_POLICY: Final = "default-src 'none'; connect-src 'self'; script-src 'self'"

KeptPage = Callable[[str, str], Response]
"""Draws a kept page in a language and a look."""


def paths_below(root: str) -> Sequence[str]:
    """Return the path of each kept page."""
    return [f"{root}/{lang}/{look}" for lang in LANGUAGES for look in LOOKS]


def view_to_keep(lang: str, look: str, script: str) -> tuple[Language, str]:
    """Return the language of a kept page, and the address of the code that it runs.

    Raises:
        NotFoundError: there is no such page, or its code is not built.
    """
    address, language = asset(script), LANGUAGES.get(lang)
    if address is None or language is None or look not in LOOKS:
        raise NotFoundError("there is no such page")
    return language, f"{own_origin()}{address}"


def built(*names: str) -> Sequence[str]:
    """Return the addresses of those files that were built."""
    return [found for name in names if (found := asset(name)) is not None]


def worker_of(name: str, files: Sequence[str], page: KeptPage) -> Response:
    """Return a service worker; its text changes with whatever it keeps.

    Args:
        name: Of the built file.
        files: Addresses that it keeps, those of the pages among them.
        page: Draws one of its pages.

    Raises:
        NotFoundError: the pages' code is not built.
    """
    found = manifest().get(name)
    if found is None:
        raise NotFoundError("the pages' code is not built")
    code = (directory() / found).read_bytes()
    shell = strict_json.encode({"version": _version(code, files, page), "files": files})
    response = Response(b"self.shell=" + shell + b";\n" + code, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = _WORKER_POLICY
    return response


def web_manifest_of(*, at: str, scope: str, name: str, short_name: str) -> Response:
    """Return how a page is installed (W3C Web Application Manifest).

    Args:
        at: Path that it opens at.
        scope: Paths that it keeps to.
        name: Its name, with the city's.
        short_name: As it stands below an icon.
    """
    members = {
        "id": at,
        "start_url": at,
        "scope": scope,
        "name": name,
        "short_name": short_name,
        "lang": "zh-CN" if page_language() == "zh" else "en",
        "display": "standalone",
        "theme_color": _ACCENT,
        "background_color": _PAPER,
        "icons": _icons(),
    }
    return Response(strict_json.encode(members), mimetype="application/manifest+json")


def _version(code: bytes, files: Sequence[str], page: KeptPage) -> str:
    """Return a digest of everything that the worker keeps: another one is kept anew."""
    digest = hashlib.sha256(code + strict_json.encode({"files": files}))
    for lang in LANGUAGES:
        for look in LOOKS:
            drawn = page(lang, look)
            digest.update(drawn.get_data())
            # A new partner is another origin that a page may ask.
            digest.update(drawn.headers["Content-Security-Policy"].encode())
    return digest.hexdigest()[:_DIGEST_CHARS]


def _icons() -> Sequence[dict[str, str]]:
    kinds = (("icon-192", "192x192", "any"), ("icon-512", "512x512", "any"))
    maskable = ("icon-maskable", "512x512", "maskable")
    return [
        {"src": src, "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in (*kinds, maskable)
        if (src := asset(f"{name}.png")) is not None
    ]
