import shutil
from pathlib import Path

import pytest

from tests.cli.places import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a city that is configured and not made yet."""
    return make_place(tmp_path)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a city that nobody may change: making one costs most of a second."""
    return make_place(tmp_path_factory.mktemp("city")).init()


@pytest.fixture
def city(made_once: Place, tmp_path: Path) -> Place:
    """Return a made city of the test's own."""
    root = tmp_path / "own"
    shutil.copytree(made_once.root, root)
    return Place(root=root, slug=made_once.slug, port=made_once.port)
