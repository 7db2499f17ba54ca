from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.errors import VaultError
from gateway.ids import Timestamp
from gateway.jose import keys
from gateway.jose.keys import PublicKey, SoftwareSigner
from gateway.vault import Role, keyfile, register
from gateway.vault.register import KeyEntry
from gateway.vault.root import RootSecret

ROOT = RootSecret.generate()
PATH = Path("keys.json")
ENTRIES = [
    KeyEntry(
        role=role,
        public=keys.generate().public,
        created=Timestamp(1),
        expires_at=Timestamp(2) if role in {Role.CODES, Role.CODES_NEXT} else None,
    )
    for role in Role
]
ANCHOR, STANDBY, *OTHERS = ENTRIES
CODES = next(entry for entry in ENTRIES if entry.role is Role.CODES)


def without(role: Role) -> list[KeyEntry]:
    return [entry for entry in ENTRIES if entry.role is not role]


def test_what_is_written_is_read() -> None:
    found = register.read(PATH, register.write(ENTRIES, ROOT), ROOT)

    assert list(found.values()) == ENTRIES


def test_white_space_is_no_edit() -> None:
    content = register.write(ENTRIES, ROOT).replace(b"\n", b"\r\n")

    assert register.read(PATH, content, ROOT)


# Each is sealed well: not even the holder of the passphrase gets these in.
WRONG: dict[str, tuple[list[KeyEntry], str]] = {
    "no keys": ([], "does not have each role exactly once"),
    "a role missing": (without(Role.ANCHOR), "does not have each role exactly once"),
    "a role twice": (
        [*without(Role.ANCHOR), replace(ANCHOR, role=Role.FEDERATION)],
        "does not have each role exactly once",
    ),
    "one key in two roles": (
        [ANCHOR, replace(STANDBY, public=ANCHOR.public), *OTHERS],
        "has one key in two roles",
    ),
    "seven keys": ([*ENTRIES, ANCHOR], "is cut off or of a later version"),
    "a code key without end": (
        [*without(Role.CODES), replace(CODES, expires_at=None)],
        "has an entry that is no key",
    ),
    "an anchor with an end": (
        [*without(Role.ANCHOR), replace(ANCHOR, expires_at=Timestamp(2))],
        "has an entry that is no key",
    ),
    "a kid that is not the thumbprint": (
        [
            *without(Role.ANCHOR),
            replace(ANCHOR, public=replace(ANCHOR.public, kid=STANDBY.public.kid)),
        ],
        "has an entry that is no key",
    ),
}


@pytest.mark.parametrize(("entries", "problem"), WRONG.values(), ids=WRONG)
def test_a_register_that_breaks_a_rule_is_refused(entries: list[KeyEntry], problem: str) -> None:
    with pytest.raises(VaultError) as caught:
        register.read(PATH, register.write(entries, ROOT), ROOT)

    assert caught.value.code == "vault_damaged"
    assert problem in str(caught.value)


def test_an_unknown_role_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ANCHOR.to_json() | {"role": "master"}
    monkeypatch.setattr(KeyEntry, "to_json", lambda _: entry)

    with pytest.raises(VaultError, match="no key"):
        register.read(PATH, register.write([ANCHOR], ROOT), ROOT)


def test_a_key_file_is_for_one_role_and_one_kid() -> None:
    signer, other = keys.generate(), keys.generate()
    content = keyfile.seal(Role.CODES, signer, ROOT)

    opened = keyfile.unseal(PATH, content, Role.CODES, signer.public.kid, ROOT)

    assert opened.public == signer.public
    for role, kid in ((Role.CODES, other.public.kid), (Role.CODES_NEXT, signer.public.kid)):
        with pytest.raises(VaultError):
            keyfile.unseal(PATH, content, role, kid, ROOT)


@dataclass(frozen=True)
class Impostor:
    """Says that it is one key, and holds another."""

    public: PublicKey
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@pytest.mark.parametrize(
    "private",
    [
        keys.generate().private,
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-256", "P-384", "Ed25519"],
)
def test_another_key_under_the_right_password_is_refused(
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    public = keys.generate().public
    impostor = cast("SoftwareSigner", Impostor(public, private))
    content = keyfile.seal(Role.CODES, impostor, ROOT)

    with pytest.raises(VaultError) as caught:
        keyfile.unseal(PATH, content, Role.CODES, public.kid, ROOT)

    assert caught.value.code == "vault_damaged"
