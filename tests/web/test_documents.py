"""Signed documents as they are served."""

import pytest

from gateway.services.own_statements import Published
from tests.web.site import Site

PATHS = {"/federation/catalog": "catalogue", "/federation/catalog/next": "catalogue-next"}


@pytest.mark.parametrize("path", PATHS)
def test_a_signed_document_is_served_byte_for_byte(path: str) -> None:
    site = Site()
    site.documents[PATHS[path]] = Published.of("a.signed.document")

    response = site.client.get(path)

    assert response.data == b"a.signed.document"
    assert response.headers["Content-Type"] == "application/jwt"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["ETag"] == Published.of("a.signed.document").etag


def test_a_document_that_a_visitor_has_is_not_sent_again() -> None:
    site = Site()
    published = site.documents["catalogue"] = Published.of("a.signed.document")

    response = site.client.get("/federation/catalog", headers={"If-None-Match": published.etag})

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == published.etag


@pytest.mark.parametrize("path", PATHS)
def test_a_document_that_is_not_there_is_not_found(path: str) -> None:
    response = Site().client.get(path)

    assert response.status_code == 404
    assert response.get_json()["error"] == "not_found"


def test_the_bundle_is_served_to_anybody_from_any_page() -> None:
    site = Site()
    published = site.documents["bundle"] = Published.of("a.signed.bundle")

    response = site.client.get("/api/v1/bundle")
    again = site.client.get("/api/v1/bundle", headers={"If-None-Match": published.etag})

    assert response.text == "a.signed.bundle"
    assert response.headers["Content-Type"] == "application/jwt"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in response.headers
    assert again.status_code == 304


def test_a_bundle_that_was_never_signed_is_a_problem_of_the_api() -> None:
    response = Site().client.get("/api/v1/bundle")

    assert response.status_code == 404
    assert response.get_json()["code"] == "not_found"
