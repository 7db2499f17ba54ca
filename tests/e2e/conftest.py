"""Two cities of the demonstration with its OpenID provider, and one real browser for all tests."""

import os
from collections.abc import Collection, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from gateway.app.composition import OpenCity, open_city
from gateway.demo.layout import Place, found, identity_of, prepare
from gateway.demo.names import visitor
from gateway.demo.officers import introduce, sync_all
from gateway.demo.people import admit, hire, write_assessments
from gateway.demo.quotas import exchange_catalogues
from gateway.demo.servers import Servers
from gateway.ids import MerchantId, Tier
from gateway.services.audit import Acting
from tests.e2e.cameras import CameraBrowser, camera_browser_of
from tests.e2e.patience import PATIENCE_MS, Opened, keep_off_the_half_hour, know_each_other

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
HOTEL, GYM = MerchantId("demo-lodging-hotel"), MerchantId("demo-fitness-gym")
SECRETS = (
    "演示市民".encode(),
    "演*".encode(),
    b"illustrative-visitor",
    b"illustrative-tier",
    b"CC1:",
)
"""How names, masked names, subjects and codes of the browsers' people begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    place: Place
    city: OpenCity

    @property
    def url(self) -> str:
        return self.place.leaf

    def enrolment(self, merchant: MerchantId = HOTEL, *, owner: bool = False) -> str:
        acting = Acting(by="console:tester", at=self.city.clock.now())
        label = "owner" if owner else "e2e"
        secret, _ = self.city.device_desk.link(merchant, None, label, acting, owner=owner)
        return f"{self.url}/merchant/enrol#{secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Towns:
    huzhou: Town
    wenzhou: Town
    servers: Servers

    def stop(self, slug: str) -> None:
        """End the server of one city, as a power cut does."""
        self.servers.stop_one(slug)

    def start(self, slug: str) -> None:
        """Bring it back."""
        self.servers.start_one(slug)


@dataclass(frozen=True, slots=True)
class Assessments:
    """The file that a city reads."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    def write(self, text: str) -> None:
        """Replace the file at once, as the assessment system does."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.chmod(0o600)
        fresh.replace(self.path)

    def move(self, people: Collection[Tier], where: Tier) -> None:
        """Let the people of some tiers stand where the one of another does."""
        rows = [row.split(",") for row in self.text.splitlines()]
        (reading,) = (row[1] for row in rows if row[0] == visitor(where))
        moved = set(map(visitor, people))
        new = [[row[0], reading, *row[2:]] if row[0] in moved else row for row in rows]
        self.write("\n".join(map(",".join, new)) + "\n")


def lift_limits(place: Place) -> None:
    """Let every page of every test keep a pack for the same few people."""
    with Path(place.environ["CREDIT_GATEWAY_CITY_FILE"]).open("a", encoding="utf-8") as file:
        file.write("\n[limits]\npack_per_hour = 1000000\n")


def traces(place: Place) -> list[str]:
    """Return where a city wrote down who somebody is, or a code, which is nowhere."""
    return [
        f"{path.name}: {secret.decode()}"
        for path in place.directory.rglob("*")
        if path.is_file() and path.name != "assessments.csv"
        for secret in SECRETS
        if secret in path.read_bytes()
    ]


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Generator[Towns]:
    # Each process of a parallel run looks for ports of its own.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # noqa: TID251  number of this test process
    root = tmp_path_factory.mktemp("e2e") / "demo"
    wanted = {"huzhou", "wenzhou"}
    with ExitStack() as stack:
        everywhere = prepare(root, CONFIG, 18_500 + 100 * number)
        places = [place for place in everywhere if place.slug in wanted]
        made: dict[str, Town] = {}
        opened: Opened = []
        # The provider asks each city that it is registered for whether it is a demonstration.
        for place in everywhere:
            lift_limits(place)
            found(place)
        for place in places:
            city = stack.enter_context(open_city(place.settings()))
            write_assessments(place, city.clock.now())
            hire(city, city.clock.now())
            opened.append((place, city, admit(city, city.clock.now())))
            city.documents.publish_catalogues.run(city.clock.now(), clock_doubtful=False)
            made[place.slug] = Town(place=place, city=city)
        servers = stack.enter_context(Servers([*places, identity_of(root)]))
        huzhou, wenzhou = made["huzhou"], made["wenzhou"]
        introduce(wenzhou.city, huzhou.city)
        introduce(huzhou.city, wenzhou.city)
        sync_all({slug: town.city for slug, town in made.items()})
        exchange_catalogues(town.city for town in made.values())
        know_each_other(opened)
        yield Towns(huzhou=huzhou, wenzhou=wenzhou, servers=servers)
        # After everything that any test did in a browser:
        assert [trace for place in places for trace in traces(place)] == []


@pytest.fixture
def half_an_hour() -> None:
    """Let a test begin and end within the same half hour, day and month."""
    keep_off_the_half_hour()


@pytest.fixture
def assessments(towns: Towns) -> Generator[Assessments]:
    """Give Huzhou's assessments, which are put back afterwards."""
    kept = Assessments(towns.huzhou.place.directory / "assessments.csv")
    before = kept.text
    yield kept
    kept.write(before)


@pytest.fixture(scope="session")
def driver() -> Generator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        yield playwright


@pytest.fixture(scope="session")
def browser(driver: Playwright) -> Generator[Browser]:
    chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def camera_browser(
    driver: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Generator[CameraBrowser]:
    """Yield a browser with a camera: ``camera_browser.camera.show(code)``."""
    directory = tmp_path_factory.mktemp("camera")
    with camera_browser_of(driver, CHROMIUM, FLAGS, directory) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Generator[BrowserContext]:
    fresh = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    fresh.set_default_timeout(PATIENCE_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
