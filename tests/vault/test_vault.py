import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.errors import VaultError
from gateway.jose import es256
from gateway.vault import ANCHORS, WORKING, Role, Vault, change_passphrase
from gateway.vault.errors import KeyOfflineError, VaultExistsError, VaultFileError
from tests.vault.conftest import NOON, PASSPHRASE

DAY_S = 86_400
NEW_PASSPHRASE = b"another horse battery staple"


def key_file(directory: Path, role: Role) -> Path:
    [path] = [
        path
        for path in directory.glob(f"{role.value}-*.pem")
        if len(path.stem) == len(role.value) + 44
    ]
    return path


def content_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def refusal(directory: Path, passphrase: bytes = PASSPHRASE) -> VaultFileError:
    with pytest.raises(VaultFileError) as caught:
        Vault.open(directory, passphrase)
    return caught.value


def test_every_role_has_a_key_of_its_own(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    assert len({vault.public(role).kid for role in Role}) == len(Role)


@pytest.mark.parametrize("role", Role)
def test_a_role_signs_with_the_key_that_it_shows(directory: Path, role: Role) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    signer = vault.signer(role)

    assert signer.public == vault.public(role)
    es256.verify(vault.public(role).native, signer.sign(b"message"), b"message")


def test_what_was_created_is_what_is_opened(tmp_path: Path) -> None:
    created = Vault.create(tmp_path / "huzhou", PASSPHRASE, NOON)

    opened = Vault.open(tmp_path / "huzhou", PASSPHRASE)

    assert [created.public(role) for role in Role] == [opened.public(role) for role in Role]
    assert [created.signer(role).public for role in Role] == [opened.public(role) for role in Role]
    assert created.secret("burn") == opened.secret("burn")


def test_code_keys_are_published_from_the_start_and_the_next_outlives_the_active(
    directory: Path,
) -> None:
    active, following = Vault.open(directory, PASSPHRASE).code_keys()

    assert (active.active, following.active) == (True, False)
    assert {active.published_at, active.not_before, following.not_before} == {NOON}
    assert active.expires_at == NOON + (180 + 32) * DAY_S
    assert following.expires_at == NOON + (360 + 32) * DAY_S


def test_a_secret_is_the_same_each_time_and_another_for_each_label(directory: Path) -> None:
    vault, again = Vault.open(directory, PASSPHRASE), Vault.open(directory, PASSPHRASE)

    secrets = {label: vault.secret(label) for label in ("burn", "burn/2", "subject", "a" * 64)}

    assert {label: again.secret(label) for label in secrets} == secrets
    assert len(set(secrets.values())) == len(secrets)
    assert {len(secret) for secret in secrets.values()} == {32}


def test_secrets_of_two_cities_differ(directory: Path, tmp_path: Path) -> None:
    other = Vault.create(tmp_path / "jiaxing", PASSPHRASE, NOON)

    assert other.secret("burn") != Vault.open(directory, PASSPHRASE).secret("burn")


@pytest.mark.parametrize("label", ["", "a" * 65, "Burn", "burn ", "-burn", "burn/", "烧"])
def test_a_label_outside_its_grammar_is_a_bug(directory: Path, label: str) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    with pytest.raises(ValueError, match="label"):
        vault.secret(label)


def test_all_is_open_to_the_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Vault.create(tmp_path / "jinhua", PASSPHRASE, NOON)
    finally:
        os.umask(before)

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "jinhua").iterdir()
    }

    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "jinhua").stat().st_mode) == 0o700
    assert sorted(tmp_path.iterdir()) == [tmp_path / "jinhua"]


