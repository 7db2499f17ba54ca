import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.errors import VaultError
from gateway.vault import passphrase

GOOD = b"correct horse battery staple"


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_generated_passphrase_is_long_typable_and_new_each_time() -> None:
    first, second = passphrase.generate(), passphrase.generate()

    assert first != second
    assert len(first) == 43
    passphrase.check(first, Path("generated"))


def test_a_generated_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"

    written = passphrase.create_file(path)

    assert passphrase.read_file(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_passphrase_file_is_never_overwritten(tmp_path: Path) -> None:
    path = private(tmp_path / "passphrase", GOOD)

    with pytest.raises(FileExistsError):
        passphrase.create_file(path)

    assert path.read_bytes() == GOOD
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_one_line_break_at_the_end_does_not_count(tmp_path: Path, end: bytes) -> None:
    assert passphrase.read_file(private(tmp_path / "passphrase", GOOD + end)) == GOOD


@pytest.mark.parametrize(
    "content", [b"a" * 20, b"a" * 512, "温州嘉兴湖州金华信用码互认网关二零二六年十月".encode()]
)
def test_a_passphrase_has_20_characters_to_512_bytes(tmp_path: Path, content: bytes) -> None:
    assert passphrase.read_file(private(tmp_path / "passphrase", content)) == content


WEAK = {
    "empty": b"",
    "19 characters": b"a" * 19,
    "19 characters and a line break": b"a" * 19 + b"\n",
    "19 characters of three bytes": "信".encode() * 19,
    "513 bytes": b"a" * 513,
    "two line breaks at the end": GOOD + b"\n\n",
    "two lines": GOOD + b"\n" + GOOD,
    "tab": GOOD + b"\t",
    "zero byte": GOOD + b"\x00",
    "invisible character": GOOD + "\u200b".encode(),
    "not UTF-8": GOOD + b"\xff",
}


@pytest.mark.parametrize("content", WEAK.values(), ids=WEAK)
def test_a_weak_passphrase_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = private(tmp_path / "passphrase", content)

    with pytest.raises(VaultError) as caught:
        passphrase.read_file(path)

    assert caught.value.code == "vault_passphrase_weak"
    assert str(path) in str(caught.value)
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "passphrase", GOOD, mode)

    with pytest.raises(VaultError) as caught:
        passphrase.read_file(path)

    assert caught.value.code == "vault_permissions"
    assert f"chmod 600 {path}" in str(caught.value)


def test_a_read_only_file_is_fine(tmp_path: Path) -> None:
    assert passphrase.read_file(private(tmp_path / "passphrase", GOOD, 0o400)) == GOOD


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        passphrase.read_file(tmp_path / "passphrase")

    assert caught.value.code == "vault_missing"


def test_a_link_to_a_passphrase_is_refused(tmp_path: Path) -> None:
    private(tmp_path / "elsewhere", GOOD)
    (tmp_path / "passphrase").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(VaultError) as caught:
        passphrase.read_file(tmp_path / "passphrase")

    assert caught.value.code == "vault_permissions"


@dataclass(frozen=True)
class Accounts:
    """Who owns the files, and who runs: said to the code, since only root could arrange it."""

    monkeypatch: pytest.MonkeyPatch

    def are(self, *, owner: int, running: int) -> None:
        real = os.fstat

        def owned(descriptor: int) -> os.stat_result:
            fields = list(real(descriptor))
            fields[stat.ST_UID] = owner
            return os.stat_result(fields)

        self.monkeypatch.setattr(os, "fstat", owned)
        self.monkeypatch.setattr(os, "geteuid", lambda: running)


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Accounts:
    return Accounts(monkeypatch)


def test_a_credential_of_root_may_show_the_groups_bits_of_its_acl(
    tmp_path: Path, accounts: Accounts
) -> None:
    path = private(tmp_path / "key-passphrase", GOOD + b"\n", 0o440)
    accounts.are(owner=0, running=999)

    assert passphrase.read_file(path) == GOOD


CLOSED_TO_US = {
    "root's, open to everybody": (0, 999, 0o444),
    "our own, open to the group": (999, 999, 0o440),
    "root's, open to the group, and we are root": (0, 0, 0o440),
    "a third account's": (998, 999, 0o600),
    "another account's, and we are root": (999, 0, 0o600),
}


@pytest.mark.parametrize(("owner", "running", "mode"), CLOSED_TO_US.values(), ids=CLOSED_TO_US)
def test_any_other_account_or_mode_is_refused(
    tmp_path: Path, accounts: Accounts, owner: int, running: int, mode: int
) -> None:
    path = private(tmp_path / "key-passphrase", GOOD, mode)
    accounts.are(owner=owner, running=running)

    with pytest.raises(VaultError) as caught:
        passphrase.read_file(path)

    assert caught.value.code == "vault_permissions"
