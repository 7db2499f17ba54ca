"""Changing keys on the disk: whole or not at all, whatever happens in the middle."""

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import VaultError
from gateway.ids import KeyId, Timestamp
from gateway.jose import es256
from gateway.jose.keys import PublicKey, generate
from gateway.ledger.entries import Note
from gateway.trust import key_changes as change
from gateway.trust.errors import KeyTooYoungError
from gateway.trust.key_set import DAY_S, KeyKind, KeySet
from gateway.vault import WORKING, Role, Vault
from gateway.vault.errors import VaultUnreadableError
from tests.vault.conftest import NOON, PASSPHRASE

LATER = Timestamp(NOON + 3 * DAY_S)
NOTE = Note(act="keys.rotated", actor="console:root", target="codes", at=LATER)


def rotated(keys: KeySet, fresh: PublicKey) -> KeySet:
    return change.rotate_codes(keys, fresh, LATER, longest_code_s=120, emergency=True)


def revoked(keys: KeySet, fresh: PublicKey) -> KeySet:
    active = keys.keys[Role.CODES].public.kid
    return change.revoke(keys, active, fresh, LATER, named=frozenset())


def files_of(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {"keys.json", "root.secret"}


def test_the_next_key_signs_under_its_new_name_and_the_old_one_has_no_private_half(
    directory: Path,
) -> None:
    before = Vault.open(directory, PASSPHRASE)
    active, following = before.public(Role.CODES), before.public(Role.CODES_NEXT)

    after = before.changed(rotated, NOTE)

    assert after.public(Role.CODES) == following
    es256.verify(following.native, after.signer(Role.CODES).sign(b"m"), b"m")
    assert files_of(directory) == {f"{role.value}-{after.public(role).kid}.pem" for role in Role}
    assert active in after.keys.verifying(KeyKind.CODES)
    assert after.pending == (NOTE,)


@pytest.mark.parametrize("reason", ["", "r" * 512, "被盗\x00\n"])
def test_whatever_reason_an_officer_gives_the_vault_can_be_opened_again(
    directory: Path, reason: str
) -> None:
    note = replace(NOTE, facts={"reason": reason})

    Vault.open(directory, PASSPHRASE).changed(revoked, note)

    assert Vault.open(directory, PASSPHRASE).pending == (note,)


def test_a_change_that_could_not_be_read_again_is_not_made(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)
    content = {path: path.read_bytes() for path in directory.iterdir()}

    with pytest.raises(VaultUnreadableError):
        vault.changed(revoked, replace(NOTE, facts={"reason": "\udcff"}))

    assert {path: path.read_bytes() for path in directory.iterdir()} == content


def test_a_change_that_is_refused_changes_nothing(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)
    content = {path: path.read_bytes() for path in directory.iterdir()}

    with pytest.raises(KeyTooYoungError):
        vault.changed(lambda keys, fresh: change.rotate_codes(keys, fresh, NOON, longest_code_s=1))
    vault.changed(lambda keys, _: keys, NOTE)

    assert {path: path.read_bytes() for path in directory.iterdir()} == content


def test_what_the_ledger_was_told_is_forgotten_and_nothing_else(directory: Path) -> None:
    other = replace(NOTE, act="keys.revoked")
    vault = Vault.open(directory, PASSPHRASE).changed(rotated, NOTE).changed(revoked, other)

    told = vault.told((NOTE,))

    assert told.pending == (other,)
    assert told.keys == vault.keys
    assert Vault.open(directory, PASSPHRASE).pending == (other,)


@pytest.mark.parametrize("step", [rotated, revoked])
def test_a_kill_at_any_point_leaves_the_old_keys_or_the_new_ones(
    directory: Path,
    tmp_path: Path,
    step: Callable[[KeySet, PublicKey], KeySet],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vault = Vault.open(directory, PASSPHRASE)
    before, left, seen = vault.keys, 0, list[bool]()

    class KilledError(BaseException):
        """As if the process were gone: nothing catches it."""

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return real(*args, **more)

        return call

    for calls in range(100):
        copy = replace(vault, directory=Path(shutil.copytree(directory, tmp_path / str(calls))))
        left, killed = calls, False
        with monkeypatch.context() as patch:
            for name in ("fsync", "replace", "unlink", "open"):
                patch.setattr(os, name, dying(getattr(os, name)))
            try:
                copy.changed(step)
            except KilledError:
                killed = True
        found = copy.reopened()
        seen.append(found.keys == before)
        for role in WORKING:
            es256.verify(found.public(role).native, found.signer(role).sign(b"m"), b"m")
        if not killed:
            break

    assert seen == sorted(seen, reverse=True)
    assert seen.count(True) > 5
    assert seen.count(False) > 5


def test_leftovers_of_a_killed_change_are_swept_and_unknown_keys_stay(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)
    unknown = directory / f"codes-{generate().public.kid}.pem"
    misnamed = directory / f"codes-{vault.public(Role.CODES_NEXT).kid}.pem"
    for path in (unknown, misnamed):
        path.touch(0o600)

    vault.changed(revoked)

    assert unknown.exists()
    assert misnamed.name in files_of(directory)
    assert len(files_of(directory)) == len(Role) + 1


def test_two_changes_at_once_happen_one_after_the_other(directory: Path) -> None:
    vault, kids = Vault.open(directory, PASSPHRASE), set[KeyId]()

    def rotate() -> None:
        kids.add(vault.changed(rotated).public(Role.CODES_NEXT).kid)

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kids) == 4
    assert len(Vault.open(directory, PASSPHRASE).keys.old) == 4


def test_a_city_whose_anchor_is_elsewhere_has_its_public_halves(tmp_path: Path) -> None:
    offline = Vault.create_anchor(tmp_path / "anchor", PASSPHRASE, NOON)
    anchors = offline.public(Role.ANCHOR), offline.public(Role.ANCHOR_STANDBY)

    city = Vault.create(tmp_path / "city", PASSPHRASE, NOON, anchors=anchors)

    assert (city.public(Role.ANCHOR), city.public(Role.ANCHOR_STANDBY)) == anchors
    assert not city.has_private(Role.ANCHOR)
    assert {name.rpartition("-")[0][:6] for name in files_of(tmp_path / "anchor")} == {"anchor"}
    assert not any(name.startswith("anchor") for name in files_of(tmp_path / "city"))


def test_an_offline_vault_is_no_gateways(tmp_path: Path) -> None:
    Vault.create_anchor(tmp_path / "anchor", PASSPHRASE, NOON)

    with pytest.raises(VaultError) as caught:
        Vault.open(tmp_path / "anchor", PASSPHRASE)

    assert caught.value.code == "vault_key_missing"
    assert "of an offline machine" in str(caught.value)


def test_anchors_that_are_moved_away_have_a_vault_and_a_root_secret_of_their_own(
    directory: Path, tmp_path: Path
) -> None:
    city, secret = Vault.open(directory, PASSPHRASE), b"another horse battery staple"

    city.move_anchors(tmp_path / "safe", secret, LATER)

    offline = Vault.open(tmp_path / "safe", secret, needs=frozenset())
    assert offline.signer(Role.ANCHOR).public == city.public(Role.ANCHOR)
    assert not city.has_private(Role.ANCHOR)
    assert not city.has_private(Role.ANCHOR_STANDBY)
    assert offline.secret("burn") != city.secret("burn")


def test_anchors_of_which_one_is_away_are_not_moved(directory: Path, tmp_path: Path) -> None:
    city = Vault.open(directory, PASSPHRASE)
    next(directory.glob("anchor-standby-*")).unlink()

    with pytest.raises(VaultError):
        city.move_anchors(tmp_path / "safe", PASSPHRASE, LATER)

    assert city.has_private(Role.ANCHOR)
    assert not (tmp_path / "safe").exists()


def test_a_new_standby_takes_the_place_of_the_old_one_offline(tmp_path: Path) -> None:
    offline = Vault.create_anchor(tmp_path / "anchor", PASSPHRASE, NOON)
    lost, standby = offline.public(Role.ANCHOR), offline.public(Role.ANCHOR_STANDBY)

    after = offline.changed(lambda keys, fresh: change.rotate_anchor(keys, fresh, LATER))

    assert after.signer(Role.ANCHOR).public == standby
    assert after.signer(Role.ANCHOR_STANDBY).public not in {lost, standby}
    assert after.keys.gone_kids() == {lost.kid}
    assert len(files_of(tmp_path / "anchor")) == 2
