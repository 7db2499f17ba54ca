import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.errors import VaultError
from gateway.ids import KeyId, Timestamp
from gateway.jose import base64url, keys, strict_json
from gateway.jose.keys import PublicKey, SoftwareSigner
from gateway.ledger.entries import Note
from gateway.trust.key_set import GoneKey, KeyKind, KeySet, OldKey, OwnKey, Why, first_keys
from gateway.vault import Role, keyfile, register
from gateway.vault.errors import VaultUnreadableError
from gateway.vault.register import Register
from gateway.vault.root import RootSecret

ROOT = RootSecret.generate()
PATH = Path("keys.json")
NOW = Timestamp(1_792_843_200)
PUBLIC = {role: keys.generate().public for role in Role}
FIRST = first_keys(PUBLIC, NOW)
NOTE = Note(act="keys.rotated", actor="console:root", target="k", at=NOW, facts={"a": "b", "n": 1})
LATER = Register(
    keys=replace(
        FIRST,
        old=(
            OldKey(
                kind=KeyKind.CODES,
                key=OwnKey(
                    public=keys.generate().public,
                    created=NOW,
                    published_at=NOW,
                    active_since=NOW,
                    expires_at=Timestamp(NOW + 9),
                ),
                until=Timestamp(NOW + 8),
            ),
            OldKey(
                kind=KeyKind.FEDERATION,
                key=OwnKey(public=keys.generate().public, created=NOW),
                until=None,
                leaving=Why.REVOKED,
            ),
        ),
        gone=(GoneKey(kid=KeyId("k" * 43), kind=KeyKind.CODES, at=NOW, why=Why.RETIRED),),
    ),
    pending=(NOTE,),
)

Json = dict[str, object]


def written(of: Register = LATER) -> Json:
    return cast("Json", json.loads(register.write(of, ROOT)))


def sealed(content: Json, root: RootSecret = ROOT) -> bytes:
    content = {name: value for name, value in content.items() if name != "seal"}
    key = root.derive("register", "seal")
    seal = base64url.encode(hmac.digest(key, strict_json.encode(content), sha256))
    return json.dumps(content | {"seal": seal}).encode()


def entries(content: Json, name: str = "keys") -> list[Json]:
    return cast("list[Json]", content[name])


def version_1() -> Json:
    """Return what the first version of this software wrote for a new city."""
    kept = "role", "created", "expires_at", "jwk"
    made = [
        {name: value for name, value in entry.items() if name in kept}
        for entry in entries(written(Register(keys=FIRST)))
    ]
    return {"version": 1, "keys": made}


@pytest.mark.parametrize("wanted", [Register(keys=FIRST), LATER], ids=["new", "later"])
def test_what_is_written_is_read(wanted: Register) -> None:
    assert register.read(PATH, register.write(wanted, ROOT), ROOT) == wanted


def test_an_offline_machine_has_the_anchor_keys_only() -> None:
    publics = {role: PUBLIC[role] for role in (Role.ANCHOR, Role.ANCHOR_STANDBY)}
    offline = Register(keys=first_keys(publics, NOW))

    assert register.read(PATH, register.write(offline, ROOT), ROOT) == offline


def test_version_1_is_read_as_a_city_that_never_rotated() -> None:
    found = register.read(PATH, sealed(version_1()), ROOT)

    told = {
        role: replace(key, published_at=NOW if key.expires_at else None)
        for role, key in FIRST.keys.items()
    }
    assert found == Register(keys=replace(FIRST, keys=told))


def test_white_space_is_no_edit() -> None:
    content = register.write(LATER, ROOT).replace(b"\n", b"\r\n")

    assert register.read(PATH, content, ROOT) == LATER


Edit = Callable[[Json], object]


def on_key(number: int, **members: object) -> Edit:
    return lambda content: entries(content)[number].update(members)


