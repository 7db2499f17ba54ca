import json

import pytest

from gateway.errors import TrustError
from gateway.trust.errors import EntityIdError, PinsFileError
from gateway.trust.pins_file import MAX_FILE_BYTES, PinsFile
from gateway.trust.trusted_city import Role
from tests.trust.cities import wenzhou

CITY = wenzhou()
FILE = PinsFile(leaf=CITY.leaf, statements=CITY.tokens())
BODY = json.loads(FILE.encode())


def test_a_file_comes_back_as_it_was_written() -> None:
    assert PinsFile.parse(FILE.encode()) == FILE
    assert FILE.encode().endswith(b"\n")
    assert set(BODY) == {"format", "leaf", "statements"}


def _without(role: Role) -> dict[str, str]:
    return {name: token for name, token in BODY["statements"].items() if name != role}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "credit-code-pins-2"},
        {"statements": _without(Role.ANCHOR)},
        {"statements": _without(Role.LEAF)},
        {"statements": BODY["statements"] | {"key": "x"}},
        {"statements": BODY["statements"] | {"leaf": 1}},
        {"statements": BODY["statements"] | {"leaf": "a b"}},
        {"extra": 1},
        {"leaf": 1},
    ],
)
def test_another_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PinsFileError):
        PinsFile.parse(json.dumps(BODY | changes).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b" " * (MAX_FILE_BYTES + 1)])
def test_what_is_no_file_is_refused(raw: bytes) -> None:
    with pytest.raises(PinsFileError):
        PinsFile.parse(raw)


def test_a_file_names_an_entity_of_this_profile() -> None:
    loopback = json.dumps(BODY | {"leaf": "http://127.0.0.1:80"}).encode()

    assert PinsFile.parse(loopback, allow_loopback=True).leaf == "http://127.0.0.1:80"
    with pytest.raises(EntityIdError) as refusal:
        PinsFile.parse(loopback)
    assert isinstance(refusal.value, TrustError)
