"""This city's status lists: for everybody, without login, whole (docs/protocol/documents.md)."""

from typing import Final

from flask import Blueprint, Response

from gateway.codes import status_list
from gateway.jose import strict_json
from gateway.services.status_indexes import uri_of
from gateway.services.status_kind import STATUS_LISTS, name_of, number_of
from gateway.web.admission import Who, open_to
from gateway.web.conditional import unless_known
from gateway.web.context import gateway
from gateway.web.documents import CACHE, from_any_page, signed_document
from gateway.web.errors import NotFoundError

bp = Blueprint("status_lists", __name__)

_LONGEST: Final = 4


@bp.get("/status")
@open_to(Who.PUBLIC)
def listing() -> Response:
    """Answer with the addresses of all lists."""
    city = gateway()
    numbers = sorted(filter(None, map(number_of, city.documents.names())))
    told = status_list.listing(uri_of(city.leaf, number) for number in numbers)
    response = Response(strict_json.encode(told), headers={"Content-Type": "application/json"})
    response.headers["Cache-Control"] = CACHE
    response.add_etag()
    return unless_known(from_any_page(response))


@bp.get("/status/<number>")
@open_to(Who.PUBLIC)
def one(number: str) -> Response:
    """Answer with one list, or 404."""
    if len(number) > _LONGEST or not number.isdecimal() or number_of(f"status-{number}") is None:
        raise NotFoundError("no status list has this number")
    return signed_document(name_of(int(number)), STATUS_LISTS.media_type, anywhere=True)
