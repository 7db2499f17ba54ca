"""Answers that a visitor may have already (RFC 9110, 13): by their tag, never by their time."""

from flask import Response, request


def unless_known(response: Response) -> Response:
    """Return a tagged answer, or 304 where the visitor named its tag.

    Dates are not looked at: we send none, and Werkzeug fails on some that others make up.
    """
    request.environ.pop("HTTP_IF_MODIFIED_SINCE", None)
    response.make_conditional(request.environ)
    return response
