import shutil
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.app.background import Background
from gateway.app.composition import OpenCity, open_city
from gateway.app.live_keys import LiveKeys
from gateway.trust.key_changes import rotate_codes
from gateway.vault import Role, Vault
from tests.app.places import new_place
from tests.system.tills import best_of, until
from tests.vault.conftest import NOON, PASSPHRASE


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    Vault.create(tmp_path / "keys", PASSPHRASE, NOON)
    return tmp_path / "keys"


@pytest.fixture
def keys(directory: Path) -> LiveKeys:
    return LiveKeys(Vault.open(directory, PASSPHRASE))


@pytest.fixture
def city(tmp_path: Path) -> Generator[OpenCity]:
    with open_city(new_place(tmp_path / "demo").settings()) as opened:
        yield opened


def test_the_register_is_read_once_and_then_only_if_its_file_is_another(keys: LiveKeys) -> None:
    first, again = keys.refresh(), keys.refresh()

    assert (first, again) == (True, False)


def test_what_signs_is_what_is_announced(keys: LiveKeys) -> None:
    vault = keys.vault

    assert keys.federation().public == vault.public(Role.FEDERATION)
    assert keys.federation().public in keys.federation_public()
    assert set(keys.federation_announced()) <= set(keys.federation_public())
    assert keys.codes().kid in {key.public.kid for key in keys.codes_announced()}
    assert keys.anchors() == (vault.public(Role.ANCHOR), vault.public(Role.ANCHOR_STANDBY))


@pytest.mark.parametrize("name", ["keys.json", "federation", "codes-"])
def test_a_half_copied_file_keeps_the_old_keys_and_is_told_once(
    keys: LiveKeys, directory: Path, name: str
) -> None:
    before = keys.federation()
    path = next(each for each in directory.iterdir() if each.name.startswith(name))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    with capture_logs() as logs:
        found = [keys.refresh() for _ in range(3)]

    assert found == [False, False, False]
    assert keys.federation() is before
    assert [entry["event"] for entry in logs] == ["keys_not_read"]
    path.write_bytes(whole)
    assert keys.refresh()


def test_a_directory_that_is_gone_keeps_the_old_keys(keys: LiveKeys, directory: Path) -> None:
    before = keys.codes()
    shutil.rmtree(directory)

    assert not keys.refresh()
    assert keys.codes() is before


def test_the_register_of_another_city_keeps_the_old_keys(
    keys: LiveKeys, directory: Path, tmp_path: Path
) -> None:
    before = keys.vault
    Vault.create(tmp_path / "other", PASSPHRASE, NOON)
    shutil.copy(tmp_path / "other" / "keys.json", directory / "keys.json")

    assert not keys.refresh()
    assert keys.vault is before


def test_a_reading_that_began_before_a_change_does_not_undo_it(
    keys: LiveKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, reopened = threading.Event(), threading.Event(), Vault.reopened

    def slow(vault: Vault) -> Vault:
        found = reopened(vault)
        if threading.current_thread() is reader:
            began.set()
            go_on.wait(60)
        return found

    def change() -> None:
        keys.change(
            lambda known, fresh: rotate_codes(known, fresh, NOON, longest_code_s=1, emergency=True)
        )

    monkeypatch.setattr(Vault, "reopened", slow)
    reader = threading.Thread(target=keys.refresh)
    changer = threading.Thread(target=change)
    reader.start()
    assert began.wait(60)
    changer.start()
    changer.join(0.2)
    go_on.set()
    for thread in (reader, changer):
        thread.join(60)

    assert keys.codes().kid == reopened(keys.vault).public(Role.CODES).kid


def test_a_process_reads_a_changed_register_within_a_second(city: OpenCity) -> None:
    running = Background(city)
    running.start()
    until(lambda: city.keys.refresh() is False, within_s=60)
    register = city.vault.directory / "keys.json"

    def read_again_s() -> float:
        before, fresh = city.vault, register.with_suffix(".copy")
        shutil.copy(register, fresh)
        fresh.rename(register)
        return until(lambda: city.vault is not before, within_s=60)

    took_s = best_of(5, read_again_s, within_s=1.0)
    running.stop()

    assert took_s < 1.0
