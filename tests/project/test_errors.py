"""The error tree: its codes are names that logs, vectors and answers rely on."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import gateway
from gateway.errors import GatewayError


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        # alembic's scripts run when imported and raise nothing of ours.
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            yield module.name


def _below(error: type[GatewayError]) -> Iterator[type[GatewayError]]:
    for child in error.__subclasses__():
        if child.__module__.startswith("gateway."):
            yield child
            yield from _below(child)


for _name in _modules():
    importlib.import_module(_name)
TREE: list[type[GatewayError]] = sorted(
    {GatewayError, *_below(GatewayError)}, key=lambda error: error.__module__ + error.__name__
)


@pytest.mark.parametrize("error", TREE)
def test_every_error_has_a_code_of_its_own_in_snake_case(error: type[GatewayError]) -> None:
    assert "code" in vars(error)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", error.code)


@pytest.mark.parametrize("error", TREE)
def test_every_error_says_what_it_means(error: type[GatewayError]) -> None:
    assert error.__name__.endswith("Error")
    assert re.match(r"[A-Z`].+\.\Z", (error.__doc__ or "").partition("\n\n")[0], re.DOTALL)


def test_no_two_errors_share_a_code() -> None:
    codes = Counter(error.code for error in TREE)

    assert {code for code, uses in codes.items() if uses > 1} == set()
