"""Built page code and styles: ``make assets`` writes them and a manifest of their hashed names."""

import functools
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request, send_from_directory

from gateway.errors import JoseError
from gateway.jose import strict_json
from gateway.web.admission import Who, open_to

bp = Blueprint("assets", __name__)

_MAX_MANIFEST_BYTES: Final = 16_384
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".png": "image/png",
}
# A worker lives under the policy of its own answer; it needs nothing but the reader beside it.
_POLICY: Final = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def directory() -> Path:
    """Return where the built files are, if they were built."""
    return Path(str(resources.files("gateway.web").joinpath("static")))


@functools.cache
def manifest() -> Mapping[str, str]:
    """Return the built name of each file; empty if nothing was built: pages work without."""
    try:
        raw = (directory() / "manifest.json").read_bytes()
        found = strict_json.parse(raw, max_bytes=_MAX_MANIFEST_BYTES)
    except (OSError, JoseError):
        return {}
    return {name: str(built) for name, built in found.items()}


def asset(name: str) -> str | None:
    """Return the address of a built file, or None."""
    built = manifest().get(name)
    return None if built is None else f"/static/{built}"


# What a merchant's page runs as a worker stands below the page, where the page's own service
# worker is asked for it.
@bp.get("/merchant/static/<name>")
@bp.get("/static/<name>")
@open_to(Who.PUBLIC)
def static(name: str) -> Response:
    """Answer with a built file; its name has its hash, so it never changes.

    The build left a smaller twin beside each that shrinks (RFC 9110, 8.4): 953 kB of the code
    reader are 410 kB, which is what a phone with a bad network waits for.
    """
    twin = f"{name}.gz"
    small = request.accept_encodings["gzip"] > 0 and (directory() / twin).is_file()
    response = send_from_directory(
        directory(),
        twin if small else name,
        mimetype=_TYPES.get(Path(name).suffix, "application/octet-stream"),
    )
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = _POLICY
    return response
