"""What no honest client sends, and what once made the app fail."""

from collections.abc import Generator
from pathlib import Path

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.web.people_site import PeopleSite, people_site
from tests.web.site import LEAF

PATHS = ("/", "/healthz", "/api/v1/offers", "/nowhere", "/code", "/staff", "/api/v1/openapi.json")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[PeopleSite]:
    with people_site(Path(tmp_path_factory.mktemp("site"))) as made:
        yield made


@pytest.mark.parametrize("query", ["lang=\xff", "lang=中", "elder=\u00e9&lang=en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_query_beyond_ascii_is_no_mistake_of_ours(
    site: PeopleSite, path: str, query: str
) -> None:
    # As a server hands it on; a test client of Werkzeug's would not send it.
    environ = create_environ(path, LEAF) | {"QUERY_STRING": query}

    _, status, _ = run_wsgi_app(site.client.application, environ)

    assert int(status.split()[0]) < 500


DATES = ("Thu, 01 Jan 99999999999 00:00:00 GMT", "Thu, 01 Jan 2020 00:00:00 +99999999999999999999")


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/.well-known/openid-federation"])
def test_a_date_that_cannot_be_is_not_looked_at(site: PeopleSite, path: str, date: str) -> None:
    plain = site.client.get(path, base_url=LEAF)

    dated = site.client.get(path, base_url=LEAF, headers={"If-Modified-Since": date})

    assert (dated.status_code, dated.data) == (plain.status_code, plain.data)
