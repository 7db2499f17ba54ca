"""The places that were given out, noted outside the database."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.app.noted_places import FILE, FilePlaces, NotedPlacesError


@pytest.fixture
def places(tmp_path: Path) -> FilePlaces:
    return FilePlaces(path=tmp_path / FILE)


def test_nothing_is_noted_at_first(places: FilePlaces) -> None:
    assert places.noted() == 0


def test_what_is_noted_never_goes_back_and_is_for_nobody_else_to_read(places: FilePlaces) -> None:
    for taken in (6, 12, 7):
        places.note(taken)

    assert places.noted() == 12
    assert places.path.stat().st_mode & 0o777 == 0o600


def test_of_many_who_note_at_once_the_most_stays(places: FilePlaces) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(places.note, range(1, 33)))

    assert places.noted() == 32


@pytest.mark.parametrize("spoiled", [b"{", b"[]", b"{}", b'{"taken":-1}', b" " * 300])
def test_a_file_that_somebody_wrote_in_is_refused_and_left_alone(
    places: FilePlaces, spoiled: bytes
) -> None:
    places.path.write_bytes(spoiled)
    places.path.chmod(0o600)

    with pytest.raises(NotedPlacesError):
        places.noted()
    with pytest.raises(NotedPlacesError):
        places.note(1)
    assert places.path.read_bytes() == spoiled


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotedPlacesError):
        FilePlaces(path=tmp_path / "gone" / FILE).note(1)
