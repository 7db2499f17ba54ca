"""Which vectors of statements are about what only a city looks at."""

from typing import Final

_METADATA: Final = "the page looks at no metadata"
_CODE_KEY: Final = "code keys come to a page in the bundle"
_CHAIN: Final = "the anchor's part of a chain is the city's to check"

NOT_A_PAGES_RULE: Final = {
    "equivocation": "a page holds no statement that it could compare",
    "another city's division code": "the page follows its own city, which pins no division",
    "the issuer dropped": "whether the own city issues is nothing to a page",
    "a partner in authority_hints": "the page follows keys, no chains",
    "a text that turns the line": _METADATA,
    "codes of 31 days and a second": _METADATA,
    "a code key without nbf": _CODE_KEY,
    "17 keys": _CODE_KEY,
    "a kid twice": _CODE_KEY,
    "a kid that is not the thumbprint": _CODE_KEY,
    "a private member": _CODE_KEY,
    "K2 as a code key": _CODE_KEY,
    "a K2 that the anchor replaces": _CHAIN,
    "a leaf under an anchor that has ended": _CHAIN,
    "K1s that goes on without K1": _CHAIN,
    "K2s that the anchor drops and names again": _CHAIN,
    "code keys under a K2 that the anchor named 3,599 s ago": _CHAIN,
    "code keys under a K2 that the anchor named an hour ago": _CHAIN,
    "code keys of the second leaf under a new K2": _CHAIN,
    "a blank name": _METADATA,
    "an empty name": _METADATA,
    "no Chinese name": _METADATA,
    "no contacts": _METADATA,
    "an empty hint": "the page follows keys, no chains",
    "a code key without alg": _CODE_KEY,
    "a code key of another alg": _CODE_KEY,
    "a code key that ends as it begins": _CODE_KEY,
}
"""Cases of trust.json in which a page that follows its own city cannot answer as a city does."""
