"""Plates for a merchant's counter."""

import base64
import io
import re
from html import unescape

import zxingcpp
from PIL import Image

from tests.scanners import only_qr
from tests.web.people_site import PeopleSite
from tests.web.site import LEAF


def test_a_plate_leads_to_the_finder_with_city_and_scenario_chosen(people: PeopleSite) -> None:
    people.enrol()

    shown = unescape(people.get("/merchant/plate").get_data(as_text=True))

    read = list[str]()
    for picture in re.findall(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"', shown):
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            read += [
                found.text
                for found in zxingcpp.read_barcodes(image.convert("L"), formats=only_qr())
            ]
    *plates, complaints = read
    assert f"{LEAF}/#city=330300&scenario=lodging.hotel" in plates
    assert all(each.startswith(f"{LEAF}/#city=330300&scenario=") for each in plates)
    assert complaints == f"{LEAF}/complaints?merchant=m-1"


def test_plates_are_for_enrolled_devices(people: PeopleSite) -> None:
    answer = people.get("/merchant/plate")

    assert answer.headers["Location"] == "/merchant/enrol"
