"""The camera of the verify page, real as far as Chromium has one, and what is said without it."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.cameras import Camera, CameraBrowser
from tests.e2e.conftest import Towns
from tests.e2e.steps import counter, fresh_code

RECOGNISED = re.compile("recognised")

SEVERAL = re.compile(r"^([5-9]|\d\d+)$")

COUNTED = """{
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...sent) {
    const {dataset} = document.documentElement;
    dataset.frames = Number(dataset.frames || 0) + 1;
    return post.apply(this, sent);
  };
}"""
"""Counts the frames that were looked at."""

TROUBLES = {
    "busy": """navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("Could not start video source", "NotReadableError");
    };""",
    "insecure": "Object.defineProperty(window, 'isSecureContext', {value: false});",
    "unable": "Object.defineProperty(navigator, 'mediaDevices', {value: undefined});",
}
"""What Chromium does not do by itself, as the standard has it."""

WECHAT = "Object.defineProperty(navigator, 'userAgent', {value: 'Android MicroMessenger/8.0'});"

FITTED = """{
  const done = (name, value) => { document.documentElement.dataset[name] = value; };
  const track = MediaStreamTrack.prototype;
  track.getCapabilities = () => ({torch: true, zoom: {min: 1, max: 4, step: 0.5}});
  track.applyConstraints = async ({advanced: [{torch, zoom}]}) => {
    if (torch !== undefined) done("torch", torch);
    if (zoom !== undefined) done("zoom", zoom);
  };
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = ({video}) => {
    done("asked", video.deviceId ? video.deviceId.exact : video.facingMode.ideal);
    return asked({video: true});
  };
  track.getSettings = () => ({deviceId: document.documentElement.dataset.asked});
  navigator.mediaDevices.enumerateDevices = async () =>
    ["environment", "front"].map((deviceId) => ({kind: "videoinput", deviceId}));
}"""
"""A phone with two cameras, a light and a zoom: Chromium's camera of a file has none of these."""


@pytest.fixture
def camera(camera_browser: CameraBrowser) -> Camera:
    camera_browser.camera.show()
    return camera_browser.camera


@pytest.fixture
def phone(camera_browser: CameraBrowser) -> Generator[BrowserContext]:
    context = camera_browser.context()
    yield context
    camera_browser.close(context)


def start(page: Page) -> None:
    page.get_by_role("button", name="开始扫码").click()


