"""A live code of each city before the camera of each city's verify page."""

import os
import re
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from itertools import permutations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gateway.app.composition import OpenCity, open_city
from gateway.demo.layout import found, prepare
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import Tokens, admit, write_assessments
from gateway.demo.quotas import exchange_catalogues
from gateway.demo.servers import Servers
from tests.e2e.cameras import CameraBrowser
from tests.e2e.conftest import CONFIG, HOTEL, Town
from tests.e2e.patience import know_each_other
from tests.e2e.steps import counter, fresh_code

RECOGNISED = re.compile("recognised")
CELLS = 16
PORTS = 18_550
"""Beside those of the two towns."""


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Generator[Mapping[str, Town]]:
    """Yield four cities that recognise each other, without a provider: nobody signs in."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # noqa: TID251  number of this test process
    root = tmp_path_factory.mktemp("four") / "demo"
    with ExitStack() as stack:
        places = prepare(root, CONFIG, PORTS + 100 * number)
        opened, tills = dict[str, OpenCity](), dict[str, Tokens]()
        for place in places:
            found(place)
            city = opened[place.slug] = stack.enter_context(open_city(place.settings()))
            write_assessments(place, city.clock.now())
            tills[place.slug] = admit(city, city.clock.now())
            city.documents.publish_catalogues.run(city.clock.now(), clock_doubtful=False)
        stack.enter_context(Servers(places))
        for city, partner in permutations(opened.values(), 2):
            introduce(city, partner)
        sync_all(opened)
        exchange_catalogues(opened.values())
        know_each_other([(each, opened[each.slug], tills[each.slug]) for each in places])
        yield {place.slug: Town(place=place, city=opened[place.slug]) for place in places}


@pytest.fixture
def phone(camera_browser: CameraBrowser) -> Generator[BrowserContext]:
    context = camera_browser.context()
    yield context
    camera_browser.close(context)


def scan(page: Page) -> None:
    """Open the page anew, as for the first guest of a day, and begin."""
    page.reload()
    page.locator("#tap").click()


def test_a_code_of_every_city_is_recognised_at_the_counter_of_every_city(
    cities: Mapping[str, Town], phone: BrowserContext, camera_browser: CameraBrowser
) -> None:
    shown = list[tuple[str, str]]()

    for verifier, there in cities.items():
        page = counter(phone, there, there.enrolment(HOTEL))
        for issuer, home in cities.items():
            camera_browser.camera.show(fresh_code(home))
            scan(page)
            expect(page.locator("#result")).to_have_class(RECOGNISED)
            expect(page.locator("#receipt")).to_contain_text("回执")
            # Merchants are not told whose citizen it is.
            screen = page.locator("#result").inner_text()
            assert not [city for city in ("湖州", "嘉兴", "金华", "温州") if city in screen]
            shown.append((issuer, verifier))
        page.goto("about:blank")

    assert len(set(shown)) == CELLS
