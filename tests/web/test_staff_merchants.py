"""Merchants in the office's pages: what is on file of them, and what they grant."""

import base64
import io
import re
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from werkzeug.test import TestResponse

from gateway.ids import MerchantId
from gateway.policy.words import Words
from gateway.services.staff import StaffRole
from tests.scanners import only_qr
from tests.web.people_site import ACTING, PeopleSite
from tests.web.site import LEAF

FITS, OFF = "91350100M000100Y43", "91350100M000100Y44"
RIVER = {"id": "river", "name": "江滨酒店", "scenario": "lodging.hotel", "venues": "west 西楼"}
PAGE = "/staff/merchants/river"


@pytest.fixture
def lin(people: PeopleSite) -> PeopleSite:
    """Return the site with a county officer signed in."""
    people.hire(StaffRole.COUNTY)
    people.enter()
    return people


def test_a_merchant_is_enrolled_with_its_code_and_a_commitment_to_come(lin: PeopleSite) -> None:
    page = lin.post("/staff/merchants", {**RIVER, "uscc": FITS})

    assert FITS in page.text
    assert "应于 2027-01-29 前(含当日)交回" in page.text
    assert "承诺书逾期未交回" not in page.text


def test_a_code_that_does_not_fit_is_taken_with_a_reason(lin: PeopleSite) -> None:
    refused = lin.post("/staff/merchants", {**RIVER, "uscc": OFF})
    page = lin.post("/staff/merchants", {**RIVER, "uscc": OFF, "uscc_reason": "与执照一致"})

    assert refused.status_code == 409
    assert "校验位不符" in refused.text
    assert "与执照一致" in page.text


