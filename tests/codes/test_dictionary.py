import hashlib

from gateway.codes.dictionary import DICTIONARY_1


def test_dictionary_1_is_frozen() -> None:
    digest = hashlib.sha256(DICTIONARY_1).hexdigest()

    assert len(DICTIONARY_1) == 837
    assert digest == "b58c6f3beb3d1ab3443c2ed8c6691df31d3917fb65c41179e5bfe2a30db3b2c7"
