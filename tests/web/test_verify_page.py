"""The merchant's page as the server draws it."""

from tests.web.people_site import PeopleSite


def test_the_camera_is_for_the_verify_page_only(people: PeopleSite) -> None:
    people.enrol()

    allowed = {
        path: people.get(path).headers["Permissions-Policy"].partition(",")[0]
        for path in ("/merchant", "/merchant/plate", "/", "/healthz")
    }

    assert allowed == {
        "/merchant": "camera=(self)",
        "/merchant/plate": "camera=()",
        "/": "camera=()",
        "/healthz": "camera=()",
    }


def test_nothing_red_stands_for_a_camera_that_is_missing(people: PeopleSite) -> None:
    people.enrol()

    page = people.get("/merchant").get_data(as_text=True)

    assert page.count('data-why="') == 5
    assert page.count('data-help="') == 5
    assert 'id="refused" class="note"' in page