def test_an_overdue_commitment_is_seen_and_stops_nothing(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", {**RIVER, "due": "2027-01-14"})

    assert "承诺书逾期未交回" in lin.get("/staff/merchants").text
    assert "核验不会自动停止" in lin.get(PAGE).text
    found = lin.store.merchants.get(MerchantId("river"))
    assert found is not None
    assert found.verifies
    lin.post(f"{PAGE}/commitment", {"due": "2027-01-14", "returned": "2027-01-15"})
    assert "承诺书逾期未交回" not in lin.get("/staff/merchants").text
    assert "2027-01-15 已交回" in lin.get(PAGE).text


def test_two_merchants_of_one_code_are_shown_as_such(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", {**RIVER, "uscc": FITS})
    assert "另有商家登记了同一代码" not in lin.get(PAGE).text

    lin.post("/staff/merchants/m-1/uscc", {"uscc": FITS})

    assert "另有商家登记了同一代码" in lin.get(PAGE).text


@pytest.mark.parametrize("day", ["2027-1-5", "2027-02-30", "soon"])
def test_what_is_no_day_is_refused(lin: PeopleSite, day: str) -> None:
    lin.post("/staff/merchants", RIVER)

    assert lin.post(f"{PAGE}/commitment", {"due": day}).status_code == 400
    assert lin.post(f"{PAGE}/commitment", {"due": "2030-01-01"}).status_code == 409


def test_a_merchants_page_shows_the_offers_of_its_scenarios(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", RIVER)
    page = lin.get(PAGE).text

    assert "hotel-deposit@1" in page
    assert "merchants settlement river YYYY-MM" in page
    assert "dining-discount" not in page
    lin.site.known.clear()
    assert "暂时没有可用的目录" in lin.get(PAGE).text


def test_a_merchant_without_offers_is_told_so_to_the_office(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", {**RIVER, "scenario": "lodging.hotel.suite"})

    assert "本市目录中没有适用于它的优惠" in lin.get(PAGE).text


def test_nothing_on_file_is_on_a_page_of_the_merchant(lin: PeopleSite) -> None:
    lin.post("/staff/merchants/m-1/uscc", {"uscc": OFF, "uscc_reason": "与执照一致"})
    lin.post("/staff/merchants/m-1/commitment", {"due": "2027-01-14"})
    lin.enrol()

    for path in ("/merchant", "/merchant/plate"):
        shown = lin.get(path).text
        assert not any(each in shown for each in (OFF, "与执照一致", "2027-01-14", "承诺"))


# --- many at once


HEAD = "编号,名称,场景\n"


def upload(people: PeopleSite, content: bytes) -> TestResponse:
    # Spelled out: of a large file the client would leave a temporary one open.
    parts = (
        (b'name="form_token"', people.form_token().encode()),
        (b'name="file"; filename="m.csv"', content),
    )
    body = b"".join(
        b"--x\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n" + value + b"\r\n"
        for name, value in parts
    )
    return people.client.post(
        "/staff/merchants/import",
        base_url=LEAF,
        data=body + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )


def confirm(people: PeopleSite, page: TestResponse, **fields: str) -> TestResponse:
    sent = dict(re.findall(r'name="(encoding|content)" value="([^"]*)"', page.text))
    return people.post("/staff/merchants/import/confirm", {**sent, **fields})


def test_a_table_in_gbk_is_shown_and_then_stored(lin: PeopleSite) -> None:
    page = upload(lin, (HEAD + "river,江滨酒店,酒店住宿\n").encode("gbk"))

    assert "按 GBK 读取" in page.text
    assert "江滨酒店" in page.text
    assert lin.store.merchants.get(MerchantId("river")) is None
    assert confirm(lin, page).headers["Location"] == "/staff/merchants"
    assert "江滨酒店" in lin.get("/staff/merchants").text


def test_wrong_rows_are_named_and_left_out_only_when_asked(lin: PeopleSite) -> None:
    page = upload(lin, (HEAD + "river,江滨酒店,酒店住宿\nBad,<b>名</b>,全部\n").encode())

    assert "第 3 行 · 编号: 没有填,或写法不对" in page.text
    assert "按 GBK 读取" not in page.text
    assert "<b>名</b>" not in page.text
    assert confirm(lin, page).status_code == 409
    assert lin.store.merchants.get(MerchantId("river")) is None
    confirm(lin, page, skip="1")
    assert lin.store.merchants.get(MerchantId("river")) is not None


def test_the_template_fits_the_upload(lin: PeopleSite) -> None:
    template = lin.get("/staff/merchants/template.csv").get_data()

    assert template.startswith(b"\xef\xbb\xbf")
    assert "导入 1 家" in upload(lin, template).text
    assert "模板" in lin.get("/staff/merchants/import").text


def test_a_table_of_one_mebibyte_comes_through_and_a_larger_one_does_not(lin: PeopleSite) -> None:
    head, row = HEAD.encode(), b"river,N,lodging.hotel"
    rest = 1024 * 1024 - len(head) - len(row)
    whole = head + row + (b" " * 99_999 + b"\n") * (rest // 100_000) + b" " * (rest % 100_000)

    page = upload(lin, whole)

    assert len(whole) == 1024 * 1024
    assert "导入 1 家" in page.text
    assert confirm(lin, page).headers["Location"] == "/staff/merchants"
    assert upload(lin, whole + b"\n").status_code == 409
    assert upload(lin, whole * 2).status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"encoding": "latin-1"},
        {"encoding": "utf-8", "content": "no base64!"},
        {"encoding": "utf-8", "content": "编号"},
        {},
    ],
)
def test_a_confirmation_of_nothing_that_was_shown_is_refused(
    lin: PeopleSite, fields: dict[str, str]
) -> None:
    assert lin.post("/staff/merchants/import/confirm", fields).status_code == 400
    assert upload(lin, b"PK\x03\x04\x00").status_code == 409


def test_content_of_a_table_is_in_no_log(
    lin: PeopleSite, capsys: pytest.CaptureFixture[str]
) -> None:
    page = upload(lin, (HEAD + "river,江滨酒店,酒店住宿\nBad,坏行,全部\n").encode())
    confirm(lin, page, skip="1")
    upload(lin, "坏行,江滨酒店\n".encode())

    said = "".join(capsys.readouterr())
    assert "江滨" not in said
    assert "坏行" not in said


# --- the starter sheet


def scanned(page: TestResponse) -> list[str]:
    read = list[str]()
    for picture in re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', page.text):
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            read += [
                found.text
                for found in zxingcpp.read_barcodes(image.convert("L"), formats=only_qr())
            ]
    return read


def test_a_starter_sheet_has_commitment_plates_and_no_secret(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", {**RIVER, "uscc": FITS})

    page = lin.get(f"{PAGE}/starter")

    said = ["告知承诺", "优惠由谁承担", "怎样退出", "示例市示例路1号"]
    said += ["2027-01-29", FITS, "江滨酒店"]
    assert [each for each in said if each not in page.text] == []
    assert scanned(page) == [
        f"{LEAF}/#city=330300&scenario=lodging.hotel",
        f"{LEAF}/complaints?merchant=river",
    ]


def test_a_starter_sheet_says_who_pays_or_has_a_line_to_say_it(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", RIVER)
    blank = lin.get(f"{PAGE}/starter").text
    office = lin.gateway.office
    assert office is not None
    said = Words(zh="由商家承担", en="The merchant bears it")
    lin.gateway = replace(lin.gateway, office=replace(office, who_pays=(said,)))
    browser = lin.browser()
    lin.enter(client=browser)

    page = lin.get(f"{PAGE}/starter", browser).text

    assert "信用办填写" in blank
    assert "<p>由商家承担</p>" in page
    assert "信用办填写" not in page


def test_a_starter_sheet_enrols_the_owners_first_device_once(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", RIVER)

    page = lin.post(f"{PAGE}/starter")

    (address,) = (each for each in scanned(page) if "/merchant/enrol#" in each)
    assert address not in page.text
    assert "前有效,只能用一次" in page.text
    phone = lin.browser()
    lin.post("/merchant/enrol", {"link": address.partition("#")[2]}, phone)
    (device,) = lin.enrol_devices.rows.list_of(MerchantId("river"))
    assert (device.label, device.owner) == ("店主", True)
    assert lin.post(f"{PAGE}/starter", {"label": "x" * 41}).status_code == 409


def test_who_was_removed_gets_no_starter_sheet(lin: PeopleSite) -> None:
    lin.post("/staff/merchants", RIVER)
    office = lin.gateway.office
    assert office is not None
    office.merchants.remove(MerchantId("river"), "退出", ACTING)

    assert lin.get(f"{PAGE}/starter").status_code == 404
    assert lin.post(f"{PAGE}/starter").status_code == 404


@pytest.mark.parametrize("role", [StaffRole.APPROVER, StaffRole.AUDITOR])
def test_who_only_reads_merchants_is_shown_no_form_that_would_be_refused(
    people: PeopleSite, role: StaffRole
) -> None:
    people.hire(role)
    people.enter()
    shown = people.get("/staff/merchants").text + people.get("/staff/merchants/m-1").text

    assert "登记资料" in shown
    for refused in ('action="/staff/merchants', "/staff/merchants/import", "/m-1/starter"):
        assert refused not in shown
