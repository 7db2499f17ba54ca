"""What a merchant sees of each answer; nothing about a guest stays on the phone."""

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from gateway.codes import reading
from gateway.ids import Timestamp, UnverifiedText
from tests.e2e.answers import EIGHT, VERIFICATIONS, answer, answers, offer, recognised
from tests.e2e.conftest import Towns
from tests.e2e.patience import PATIENCE_MS
from tests.e2e.steps import code_on, counter, know_nothing, open_code, show_to, stop_clock
from tests.system.towns import Mint

HOSTILE = "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>"
FULL = re.compile(r"\brecognised\b")
AMBER, GREEN = "rgb(255, 184, 41)", "rgb(10, 107, 53)"
FELT = """
window.felt = {beats: [], tones: []};
navigator.vibrate = beats => { window.felt.beats.push(beats); return true; };
const begin = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (when) {
  window.felt.tones.push(this.frequency.value);
  return begin.call(this, when);
};"""
NewPhone = Callable[..., Page]


@pytest.fixture(scope="module")
def enrolled(browser: Browser, towns: Towns) -> StorageState:
    """What a browser holds that was enrolled once, for all tests of this file."""
    context = browser.new_context()
    counter(context, towns.wenzhou)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def phone(browser: Browser, towns: Towns, enrolled: StorageState) -> Generator[NewPhone]:
    """Give a function that opens the verify page on a phone that is as good as new.

    No time passes there by itself.
    """
    opened = list[BrowserContext]()

    def new(locale: str = "zh-CN", query: str = "", *, scripts: bool = True) -> Page:
        context = browser.new_context(
            locale=locale,
            viewport={"width": 360, "height": 740},
            storage_state=enrolled,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        page = context.new_page()
        page.add_init_script(FELT)
        if scripts:
            stop_clock(context)
        page.goto(f"{towns.wenzhou.url}/merchant{query}")
        return page

    yield new
    for context in opened:
        context.close()


def colour(page: Page) -> str:
    found: str = page.locator("#result").evaluate("each => getComputedStyle(each).backgroundColor")
    return found


def covers_everything(page: Page) -> bool:
    return page.locator("#result").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}


def test_a_grant_takes_the_whole_screen_and_is_heard_and_felt(phone: NewPhone) -> None:
    page = phone()

    answer(page, recognised(offer("9折"), offer("免费券一张", "voucher")))

    assert covers_everything(page)
    assert colour(page) == GREEN
    expect(page.locator("#message")).to_have_text("可享 免费券一张 9折 请按此办理")
    expect(page.locator(".mark:visible")).to_have_class("mark now")
    expect(page.locator("#receipt")).to_have_text("回执 ABCD-EFGH-2345-WXYZ")
    expect(page.locator("#result")).to_be_focused()
    # Nothing of what is under it can be reached.
    expect(page.locator("header a, #code, footer a").filter(visible=True)).to_have_count(0)
    felt = page.evaluate("window.felt")
    assert (felt["beats"], len(felt["tones"])) == ([200], 2)
    assert felt["tones"][0] < felt["tones"][1]


@pytest.mark.parametrize(
    ("locale", "query", "said"),
    [
        ("zh-CN", "", "请当面核对证件姓氏 张*"),
        ("en-GB", "", "Check ID surname 张*"),
        ("en-GB", "?elder=1", "Check ID surname 张*"),
    ],
)
def test_a_printed_code_asks_for_a_look_and_stays_until_somebody_looked(
    phone: NewPhone, locale: str, query: str, said: str
) -> None:
    page = phone(locale, query)

    answer(page, answers(locale[:2])["holder"])
    page.clock.run_for(60_000)

    expect(page.locator("#holder")).to_have_text(said)
    # Whatever the offer says, and however large.
    for each in ("#holder", "#next"):
        expect(page.locator(each)).to_be_in_viewport(ratio=1)
    assert covers_everything(page)
    expect(page.locator("#keep, #bar").filter(visible=True)).to_have_count(0)


def test_what_was_not_checked_now_is_amber_and_has_another_shape_and_sound(
    phone: NewPhone,
) -> None:
    page = phone()

    answer(page, answers("zh")["later"])

    assert covers_everything(page)
    assert colour(page) == AMBER
    expect(page.locator(".mark:visible")).to_have_class("mark later")
    expect(page.locator("#message")).to_contain_text("可先办理,联网后登记")
    expect(page.locator("#message")).not_to_contain_text("健身券")
    expect(page.locator("#online")).to_have_text("此项需联网核验: 免费健身券一张(每月一张)")
    felt = page.evaluate("window.felt")
    assert felt["beats"] == [[90, 90, 90]]
    assert len(set(felt["tones"])) == 1


