"""The merchant's page as the server draws it."""

import re

from gateway.ids import MerchantId, ScenarioId
from tests.web.people_site import ACTING, PeopleSite
from tests.world import merchant


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


def test_one_scenario_is_said_and_several_are_chosen_from(people: PeopleSite) -> None:
    people.enrol()
    several = people.get("/merchant").get_data(as_text=True)
    grant = merchant(id=MerchantId("m-2"), scenarios=frozenset({ScenarioId("lodging.hotel")}))
    people.store.merchants.add(grant, ACTING.note("merchant.added", "m-2"))
    people.enrol(merchant="m-2")

    one = people.get("/merchant").get_data(as_text=True)

    said = re.compile(r'<p id="only"( hidden)?>场景 <b>([^<]*)</b></p>\s*<label( hidden)?>场景')
    assert said.findall(several) == [(" hidden", "", "")]
    assert said.findall(one) == [("", "酒店住宿", " hidden")]
    # What a form sends, and the page's code reads, is there all the same.
    assert re.findall(r'<option value="([^"]*)"', one) == ["lodging.hotel"]


def test_each_area_has_the_footer_that_its_users_need(people: PeopleSite) -> None:
    people.enrol()
    people.enter()
    pages = {"/": True, "/nowhere": True, "/merchant": False, "/merchant/settings": False}

    for path, links in pages.items():
        _, footer, rest = people.get(path).get_data(as_text=True).partition("<footer>")
        assert footer, path
        assert "没有信用码,按普通价格办理" in rest
        assert ('href="/complaints"' in rest) is links, path
    for path in ("/staff", "/staff/merchants", "/staff/sign-in"):
        assert "<footer>" not in people.get(path).get_data(as_text=True), path