def drop(name: str, number: int = 0) -> Edit:
    return lambda content: entries(content, name).pop(number)


ROLES = "does not have each role exactly once"
NO_KEY = "has an entry that is no key"
FORM = "is cut off or of a later version"

# Each is sealed well: not even the holder of the passphrase gets these in.
WRONG: dict[str, tuple[Edit, str]] = {
    "no keys": (lambda content: content.update(keys=[]), ROLES),
    "a role missing": (drop("keys"), ROLES),
    "a role twice": (on_key(1, role="anchor"), ROLES),
    "one anchor key only": (lambda content: content.update(keys=entries(content)[:1]), ROLES),
    "one key in two roles": (
        lambda content: entries(content)[1].update(jwk=entries(content)[0]["jwk"]),
        "has one key in two roles",
    ),
    "a removed key that is back": (
        lambda content: entries(content, "gone")[0].update(kid=PUBLIC[Role.CODES].kid),
        "has a removed key is back",
    ),
    "seven keys": (lambda content: entries(content).append(entries(content)[0]), NO_KEY),
    "a code key without end": (lambda content: entries(content)[4].pop("expires_at"), NO_KEY),
    "an anchor with an end": (on_key(0, expires_at=2), NO_KEY),
    "a private member": (
        lambda content: cast("Json", entries(content)[0]["jwk"]).update(d="AA"),
        NO_KEY,
    ),
    "a kid that is not the thumbprint": (
        lambda content: cast("Json", entries(content)[0]["jwk"]).update(kid=PUBLIC[Role.CODES].kid),
        NO_KEY,
    ),
    "an unknown role": (on_key(0, role="master"), NO_KEY),
    "an unknown reason": (lambda content: entries(content, "gone")[0].update(why="lost"), NO_KEY),
    "a note that nobody could read": (
        lambda content: entries(content, "pending")[0].update(act="Rotated"),
        NO_KEY,
    ),
    "a later version": (lambda content: content.update(version=3), FORM),
    "an unknown member": (lambda content: content.update(more=1), FORM),
    "version 1 with old keys": (lambda content: content.update(version=1), FORM),
}


@pytest.mark.parametrize(("edit", "problem"), WRONG.values(), ids=WRONG)
def test_a_register_that_breaks_a_rule_is_refused(edit: Edit, problem: str) -> None:
    content = written()
    edit(content)

    with pytest.raises(VaultError) as caught:
        register.read(PATH, sealed(content), ROOT)

    assert caught.value.code == "vault_damaged"
    assert problem in str(caught.value)


def test_a_register_of_another_vault_is_refused() -> None:
    with pytest.raises(VaultError, match="was edited, or belongs to another vault"):
        register.read(PATH, sealed(written(), RootSecret.generate()), ROOT)


def test_1024_keys_fit_into_the_file_and_no_more_into_the_set() -> None:
    dead = tuple(
        GoneKey(kid=KeyId(f"{number:043d}"), kind=KeyKind.FEDERATION, at=NOW, why=Why.REVOKED)
        for number in range(1018)
    )
    full = Register(keys=replace(FIRST, gone=dead))

    content = register.write(full, ROOT)

    assert len(content) <= register.MAX_BYTES // 2
    assert register.read(PATH, content, ROOT) == full
    with pytest.raises(VaultError, match="more than 1024 keys"):
        register.read(PATH, sealed(written(full) | {"old": written()["old"]}), ROOT)


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


def test_a_set_without_roles_is_an_empty_one() -> None:
    assert KeySet(keys={}).announced(KeyKind.CODES) == ()


def test_more_owed_acts_than_can_be_read_are_not_written() -> None:
    full = replace(LATER, pending=(NOTE,) * register.MAX_PENDING)

    assert register.read(PATH, register.write(full, ROOT), ROOT) == full
    with pytest.raises(VaultUnreadableError):
        register.write(replace(full, pending=(*full.pending, NOTE)), ROOT)
