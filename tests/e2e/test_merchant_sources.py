"""Hand-held scanners, apps with a scanner of their own, and codes of others, on the verify page."""

import io
import re

import qrcode
import qrcode.constants
from playwright.sync_api import BrowserContext, Page, expect
from qrcode.image.pil import PilImage

from tests.e2e.conftest import Towns
from tests.e2e.steps import counter, fresh_code, type_as_scanner

RECOGNISED = re.compile("recognised")
AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"

# Each double answers as published code uses the real one; the real apps could not be had.
ZHELIBAN = """window.ZWJSBridge = {
  onReady: (go) => go(),
  scan: ({type}) => Promise.resolve(type === "qrCode" ? {text: %r} : {}),
};"""
WECHAT = """window.wx = {scanQRCode: ({needResult, success}) => {
  if (needResult === 1) success({resultStr: %r, errMsg: "scanQRCode:ok"});
}};"""
AP = "window.ap = {scan: ({type}, done) => done(type === 'qr' ? {code: %r} : {})};"
ALIPAY = """window.AlipayJSBridge = {call: (name, {type}, done) => {
  if (name === "scan" && type === "qr") done({qrCode: %r});
}};"""
REFUSING = "window.wx = {scanQRCode: ({fail}) => fail({errMsg: 'scanQRCode:permission denied'})};"

FOREIGN = {
    "HC1:6BF+70790T9WJWG.FKY*4GO0": "不是信用码",
    "shc:/567629095243206034602924374044": "不是信用码",
    "https://pay.example/q/1?x=1": "不是信用码",
    "wxp://f2f0example": "不是信用码",
    "CC2:ANYTHING THAT COMES LATER": "更新",
    # Longer than any code may be.
    "A" * 4200: "不是信用码",
}


DOUBLES = {
    "zheliban": ("", ZHELIBAN),
    "wechat": (" MicroMessenger/8.0.50", WECHAT),
    "alipay's script": (" AlipayClient/10.6.0", AP),
    "alipay's bridge": (" AlipayClient/10.6.0", ALIPAY),
}


def in_app(context: BrowserContext, towns: Towns, agent: str, script: str) -> Page:
    page = context.new_page()
    page.add_init_script(f"Object.defineProperty(navigator, 'userAgent', {{value: {agent!r}}});")
    page.add_init_script(script)
    page.goto(f"{towns.wenzhou.url}/merchant")
    page.get_by_role("button", name="开始扫码").click()
    return page


def test_the_scanner_of_the_app_is_asked_before_the_camera(
    context: BrowserContext, towns: Towns
) -> None:
    counter(context, towns.wenzhou).close()
    for agent, double in DOUBLES.values():
        page = in_app(context, towns, AGENT + agent, double % fresh_code(towns.huzhou))

        expect(page.locator("#result")).to_have_class(RECOGNISED)
        # This browser has no camera; nobody asked for one.
        expect(page.locator("#refused")).to_be_hidden()
        page.close()


def test_an_app_that_refuses_leaves_the_camera(context: BrowserContext, towns: Towns) -> None:
    context.grant_permissions(["camera"])
    counter(context, towns.wenzhou).close()

    page = in_app(context, towns, f"{AGENT} MicroMessenger/8.0.50", REFUSING)

    # It was tried, and this browser has none.
    expect(page.locator("#refused [data-why=missing]")).to_be_visible()


def large_qr(text: str) -> bytes:
    """Return any text as a picture, however long."""
    out = io.BytesIO()
    drawing = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_L, image_factory=PilImage
    )
    drawing.add_data(text)
    drawing.make_image().save(out, "PNG")
    return out.getvalue()


def test_a_scanner_may_end_with_tab_and_a_person_may_move_on(
    context: BrowserContext, towns: Towns
) -> None:
    page = counter(context, towns.wenzhou)
    page.evaluate("document.getElementById('code').value = 'CC1: of a while ago'")
    page.locator("#code").press("Tab")
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#code")).not_to_be_focused()

    page.locator("#code").fill("")
    type_as_scanner(page, fresh_code(towns.huzhou), end="Tab")

    expect(page.locator("#result")).to_have_class(RECOGNISED)


def test_a_code_survives_a_chinese_input_method(context: BrowserContext, towns: Towns) -> None:
    page = counter(context, towns.wenzhou)
    code = fresh_code(towns.huzhou)
    wide = "".join("\u3000" if one == " " else chr(ord(one) + 0xFEE0) for one in code)
    method = context.new_cdp_session(page)
    page.locator("#code").focus()

    method.send("Input.imeSetComposition", {"text": wide, "selectionStart": 0, "selectionEnd": 0})
    # The Enter belongs to the input method, which ends the composition with it.
    page.evaluate(
        """document.getElementById("code").dispatchEvent(
          new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    )
    method.send("Input.insertText", {"text": wide})

    expect(page.locator("#result")).to_have_class(RECOGNISED)
    expect(page.locator("#code")).to_have_value("")


def test_of_two_codes_that_are_pasted_none_is_used(context: BrowserContext, towns: Towns) -> None:
    page = counter(context, towns.wenzhou)
    codes = [fresh_code(towns.huzhou), fresh_code(towns.huzhou)]
    asked = list[str]()
    page.on("request", lambda sent: asked.append(sent.url) if sent.method == "POST" else None)

    page.locator("#code").fill("\n".join(codes))
    page.locator("#form button:not([type=button])").first.click()

    expect(page.locator("#message")).to_contain_text("一次只给一个")
    assert not asked


def test_codes_of_others_are_answered_in_words(context: BrowserContext, towns: Towns) -> None:
    page = counter(context, towns.wenzhou)
    for text, said in FOREIGN.items():
        picture = large_qr(text)
        page.locator("#file").set_input_files(
            {"name": "photo.png", "mimeType": "image/png", "buffer": picture}
        )
        expect(page.locator("#message")).to_contain_text(said)
        page.locator("h1").click()
        page.evaluate("document.getElementById('message').textContent = ''")
