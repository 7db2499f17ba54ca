"""``credit-gateway merchants`` with all its commands: importing the modules adds them."""

from gateway.cli import merchant_enrol, merchant_files, merchant_import, merchant_places
from gateway.cli.merchants import merchants

__all__ = ["merchant_enrol", "merchant_files", "merchant_import", "merchant_places", "merchants"]
