"""Pages of the merchant: enrol a phone, verify a code."""
