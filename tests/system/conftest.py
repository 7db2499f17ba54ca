"""Two running cities for all tests of one process, and copies to break."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.demo.layout import Place
from tests.system.tills import Till
from tests.system.towns import Pair, Server, found_pair, serve
from tests.world import CONFIG

Serve = Callable[[Place], Server]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    """Yield Wenzhou and Jinhua, running."""
    root = tmp_path_factory.mktemp("towns", numbered=True) / "cities"
    with ExitStack() as stack:
        yield found_pair(root, CONFIG, stack)


@pytest.fixture
def till(pair: Pair) -> Generator[Till]:
    """Yield the till of a hotel in the running Wenzhou."""
    with Till(pair.servers["wenzhou"].url, pair.hotel_token) as opened:
        yield opened


@pytest.fixture
def place(pair: Pair, tmp_path: Path) -> Place:
    """Return a copy of Wenzhou that a test may break."""
    return pair.copy(tmp_path / "wenzhou")


@pytest.fixture
def run() -> Generator[Serve]:
    """Yield a function that starts a server of a place and waits for it; all end at last."""
    with ExitStack() as stack:
        yield lambda place: stack.enter_context(serve(place)).ready()


@pytest.fixture
def crowded(place: Place, run: Serve) -> Server:
    """Return a server of its own for those who crowd it."""
    return run(place)
