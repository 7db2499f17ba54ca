"""``GET /api/v1/bundle``: the trust bundle, for whoever verifies offline."""

from flask import Blueprint, Response

from gateway.services.document_ports import BUNDLE
from gateway.web.admission import Who, open_to
from gateway.web.documents import JWT_TYPE, signed_document

bp = Blueprint("bundle", __name__)


@bp.get("/api/v1/bundle")
@open_to(Who.PUBLIC)
def bundle() -> Response:
    """Answer with the bundle as it was signed."""
    return signed_document(BUNDLE, JWT_TYPE, anywhere=True)
