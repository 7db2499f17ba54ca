from collections.abc import Generator

import pytest

from tests.remote.assessment_service import PERSON, Service, assessed, serving
from tests.remote.peers import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def service() -> Generator[Service]:
    with serving(Service(people={PERSON: assessed()})) as running:
        yield running
