"""Where the passphrase of a vault comes from: a file, or a systemd credential.

Both are a file here: systemd puts a credential (``LoadCredentialEncrypted=key-passphrase``)
into the directory that it names in ``CREDENTIALS_DIRECTORY``. Never the command line (every account
sees it) and never a value in the environment (children and crash reports inherit it). An
unattended restart needs nobody at a keyboard.
"""

import os
import secrets
import stat
import unicodedata
from pathlib import Path

from gateway.vault import files
from gateway.vault.errors import VaultMissingError, VaultPermissionError, WeakPassphraseError

MIN_CHARS = 20
MAX_BYTES = 512

_GENERATED_BYTES = 32
_WORLD = 0o007
_ROOT = 0


def generate() -> bytes:
    """Return a new passphrase of 256 random bits, 43 characters that can be typed."""
    return secrets.token_urlsafe(_GENERATED_BYTES).encode("ascii")


def create_file(path: Path) -> bytes:
    """Write a generated passphrase to a new private file and return it.

    Raises:
        FileExistsError: the path is taken; an existing passphrase is never overwritten.
    """
    passphrase = generate()
    files.write_new(path, passphrase + b"\n")
    return passphrase


def read_file(path: Path) -> bytes:
    """Return the passphrase in a secret file; one line break at its end does not count.

    A file of this account must be closed to all others. One of root's, as systemd passes a
    credential to a service with an account of its own, may be open to a group but not to
    everybody: systemd admits the service by an ACL, whose mask shows as the group's bits.

    Raises:
        VaultMissingError: there is no such file.
        VaultPermissionError: others may read it, or a third account owns it.
        WeakPassphraseError: too short, too long, or with control characters.
    """
    try:
        with files.open_regular(path) as descriptor:
            _check_closed(path, os.fstat(descriptor))
            content = files.read_bounded(path, descriptor)
    except FileNotFoundError as error:
        raise VaultMissingError(
            path,
            "there is no passphrase file",
            "name the file that opens the vault, or add the credential to the unit",
        ) from error
    passphrase = content.removesuffix(b"\n").removesuffix(b"\r")
    check(passphrase, path)
    return passphrase


def check(passphrase: bytes, source: Path) -> None:
    """Return if ``passphrase`` is fit to protect keys.

    Raises:
        WeakPassphraseError: fewer than 20 characters, more than 512 bytes, or with
            characters that nobody can type again.
    """
    remedy = f"use {MIN_CHARS} or more printable characters, or let init generate it"
    try:
        text = passphrase.decode("utf-8")
    except UnicodeDecodeError:
        # Not chained: that error carries the passphrase.
        raise WeakPassphraseError(source, "the passphrase is not UTF-8", remedy) from None
    if any(unicodedata.category(char).startswith("C") for char in text):
        raise WeakPassphraseError(source, "the passphrase has control characters", remedy)
    if len(text) < MIN_CHARS or len(passphrase) > MAX_BYTES:
        raise WeakPassphraseError(
            source, f"the passphrase is not {MIN_CHARS} characters to {MAX_BYTES} bytes", remedy
        )


def _check_closed(path: Path, status: os.stat_result) -> None:
    if status.st_uid == _ROOT != os.geteuid():
        if stat.S_IMODE(status.st_mode) & _WORLD:
            raise VaultPermissionError(path, "is open to everybody", f"chmod o= {path}")
        return
    files.check_owner_and_mode(path, status, forbidden=files.OTHERS, advice=f"chmod 600 {path}")
