"""What a scanner of the tests looks for in a picture."""

import zxingcpp


def only_qr() -> zxingcpp.BarcodeFormats:
    """Return QR codes alone: modules and lines of a sheet may look like a bar code by chance."""
    # Made each time: the library complains at the end about one that a module keeps.
    return zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