def test_without_javascript_a_grant_looks_the_same_and_leads_on(
    phone: NewPhone, towns: Towns
) -> None:
    page, mint = phone(scripts=False), Mint.of(towns.huzhou.city)
    page.locator("#code").fill(mint.new(towns.wenzhou.city.clock.now()))
    page.locator("#form button").first.click()

    expect(page.locator("#message")).to_contain_text(
        re.compile(r"可享\s*免押金.*请按此办理", re.DOTALL)
    )
    assert covers_everything(page)
    expect(page.locator("#result")).to_have_css("background-color", GREEN)
    page.locator("#next").click()
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#code")).to_be_visible()


QUIET = {
    "needs-connection": {
        "zh": "此项需联网核验;连不上网就按普通价格办理,不是客人的问题",
        "en": "Needs connection; without one ordinary price, not the guest's fault",
    },
    "no-benefit": {
        "zh": "这次没有可用优惠,按普通价格办理。请客人选「温州·酒店住宿」",
        "en": 'No benefit this time; ordinary price. Ask guest to choose "Wenzhou, Hotels"',
    },
    "spent": {
        "zh": "这次没有可用优惠,按普通价格办理。这一次已用过,可请客人换一个码再试一次",
        "en": (
            "No benefit this time; ordinary price."
            " This use is spent; the guest may try another code once"
        ),
    },
    "present-again": {
        "zh": "请换一个码;两次不行按普通价格,不代表客人有问题",
        "en": "Fresh code, please; after two tries ordinary price, no reflection on the guest",
    },
    "undetermined": {
        "zh": "暂时无法核验,不是客人的问题,请按普通价格办理",
        "en": "Cannot check now; not the guest's fault; ordinary price",
    },
}


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_every_other_answer_is_small_soft_silent_and_of_one_shape(
    phone: NewPhone, locale: str
) -> None:
    page, lang = phone(locale), locale[:2]
    looks = set[tuple[str, str, str]]()
    answer(page, recognised())

    for name, said in QUIET.items():
        answer(page, answers(lang)[name], f"CC1:{name}")
        expect(page.locator("#message")).to_have_text(said[lang])
        expect(page.locator("#after, #receipt, #holder").filter(visible=True)).to_have_count(0)
        style = "each => [getComputedStyle(each).color, getComputedStyle(each).borderColor]"
        ink, border = page.locator("#result").evaluate(style)
        looks.add((colour(page), ink, border))
        box = page.locator("#result").bounding_box()
        assert box is not None
        assert box["height"] < 200

    assert len(looks) == 1
    for red, green, _ in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", str(looks)):
        assert int(red) <= int(green)
    assert len(page.evaluate("window.felt")["beats"]) == 1


@pytest.mark.parametrize("status", [0, 429, 500])
def test_a_trouble_of_ours_is_never_the_guests_fault(phone: NewPhone, status: int) -> None:
    page = phone()
    page.clock.resume()
    know_nothing(page)
    said = {0: "网络不通", 429: "查得太快", 500: "暂时无法核验"}[status]
    page.route(
        VERIFICATIONS,
        lambda route: route.fulfill(status=status, body="{}") if status else route.abort(),
    )

    page.locator("#code").fill("CC1:ANY")
    page.locator("#form button").first.click()

    expect(page.locator("#message")).to_contain_text(said)
    expect(page.locator("#message")).to_contain_text("不是客人的问题")
    expect(page.locator("#recent")).to_be_hidden()


