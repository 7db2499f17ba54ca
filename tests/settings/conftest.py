from pathlib import Path

import pytest

from tests.settings.builders import CityOnDisk, make_city


@pytest.fixture
def city(tmp_path: Path) -> CityOnDisk:
    return make_city(tmp_path)