def test_files_are_named_by_role_and_kid(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    names = {f"{role.value}-{vault.public(role).kid}.pem" for role in Role}

    assert set(content_of(directory)) == names | {"keys.json", "root.secret"}


def test_neither_the_passphrase_nor_its_absence_opens_a_key_file(directory: Path) -> None:
    pem = key_file(directory, Role.FEDERATION).read_bytes()

    assert b"BEGIN ENCRYPTED PRIVATE KEY" in pem
    for password in (PASSPHRASE, None):
        with pytest.raises((ValueError, TypeError)):
            load_pem_private_key(pem, password)


def test_nothing_of_a_secret_is_shown(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    assert repr(vault) == f"Vault(directory={directory!r})"


def test_a_directory_made_beforehand_is_filled(tmp_path: Path) -> None:
    (tmp_path / "huzhou").mkdir()

    Vault.create(tmp_path / "huzhou", PASSPHRASE, NOON)

    assert Vault.open(tmp_path / "huzhou", PASSPHRASE).code_keys()


def test_keys_are_never_overwritten(directory: Path) -> None:
    before = content_of(directory)

    with pytest.raises(VaultExistsError):
        Vault.create(directory, PASSPHRASE, NOON)

    assert content_of(directory) == before
    assert list(directory.parent.iterdir()) == [directory]


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "huzhou").write_text("mine")

    with pytest.raises(VaultExistsError):
        Vault.create(tmp_path / "huzhou", PASSPHRASE, NOON)

    assert (tmp_path / "huzhou").read_text() == "mine"


@pytest.mark.parametrize(
    ("parent", "passphrase", "code"),
    [
        ("missing", PASSPHRASE, "vault_missing"),
        (".", b"a" * 19, "vault_passphrase_weak"),
    ],
)
def test_nothing_is_left_of_a_vault_that_could_not_be_made(
    tmp_path: Path, parent: str, passphrase: bytes, code: str
) -> None:
    with pytest.raises(VaultError) as caught:
        Vault.create(tmp_path / parent / "huzhou", passphrase, NOON)

    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_leaves_nothing_and_is_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        Vault.create(tmp_path / "huzhou", PASSPHRASE, NOON)
    assert list(tmp_path.iterdir()) == []


def edit(name: str, old: bytes, new: bytes) -> Callable[[Path], object]:
    def change(directory: Path) -> None:
        content = (directory / name).read_bytes()
        assert old in content
        (directory / name).write_bytes(content.replace(old, new, 1))

    return change


def swap(one: Role, other: Role) -> Callable[[Path], object]:
    def change(directory: Path) -> None:
        first, second = key_file(directory, one), key_file(directory, other)
        content = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(content)

    return change


def cut(name: str) -> Callable[[Path], object]:
    return lambda directory: os.truncate(directory / name, 100)


def on_key(role: Role, change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda directory: change(key_file(directory, role))


def link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


DEFECTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no directory": (shutil.rmtree, "vault_missing", "root.secret"),
    "no root secret": (lambda d: (d / "root.secret").unlink(), "vault_missing", "root.secret"),
    "no register": (lambda d: (d / "keys.json").unlink(), "vault_missing", "keys.json"),
    "no federation key": (
        on_key(Role.FEDERATION, Path.unlink),
        "vault_key_missing",
        "federation-",
    ),
    "no next code key": (on_key(Role.CODES_NEXT, Path.unlink), "vault_key_missing", "codes-next-"),
    "directory open to the group": (lambda d: d.chmod(0o750), "vault_permissions", ""),
    "directory open to others": (lambda d: d.chmod(0o701), "vault_permissions", ""),
    "root secret open to the group": (
        lambda d: (d / "root.secret").chmod(0o640),
        "vault_permissions",
        "root.secret",
    ),
    "register open to others": (
        lambda d: (d / "keys.json").chmod(0o604),
        "vault_permissions",
        "keys.json",
    ),
    "key open to the group": (
        on_key(Role.CODES, lambda path: path.chmod(0o640)),
        "vault_permissions",
        "codes-",
    ),
    "key is a link": (on_key(Role.CODES, link), "vault_permissions", "codes-"),
    "key is a pipe": (on_key(Role.CODES, pipe), "vault_permissions", "codes-"),
    "key is huge": (
        on_key(Role.CODES, lambda path: os.truncate(path, 65_537)),
        "vault_permissions",
        "codes-",
    ),
    "root secret cut off": (cut("root.secret"), "vault_damaged", "root.secret"),
    "root secret empty": (
        lambda d: os.truncate(d / "root.secret", 0),
        "vault_damaged",
        "root.secret",
    ),
    "root secret of a later version": (
        edit("root.secret", b'"version":1', b'"version":2'),
        "vault_damaged",
        "root.secret",
    ),
    "root secret with another member": (
        edit("root.secret", b"{", b'{"n":2,'),
        "vault_damaged",
        "root.secret",
    ),
    "root secret with a short salt": (
        lambda d: (d / "root.secret").write_bytes(
            re.sub(rb'"salt":"[^"]*', b'"salt":"AAAA', (d / "root.secret").read_bytes())
        ),
        "vault_damaged",
        "root.secret",
    ),
    "register cut off": (cut("keys.json"), "vault_damaged", "keys.json"),
    "register of a later version": (
        edit("keys.json", b'"version": 2', b'"version": 3'),
        "vault_damaged",
        "keys.json",
    ),
    "life of a key stretched": (
        edit("keys.json", b'"expires_at": 1', b'"expires_at": 2'),
        "vault_damaged",
        "keys.json",
    ),
    "roles exchanged in the register": (
        edit("keys.json", b'"codes-next"', b'"federation-next"'),
        "vault_damaged",
        "keys.json",
    ),
    "key cut off": (
        on_key(Role.CODES, lambda path: os.truncate(path, 200)),
        "vault_damaged",
        "codes-",
    ),
    "key empty": (
        on_key(Role.CODES, lambda path: os.truncate(path, 0)),
        "vault_damaged",
        "codes-",
    ),
    "code key in the federation key's place": (
        swap(Role.FEDERATION, Role.CODES),
        "vault_damaged",
        "federation-",
    ),
}


@pytest.mark.parametrize(("damage", "code", "file"), DEFECTS.values(), ids=DEFECTS)
def test_a_vault_that_is_not_as_it_was_made_is_refused_by_file_with_what_to_do(
    directory: Path, damage: Callable[[Path], object], code: str, file: str
) -> None:
    damage(directory)

    error = refusal(directory)

    assert error.code == code
    assert str(error.path).startswith(str(directory / file))
    assert str(error) == f"{error.path}: {error.problem}; {error.remedy}"


@pytest.mark.parametrize("name", ["root.secret", "keys.json", "codes"])
def test_every_flipped_byte_of_a_file_is_noticed(directory: Path, name: str) -> None:
    path = key_file(directory, Role.CODES) if name == "codes" else directory / name
    good = path.read_bytes()
    middle = [n for n in range(10, len(good), len(good) // 8) if chr(good[n]).isalnum()]
    codes = set()

    for position in middle:
        flipped = b"A" if good[position : position + 1] != b"A" else b"B"
        path.write_bytes(good[:position] + flipped + good[position + 1 :])
        codes.add(refusal(directory).code)

    assert middle
    assert codes <= {"vault_damaged", "vault_passphrase"}


def test_a_wrong_passphrase_is_one_message_that_names_the_file_and_the_way_out(
    directory: Path,
) -> None:
    error = refusal(directory, b"not the passphrase of this vault")

    assert error.code == "vault_passphrase"
    assert str(error) == (
        f"{directory / 'root.secret'}: the passphrase does not open it; "
        "give the passphrase of this vault, or restore the file if it was changed"
    )


def test_another_vaults_register_is_refused(directory: Path, tmp_path: Path) -> None:
    Vault.create(tmp_path / "jiaxing", PASSPHRASE, NOON)

    shutil.copy(tmp_path / "jiaxing" / "keys.json", directory)

    assert refusal(directory).problem == "was edited, or belongs to another vault"


def test_another_accounts_files_are_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    error = refusal(directory)

    assert error.code == "vault_permissions"
    assert error.remedy == f"chown it to user {owner + 1}"


@pytest.fixture
def unprivileged() -> Generator[None]:
    """Let the test be an account that modes are meant for, where root runs it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_what_may_not_be_read_names_the_account_to_run_as() -> None:
    # Made here, by the account that the test is now: pytest's own directories are root's.
    with tempfile.TemporaryDirectory() as made:
        closed = Path(made) / "closed"
        closed.mkdir(0o700)
        root_file = closed / "root.secret"
        root_file.touch(0o200)

        unreadable = refusal(closed)
        closed.chmod(0)
        unreachable = refusal(closed / "wenzhou")
        closed.chmod(0o700)

    assert (unreadable.path, unreadable.code) == (root_file, "vault_permissions")
    assert (unreachable.path, unreachable.code) == (closed / "wenzhou", "vault_permissions")
    assert unreadable.remedy == "run as the account that owns the keys"


def test_what_is_no_directory_is_no_vault(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)

    with pytest.raises(VaultError) as caught:
        Vault.open(tmp_path / "file", PASSPHRASE)

    assert caught.value.code == "vault_permissions"


def test_anchor_keys_may_be_moved_offline(directory: Path, tmp_path: Path) -> None:
    kid = Vault.open(directory, PASSPHRASE).public(Role.ANCHOR).kid
    for role in ANCHORS:
        key_file(directory, role).rename(tmp_path / role.value)

    vault = Vault.open(directory, PASSPHRASE)

    assert {role for role in Role if vault.has_private(role)} == WORKING
    assert vault.public(Role.ANCHOR).kid == kid
    assert vault.signer(Role.FEDERATION).public == vault.public(Role.FEDERATION)
    with pytest.raises(KeyOfflineError) as caught:
        vault.signer(Role.ANCHOR)
    assert caught.value.code == "vault_key_offline"
    assert "not on this machine" in str(caught.value)


def test_an_offline_machine_opens_a_copy_with_anchor_keys_only(directory: Path) -> None:
    for role in WORKING:
        key_file(directory, role).unlink()

    vault = Vault.open(directory, PASSPHRASE, needs=ANCHORS)

    assert vault.signer(Role.ANCHOR).public == vault.public(Role.ANCHOR)
    with pytest.raises(VaultError) as caught:
        vault.signer(Role.CODES)
    assert caught.value.code == "vault_key_missing"


def test_a_damaged_anchor_key_stops_only_what_needs_it(directory: Path) -> None:
    os.truncate(key_file(directory, Role.ANCHOR), 100)

    vault = Vault.open(directory, PASSPHRASE)

    with pytest.raises(VaultError) as caught:
        vault.signer(Role.ANCHOR)
    assert caught.value.code == "vault_damaged"


def test_a_new_passphrase_opens_the_same_keys_and_the_old_one_no_longer(directory: Path) -> None:
    before = Vault.open(directory, PASSPHRASE)

    change_passphrase(directory, PASSPHRASE, NEW_PASSPHRASE)

    after = Vault.open(directory, NEW_PASSPHRASE)
    assert [after.public(role) for role in Role] == [before.public(role) for role in Role]
    assert after.secret("burn") == before.secret("burn")
    assert refusal(directory).code == "vault_passphrase"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"not the passphrase of this vault", NEW_PASSPHRASE, "vault_passphrase"),
        (PASSPHRASE, b"too short", "vault_passphrase_weak"),
    ],
)
def test_a_refused_new_passphrase_changes_nothing(
    directory: Path, old: bytes, new: bytes, code: str
) -> None:
    before = content_of(directory)

    with pytest.raises(VaultError) as caught:
        change_passphrase(directory, old, new)

    assert caught.value.code == code
    assert content_of(directory) == before


def test_an_opened_vault_serves_many_threads(directory: Path) -> None:
    vault = Vault.open(directory, PASSPHRASE)

    def work(number: int) -> bytes:
        signature = vault.signer(Role.CODES).sign(b"%d" % number)
        es256.verify(vault.public(Role.CODES).native, signature, b"%d" % number)
        return vault.secret("burn")

    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(work, range(100)))

    assert secrets == {vault.secret("burn")}


KILLED_BY_ITSELF = """
import os, pathlib, signal, sys
from gateway.vault import Vault, change_passphrase
setattr(os, sys.argv[1], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
directory = pathlib.Path(sys.argv[2])
if sys.argv[1] == "replace":
    change_passphrase(directory, sys.argv[3].encode(), b"another horse battery staple")
else:
    Vault.create(directory, sys.argv[3].encode(), 1_792_843_200)
"""


def killed(at: str, directory: Path) -> int:
    arguments = [sys.executable, "-c", KILLED_BY_ITSELF, at, str(directory), PASSPHRASE.decode()]
    return subprocess.run(arguments, check=False).returncode  # noqa: S603 (our own text)


@pytest.mark.parametrize("at", ["fsync", "link", "rename"])
def test_a_kill_while_keys_are_made_leaves_no_vault(tmp_path: Path, at: str) -> None:
    directory = tmp_path / "huzhou"

    returncode = killed(at, directory)

    assert returncode == -9
    assert not directory.exists()
    assert Vault.create(directory, PASSPHRASE, NOON).code_keys()


def test_a_kill_before_the_rename_leaves_the_old_passphrase_in_force(directory: Path) -> None:
    returncode = killed("replace", directory)

    assert returncode == -9
    assert Vault.open(directory, PASSPHRASE).code_keys()
    assert refusal(directory, NEW_PASSPHRASE).code == "vault_passphrase"
