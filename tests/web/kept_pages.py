"""What a phone is given to keep, read as a test wants it; built files are made up."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.web.people_site import PeopleSite

_MODULES = ("gateway.web.pages.assets", "gateway.web.pages.kept")


def pretend_built(
    monkeypatch: pytest.MonkeyPatch, names: Mapping[str, str], where: Path | None = None
) -> None:
    """Let the pages find these built files, whatever was built here."""
    for module in _MODULES:
        monkeypatch.setattr(f"{module}.manifest", lambda: names)
        if where is not None:
            monkeypatch.setattr(f"{module}.directory", lambda: where)


def shell_of(people: PeopleSite, path: str) -> dict[str, object]:
    """Return what stands before the text of a service worker, which is ``work();``."""
    text = people.get(path).get_data(as_text=True)
    found = re.fullmatch(r"self\.shell=(\{.*\});\n(.*)", text, re.DOTALL)
    assert found is not None
    assert found[2] == "work();"
    said: dict[str, object] = json.loads(found[1])
    return said
