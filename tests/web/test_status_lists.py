"""Status lists and their listing as they are served."""

import gzip

import pytest

from gateway.services.own_statements import Published
from tests.web.site import LEAF, Site

TOKEN = "a.long.signed.list" * 100


def site() -> Site:
    made = Site()
    made.documents["status-1"] = Published.of(TOKEN)
    return made


def test_the_listing_names_the_lists_in_order_and_nothing_else() -> None:
    made = site()
    for name in ("catalogue", "status-10", "status-2", "bundle"):
        made.documents[name] = Published.of("another")

    response = made.client.get("/status")

    assert response.get_json() == {"status_lists": [f"{LEAF}/status/{n}" for n in (1, 2, 10)]}
    assert response.headers["Content-Type"] == "application/json"
    again = made.client.get("/status", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_a_list_is_served_byte_for_byte_to_anybody_from_any_page() -> None:
    response = site().client.get("/status/1")

    assert response.text == TOKEN
    assert response.headers["Content-Type"] == "application/statuslist+jwt"
    assert response.headers["ETag"] == Published.of(TOKEN).etag


@pytest.mark.parametrize("path", ["/status", "/status/1"])
def test_both_may_be_kept_and_read_by_pages_of_any_site_and_set_no_cookie(path: str) -> None:
    response = site().client.get(path)

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in response.headers


def test_who_takes_gzip_gets_it_under_a_tag_of_its_own() -> None:
    client = site().client

    plain = client.get("/status/1")
    packed = client.get("/status/1", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'
    tag = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert client.get("/status/1", headers=tag).status_code == 304


@pytest.mark.parametrize("accepts", ["gzip;q=0", "br", "identity"])
def test_who_does_not_take_gzip_gets_it_plain(accepts: str) -> None:
    response = site().client.get("/status/1", headers={"Accept-Encoding": accepts})

    assert "Content-Encoding" not in response.headers
    assert response.text == TOKEN


def test_a_small_document_is_not_compressed() -> None:
    made = site()
    made.documents["status-1"] = Published.of("small")

    response = made.client.get("/status/1", headers={"Accept-Encoding": "gzip"})

    assert response.text == "small"


@pytest.mark.parametrize("number", ["2", "0", "01", "10000", "-1", "x", "٣", "1.0"])
def test_a_list_that_is_not_there_is_not_found(number: str) -> None:
    response = site().client.get(f"/status/{number}")

    assert (response.status_code, response.mimetype) == (404, "application/json")
    assert response.get_json()["error"] == "not_found"


def test_head_and_other_methods_are_answered_as_for_any_document() -> None:
    client = site().client

    assert client.head("/status/1").status_code == 200
    assert client.head("/status/1").data == b""
    assert client.post("/status/1").status_code == 405
    assert client.post("/status/1").get_json()["error"] == "invalid_request"
