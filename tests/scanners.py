"""What a scanner of the tests looks for in a picture."""

import zxingcpp

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""Of the modules and lines of a sheet some look like a bar code of another kind by chance."""
