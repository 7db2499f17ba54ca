"""The files of one vault: how they are read, made and changed.

The register decides: a key that it does not name does not count, whatever lies beside it. So a
change writes new key files first, then the register by one rename, and last takes away what it
no longer names; a kill between any two steps leaves the keys before the change or after it.
"""

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gateway.ids import KeyId
from gateway.jose.keys import THUMBPRINT, SoftwareSigner
from gateway.trust.key_set import KeySet
from gateway.vault import files, keyfile, register
from gateway.vault.errors import (
    KeyMissingError,
    KeyOfflineError,
    VaultExistsError,
    VaultMissingError,
)
from gateway.vault.register import REGISTER_FILE, Register
from gateway.vault.roles import ANCHORS, Role
from gateway.vault.root import RootSecret

_KEY_FILE = re.compile(rf"(?P<role>[a-z-]+)-(?P<kid>{THUMBPRINT})\.pem")


def read(directory: Path, name: str) -> bytes:
    """Return the content of one file.

    Raises:
        VaultMissingError: it is not there.
        VaultPermissionError: others may get at it.
    """
    path = directory / name
    try:
        files.check_directory(directory)
        return files.read_private(path, max_bytes=register.MAX_BYTES)
    except FileNotFoundError as error:
        raise missing(path) from error


def missing(path: Path) -> VaultMissingError:
    """Return the error of a file that is not there."""
    todo = "run credit-gateway init, or restore the directory"
    return VaultMissingError(path, "is missing", todo)


def key_path(directory: Path, role: Role, kid: KeyId) -> Path:
    """Return where a key lies."""
    return directory / keyfile.name_of(role, kid)


def load(directory: Path, role: Role, kid: KeyId, root: RootSecret) -> SoftwareSigner:
    """Return one key.

    Raises:
        KeyOfflineError, KeyMissingError: it is not here.
        VaultError: its file is damaged or open to others.
    """
    path = key_path(directory, role, kid)
    try:
        content = files.read_private(path)
    except FileNotFoundError as error:
        if role in ANCHORS:
            raise KeyOfflineError(
                path, "this anchor key is not on this machine", "do it where the key was moved to"
            ) from error
        raise KeyMissingError(path, "is missing", "restore it from a backup") from error
    return keyfile.unseal(path, content, role, kid, root)


def create(directory: Path, content: Mapping[str, bytes]) -> None:
    """Write the files beside ``directory`` and let it appear by one rename.

    Raises:
        VaultExistsError: something is there already; it is left as it was.
        VaultMissingError: the parent directory does not exist.
    """
    fresh = directory.with_name(f".{directory.name}.{secrets.token_hex(8)}.new")
    try:
        fresh.mkdir(mode=files.PRIVATE_DIRECTORY)
        for name, data in content.items():
            files.write_new(fresh / name, data)
        # Fails unless the name is free or an empty directory's.
        os.rename(fresh, directory)  # noqa: PTH104 (Path.rename says the same less clearly)
        files.sync_directory(directory.parent)
    except FileNotFoundError as error:
        raise VaultMissingError(
            directory.parent, "is missing", "make the directory that holds the keys"
        ) from error
    except OSError as error:
        if directory.exists():
            raise VaultExistsError(
                directory, "is there already", "choose another directory, or keep these keys"
            ) from error
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def commit(
    directory: Path, before: KeySet, after: Register, fresh: SoftwareSigner, root: RootSecret
) -> None:
    """Put a register in place of the one that says ``before``, and its keys beside it.

    Raises:
        VaultError, OSError: nothing was changed.
    """
    content = register.write(after, root)
    for role, key in after.keys.keys.items():
        kid = key.public.kid
        if before.role_of(kid) is role:
            continue
        signer = fresh if kid == fresh.public.kid else _moved(directory, before, kid, root)
        if signer is not None:
            # Not ``write_new``: a change that was killed may have left the same key here.
            files.replace(key_path(directory, role, kid), keyfile.seal(role, signer, root))
    files.replace(directory / REGISTER_FILE, content)
    # The change is in force; what cannot be taken away now is with the next one.
    with suppress(OSError):
        sweep(directory, after.keys)


def sweep(directory: Path, keys: KeySet) -> None:
    """Take away the private halves of keys that sign no more, and files under old names.

    Keys that the register never heard of stay: they may belong to a newer register.
    """
    known = keys.gone_kids() | {old.key.public.kid for old in keys.old}
    known |= {key.public.kid for key in keys.keys.values()}
    for path in sorted(directory.iterdir()):
        found = _KEY_FILE.fullmatch(path.name)
        if found and found["kid"] in known and keys.role_of(KeyId(found["kid"])) != found["role"]:
            path.unlink()
    files.sync_directory(directory)


def _moved(directory: Path, before: KeySet, kid: KeyId, root: RootSecret) -> SoftwareSigner | None:
    """Return a key that gets another role; None where only its public half is known here."""
    role = before.role_of(kid)
    if role is None:
        return None
    try:
        return load(directory, role, kid, root)
    except KeyOfflineError:
        return None
