"""Sending the browser on."""

from http import HTTPStatus

from flask import Response


def see_other(address: str) -> Response:
    """Return a 303: the browser asks for ``address`` next, with GET."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
