from collections.abc import Generator
from pathlib import Path

import pytest

from tests.web.people_site import PeopleSite, people_site


@pytest.fixture
def people(tmp_path: Path) -> Generator[PeopleSite]:
    with people_site(tmp_path) as site:
        yield site