def test_a_live_code_is_recognised_by_the_camera_once(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    phone.add_init_script(COUNTED)
    page = counter(phone, towns.wenzhou)
    asked = list[str]()
    page.on("request", lambda sent: asked.append(sent.url))
    camera.show(fresh_code(towns.huzhou))

    start(page)

    expect(page.locator("#result")).to_have_class(RECOGNISED)
    expect(page.locator("#receipt")).to_contain_text("回执")
    # The guest holds the phone still when staff go on; that is no other showing.
    page.keyboard.press("Escape")
    expect(page.locator("#view video")).to_be_visible()
    expect(page.locator("#tap")).to_be_hidden()
    page.evaluate("document.documentElement.dataset.frames = 0")
    expect(page.locator("html")).to_have_attribute("data-frames", SEVERAL)
    assert len([url for url in asked if url.endswith("/verifications")]) == 1


def test_of_two_codes_in_sight_none_is_used(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    page = counter(phone, towns.wenzhou)
    first, second = fresh_code(towns.huzhou), fresh_code(towns.huzhou)
    camera.show(first, second)
    asked = list[str]()
    page.on("request", lambda sent: asked.append(sent.url))

    start(page)

    expect(page.locator("#message")).to_contain_text("一次只给一个")
    assert not [url for url in asked if "/api/v1/verifications" in url]


def test_the_camera_is_given_back_while_nobody_looks_and_taken_again(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    page = counter(phone, towns.wenzhou)
    start(page)
    expect(page.locator("#view video")).to_be_visible()
    live = "document.getElementById('video').srcObject?.active === true"
    turn = """() => {
      const hidden = !document.hidden;
      Object.defineProperty(document, 'hidden', {configurable: true, value: hidden});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    assert page.evaluate(live)

    page.evaluate(turn)
    assert not page.evaluate(live)
    camera.show(fresh_code(towns.huzhou))
    page.evaluate(turn)

    expect(page.locator("#result")).to_have_class(RECOGNISED)


def test_a_camera_that_is_not_there_is_said_and_the_box_works(
    context: BrowserContext, towns: Towns
) -> None:
    # The browser of all other tests has no camera at all.
    context.grant_permissions(["camera"])
    page = counter(context, towns.wenzhou)

    start(page)

    expect(page.locator("#refused [data-why=missing]")).to_be_visible()
    expect(page.locator("#refused p:visible")).to_have_count(1)
    page.locator("#code").fill(fresh_code(towns.huzhou))
    page.locator("#form button:not([type=button])").first.click()
    expect(page.locator("#result")).to_have_class(RECOGNISED)


def forbid(route: Route) -> None:
    """Give the page with a policy that forbids the camera, as an app around it may."""
    answer = route.fetch()
    policy = {"permissions-policy": "camera=()"}
    route.fulfill(response=answer, headers={**answer.headers, **policy})


def test_a_camera_that_is_denied_is_explained_for_this_browser(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    assert camera.file.exists()
    phone.add_init_script(WECHAT)
    # What a service worker asks for passes by the route.
    phone.add_init_script("delete Navigator.prototype.serviceWorker")
    page = counter(phone, towns.wenzhou)
    page.route("**/merchant", forbid)
    page.reload()

    start(page)

    expect(page.locator("#refused [data-why=denied]")).to_be_visible()
    expect(page.locator("#refused [data-help=wechat]")).to_be_visible()
    expect(page.locator("#refused p:visible")).to_have_count(2)
    expect(page.locator("#tap")).to_be_visible()
    expect(page.locator("#photo")).to_be_visible()


def test_any_other_trouble_with_the_camera_has_its_own_words(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    assert camera.file.exists()
    counter(phone, towns.wenzhou).close()
    for why, script in TROUBLES.items():
        page = phone.new_page()
        page.add_init_script(script)
        page.goto(f"{towns.wenzhou.url}/merchant")

        start(page)

        expect(page.locator(f"#refused [data-why={why}]")).to_be_visible()
        expect(page.locator("#refused p:visible")).to_have_count(1)
        expect(page.locator("#tap")).to_be_visible()
        page.close()


def test_light_zoom_and_the_other_camera_are_remembered_on_the_phone(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    assert camera.file.exists()
    phone.add_init_script(FITTED)
    page = counter(phone, towns.wenzhou)
    told = page.locator("html")
    start(page)
    expect(told).to_have_attribute("data-asked", "environment")

    page.get_by_role("button", name="手电筒").click()
    expect(told).to_have_attribute("data-torch", "true")
    page.locator("#zoom").fill("2.5")
    expect(told).to_have_attribute("data-zoom", "2.5")
    page.get_by_role("button", name="换摄像头").click()
    expect(told).to_have_attribute("data-asked", "front")
    page.reload()
    start(page)

    expect(told).to_have_attribute("data-asked", "front")
    expect(told).to_have_attribute("data-torch", "true")
    expect(told).to_have_attribute("data-zoom", "2.5")
    expect(page.get_by_role("button", name="手电筒")).to_have_attribute("aria-pressed", "true")


def test_a_camera_that_can_nothing_special_shows_no_buttons(
    phone: BrowserContext, camera: Camera, towns: Towns
) -> None:
    assert camera.file.exists()
    phone.add_init_script(COUNTED)
    page = counter(phone, towns.wenzhou)

    start(page)

    # It reads, so it was asked what it can.
    expect(page.locator("html")).to_have_attribute("data-frames", SEVERAL)
    for button in ("#torch", "#turn", "#zoomed"):
        expect(page.locator(button)).to_be_hidden()
