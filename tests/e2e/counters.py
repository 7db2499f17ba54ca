"""A counter that has all it needs to be without its city, and codes for it."""

import functools
import re
from collections.abc import Generator
from contextlib import contextmanager

import urllib3
from playwright.sync_api import BrowserContext, Page, expect

from gateway.app.composition import OpenCity
from gateway.app.worker.bundle import publish_bundle
from gateway.ids import MerchantId
from gateway.services.document_ports import BUNDLE
from tests.e2e.conftest import HOTEL, Town, Towns
from tests.e2e.patience import PATIENCE_S, until
from tests.e2e.steps import code_on, counter, open_code, show_to

READY = re.compile("[0-9]+分钟前已更新")


def ready(context: BrowserContext, town: Town, merchant: MerchantId = HOTEL) -> Page:
    """Enrol a phone and wait until it has all that it keeps."""
    page = counter(context, town, town.enrolment(merchant))
    expect(page.locator("#trust")).to_have_text(READY)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    return page


@contextmanager
def stopped(towns: Towns, slug: str = "wenzhou") -> Generator[None]:
    """Let the server of a city be gone."""
    towns.stop(slug)
    try:
        yield
    finally:
        towns.start(slug)


def codes(context: BrowserContext, towns: Towns, count: int = 1) -> list[str]:
    """Return fresh codes of the partner city."""
    citizen = context.new_page()
    open_code(citizen, towns.huzhou)
    found = [code_on(citizen)]
    while len(found) < count:
        citizen.locator("#another").click()
        expect(citizen.locator("#code")).not_to_have_attribute("data-code", found[-1])
        found.append(code_on(citizen))
    citizen.close()
    return found


def publish(towns: Towns) -> None:
    """Do what the workers of both cities do in the background: lists and bundles, of now."""
    pairs = ((towns.wenzhou.city, towns.huzhou.city), (towns.huzhou.city, towns.wenzhou.city))
    for city, _ in pairs:
        city.status_lists.publish.due(city.clock.now())
    for city, other in pairs:
        until(functools.partial(_has_list, city, other))
        publish_bundle(city).due(city.clock.now())
        until(functools.partial(_serves_bundle, city))


def _has_list(city: OpenCity, other: OpenCity) -> bool:
    now = city.clock.now()
    city.trust.refresh(now)
    for partner in city.trust.snapshot.partners:
        city.status_lists.fetch.one(partner, now)
    city.documents.refresh(now)
    city.status_lists.view.refresh()
    return bool(city.status_lists.view.listed().get(other.settings.city.division_code))


def _serves_bundle(city: OpenCity) -> bool:
    """Return whether the server, another process, gives out what was published just now."""
    city.documents.refresh(city.clock.now())
    published = city.documents.view.served(BUNDLE)
    with urllib3.PoolManager(retries=False, timeout=PATIENCE_S) as http:
        given = http.request("GET", f"{city.settings.city.leaf}/api/v1/bundle")
    return published is not None and given.data == published.token.encode()


def show_anew(page: Page, code: str) -> None:
    """Show a code as another guest would, to a page that remembers no code of a moment ago."""
    page.reload()
    expect(page.locator("#scenario option")).not_to_have_count(0)
    show_to(page, code)


def expect_amber(page: Page) -> None:
    expect(page.locator("#result")).to_have_class(re.compile("recognised later"))
    expect(page.locator("#message")).to_contain_text("可先办理,联网后登记")