def test_a_code_that_is_expired_used_or_forged_is_asked_for_again_in_one_look(
    phone: NewPhone, towns: Towns
) -> None:
    page, mint = phone(), Mint.of(towns.huzhou.city)
    now = towns.wenzhou.city.clock.now()
    used = mint.new(now)
    show_to(page, used)
    expect(page.locator("#result")).to_have_class(FULL)
    # The page asks nothing about the code that it has just shown.
    page.reload()
    # A character of the signature.
    tampered = used[:40] + ("0" if used[40] != "0" else "1") + used[41:]
    forged = Mint(mint.code, Mint.of(towns.wenzhou.city).signer).new(now)

    bodies = set[bytes]()
    for code in (used, tampered, forged, mint.new(Timestamp(now - 100))):
        with page.expect_response(VERIFICATIONS) as answered:
            show_to(page, code)
        bodies.add(answered.value.body())
        expect(page.locator("#message")).to_have_text(QUIET["present-again"]["zh"])

    assert len(bodies) == 1
    show_to(page, "https://pay.example/QR")
    expect(page.locator("#message")).to_have_text("这不是信用码,请客人打开信用码页")
    show_to(page, "CC2:ABC")
    expect(page.locator("#message")).to_contain_text("请更新本页面")


def test_the_text_of_an_offer_is_shown_as_text_whatever_it_holds(phone: NewPhone) -> None:
    page = phone()
    title = page.title()

    answer(page, recognised(offer(HOSTILE), offer(f"9折({HOSTILE})"), holder=HOSTILE))

    expect(page.locator("#message")).to_contain_text(HOSTILE)
    expect(page.locator("#holder b")).to_have_text(HOSTILE)
    # A name that turns the direction of writing turns its own alone.
    expect(page.locator("#holder b")).to_have_css("unicode-bidi", "isolate")
    expect(page.locator("#result img, #result script")).to_have_count(0)
    assert page.title() == title


def test_a_grant_leaves_by_itself_unless_somebody_keeps_it(phone: NewPhone) -> None:
    page = phone()
    answer(page, recognised())
    expect(page.locator("#bar")).to_be_visible()
    page.clock.run_for(4_000)
    assert covers_everything(page)
    page.clock.run_for(4_000)
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#code")).to_be_focused()

    answer(page, recognised(), "CC1:SECOND")
    page.get_by_role("button", name="停住").click()
    page.clock.run_for(60_000)
    assert covers_everything(page)

    page.locator("#next").click()
    answer(page, recognised(), "CC1:THIRD")
    page.keyboard.press("Tab")
    page.clock.run_for(60_000)
    assert covers_everything(page)


def test_in_the_large_view_a_grant_stays_until_somebody_goes_on(phone: NewPhone) -> None:
    page = phone(query="?elder=1")

    answer(page, recognised())
    page.clock.run_for(600_000)

    assert covers_everything(page)
    expect(page.locator("#keep, #bar").filter(visible=True)).to_have_count(0)


def test_any_key_or_tap_leads_to_the_next_guest(phone: NewPhone) -> None:
    page = phone()
    ways: list[Callable[[], None]] = [
        lambda: page.keyboard.press("Enter"),
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator("#message").click(),
        lambda: page.locator("#next").click(),
    ]
    for number, leave in enumerate(ways):
        answer(page, recognised(), f"CC1:{number}")
        leave()
        expect(page.locator("#result")).to_be_hidden()

    # A scanner has no need to look: its first letter is not lost, whatever has the focus.
    for number, focused in enumerate(("#result", "#next", "#void button")):
        answer(page, recognised(), f"CC1:AGAIN{number}")
        page.locator(focused).focus()
        page.keyboard.type("CC1:TYPED")
        expect(page.locator("#result")).to_be_hidden()
        expect(page.locator("#code")).to_have_value("CC1:TYPED")
        page.locator("#code").fill("")


def test_neither_page_nor_phone_says_who_the_guest_is(
    phone: NewPhone, context: BrowserContext, towns: Towns
) -> None:
    page, citizen = phone(), context.new_page()
    open_code(citizen, towns.huzhou)
    code = code_on(citizen)
    claims = reading.read(UnverifiedText(code)).claims
    with page.expect_response(VERIFICATIONS) as answered:
        show_to(page, code)
    expect(page.locator("#result")).to_have_class(FULL)
    page.locator("#next").click()

    kept = "JSON.stringify([{...sessionStorage}, {...localStorage}])"
    everything = page.content() + page.evaluate(kept) + answered.value.text()

    assert set(answered.value.json()) == {
        *("outcome", "message", "checked", "receipt", "offers", "valid_until", "trust_age")
    }
    told = {"湖州", "Huzhou", "330500", "tier", "等级", claims.code_id, code, "subject", "jti"}
    assert {each for each in told if each in everything} == set()
    assert EIGHT["zh"] not in page.evaluate(kept)
