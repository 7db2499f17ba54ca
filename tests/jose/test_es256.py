import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from gateway.jose import es256
from gateway.jose.errors import BadSignatureError
from tests.jose.forge import JIAXING, ORDER, WENZHOU, twin

MESSAGE = b"a message"
GOOD = WENZHOU.sign(MESSAGE)
N = ORDER.to_bytes(32, "big")
LENGTH = "a signature that is not 64 bytes"
UNFIT = "the signature does not fit"
DER = WENZHOU.private.sign(MESSAGE, ec.ECDSA(SHA256()))
REFUSALS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", LENGTH),
    "63 bytes": (GOOD[:63], LENGTH),
    "65 bytes": (GOOD + b"\0", LENGTH),
    "DER": (DER, LENGTH),
    "r = s = 0 (CVE-2022-21449)": (bytes(64), UNFIT),
    "r = 0": (bytes(32) + GOOD[32:], UNFIT),
    "s = 0": (GOOD[:32] + bytes(32), UNFIT),
    "r = n": (N + GOOD[32:], UNFIT),
    "s = n": (GOOD[:32] + N, UNFIT),
    "r and s exchanged": (GOOD[32:] + GOOD[:32], UNFIT),
    "largest numbers": (b"\xff" * 64, UNFIT),
    "of another key": (JIAXING.sign(MESSAGE), UNFIT),
    "of another message": (WENZHOU.sign(b"another"), UNFIT),
}


@pytest.mark.parametrize(("signature", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_signature_that_does_not_fit_is_refused(signature: bytes, why: str) -> None:
    with pytest.raises(BadSignatureError) as refusal:
        es256.verify(WENZHOU.public.native, signature, MESSAGE)

    assert refusal.value.code == "jws_bad_signature"
    assert str(refusal.value) == why


def test_both_signatures_of_a_pair_verify() -> None:
    es256.verify(WENZHOU.public.native, GOOD, MESSAGE)
    es256.verify(WENZHOU.public.native, twin(GOOD), MESSAGE)

    assert twin(GOOD) != GOOD
    assert twin(twin(GOOD)) == GOOD


@given(st.binary(max_size=300))
def test_what_is_signed_the_library_verifies(message: bytes) -> None:
    signature = es256.sign(WENZHOU.private, message)

    assert len(signature) == es256.SIGNATURE_BYTES
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    der = utils.encode_dss_signature(r, s)
    WENZHOU.public.native.verify(der, message, ec.ECDSA(SHA256()))


@given(st.binary(min_size=64, max_size=64))
def test_a_random_signature_is_refused_by_name(signature: bytes) -> None:
    with pytest.raises(BadSignatureError) as refusal:
        es256.verify(WENZHOU.public.native, signature, MESSAGE)

    assert isinstance(refusal.value.__cause__, InvalidSignature)


EDGES = (1, 127, 128, 255, 256, 2**247, 2**248 - 1, 2**248, 2**255 - 1, 2**255, 2**256 - 1)


@pytest.mark.parametrize("r", EDGES)
@pytest.mark.parametrize("s", EDGES)
def test_short_and_long_halves_are_32_bytes_each(r: int, s: int) -> None:
    der = utils.encode_dss_signature(r, s)

    assert es256.from_der(der) == r.to_bytes(32) + s.to_bytes(32)
