"""Two cities of the demonstration with its OpenID provider, and one real browser for all tests."""

import os
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from gateway.app.composition import OpenCity, open_city
from gateway.demo.layout import Place, found, identity_of, prepare
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, hire, write_assessments
from gateway.demo.servers import Servers
from gateway.ids import MerchantId
from gateway.services.audit import Acting

CHROMIUM = Path("/usr/bin/chromium")
CONFIG = Path(__file__).parents[2] / "config"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOTEL = MerchantId("demo-lodging-hotel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    place: Place
    city: OpenCity

    @property
    def url(self) -> str:
        return self.place.leaf

    def enrolment(self) -> str:
        acting = Acting(by="console:tester", at=self.city.clock.now())
        secret, _ = self.city.device_desk.link(HOTEL, None, "e2e", acting)
        return f"{self.url}/merchant/enrol#{secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Towns:
    huzhou: Town
    wenzhou: Town


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Generator[Towns]:
    # Each process of a parallel run looks for ports of its own.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # noqa: TID251
    root = tmp_path_factory.mktemp("e2e") / "demo"
    wanted = {"huzhou", "wenzhou"}
    with ExitStack() as stack:
        everywhere = prepare(root, CONFIG, 18_500 + 100 * number)
        places = [place for place in everywhere if place.slug in wanted]
        made: dict[str, Town] = {}
        # The provider asks each city that it is registered for whether it is a demonstration.
        for place in everywhere:
            found(place)
        for place in places:
            city = stack.enter_context(open_city(place.settings()))
            write_assessments(place, city.clock.now())
            hire(city, city.clock.now())
            admit(city, city.clock.now())
            made[place.slug] = Town(place=place, city=city)
        stack.enter_context(Servers([*places, identity_of(root)]))
        huzhou, wenzhou = made["huzhou"], made["wenzhou"]
        introduce(wenzhou.city, huzhou.city)
        introduce(huzhou.city, wenzhou.city)
        sync_all({slug: town.city for slug, town in made.items()})
        yield Towns(huzhou=huzhou, wenzhou=wenzhou)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Generator[BrowserContext]:
    fresh = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
