import io

import zxingcpp
from PIL import Image

from gateway.codes import qr
from gateway.ids import Tier
from tests.system.tills import Till
from tests.system.towns import Pair


def test_a_picture_of_a_citizens_code_is_recognised_by_another_city(pair: Pair, till: Till) -> None:
    with Till(pair.servers["jinhua"].url, pair.home_tokens.citizens[Tier(2)]) as phone:
        code = phone.post({"kind": "general"}, "/api/v1/codes").members["code"]

    picture = Image.open(io.BytesIO(qr.png(code)))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    scanned = zxingcpp.read_barcodes(picture, formats=formats)
    answer = till.show(scanned[0].text)

    assert [found.format for found in scanned] == [zxingcpp.BarcodeFormat.QRCode]
    assert answer.outcome == "recognised"
    assert till.show(code).outcome == "present_again"
