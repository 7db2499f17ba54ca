"""This city's signed documents, served exactly as they were signed (docs/protocol/documents.md)."""

from typing import Final

from flask import Blueprint, Response

from gateway.services.document_ports import CATALOGUE, CATALOGUE_NEXT
from gateway.web.admission import Who, open_to
from gateway.web.compressed import sent_smaller
from gateway.web.conditional import unless_known
from gateway.web.context import gateway
from gateway.web.errors import NotFoundError

bp = Blueprint("documents", __name__)

JWT_TYPE: Final = "application/jwt"
CACHE: Final = "public, max-age=300"


@bp.get("/federation/catalog")
@open_to(Who.PUBLIC)
def catalogue() -> Response:
    """Answer with the catalogue in force."""
    return signed_document(CATALOGUE, JWT_TYPE)


@bp.get("/federation/catalog/next")
@open_to(Who.PUBLIC)
def next_catalogue() -> Response:
    """Answer with the version that comes into force later, or 404."""
    return signed_document(CATALOGUE_NEXT, JWT_TYPE)


def signed_document(name: str, media_type: str, *, anywhere: bool = False) -> Response:
    """Return an own document with its strong tag, or 304.

    Args:
        name: Which.
        media_type: Exact content type.
        anywhere: Whether pages of other sites may read it; then it is compressed as well.

    Raises:
        NotFoundError: there is none now.
    """
    found = gateway().documents.served(name)
    if found is None:
        raise NotFoundError("nothing is published here at the moment")
    # Not as Flask's mimetype, which adds a charset to some: partners ask for the exact type.
    response = Response(found.token, headers={"Content-Type": media_type})
    response.headers["ETag"] = found.etag
    response.headers["Cache-Control"] = CACHE
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if anywhere:
        response = from_any_page(sent_smaller(response))
    return unless_known(response)


def from_any_page(response: Response) -> Response:
    """Return an answer that pages of every site may read; it must depend on no cookie."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
