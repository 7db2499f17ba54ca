"""A city may issue, verify, or do both: what others learn of it, as files carry it."""

import json
from pathlib import Path

import pytest

from tests.cli.places import Place, make_place, object_of

BOTH = 'roles = ["issuer", "verifier"]'


def only_verifies(place: Place) -> None:
    text = place.city_file.read_text(encoding="utf-8")
    head, _, tail = text.partition("[codes]")
    scenarios = tail.partition("[scenarios]")[2]
    before, _, after = scenarios.partition("[[scales]]")
    head = head.replace(BOTH, 'roles = ["verifier"]')
    catalogue = after.partition("[catalogue]")[2]
    place.city_file.write_text(f"{head}[scenarios]{before}[catalogue]{catalogue}", "utf-8")


def only_issues(place: Place) -> None:
    place.replace(BOTH, 'roles = ["issuer"]')


KINDS = {
    "only verifies": (only_verifies, None, (False, True)),
    "only issues": (only_issues, "330400", (True, False)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_city_with_one_role_publishes_that_and_is_added_so(tmp_path: Path, kind: str) -> None:
    make, division, roles = KINDS[kind]
    ours, theirs = make_place(tmp_path).init(), make_place(tmp_path, "jiaxing")
    make(theirs)
    theirs.ask("init", "--demo", "--new-passphrase")
    file = str(tmp_path / "jiaxing.pins.json")
    theirs.ask("federation", "export", file)

    added = ours.ask("partners", "import", file)

    assert (added["division"], added["state"]) == (division, "candidate")
    leaf = object_of(Path(file).read_text("utf-8"))["statements"]
    assert isinstance(leaf, dict)
    metadata = _metadata(str(leaf["leaf"]))
    assert ("credit_code_issuer" in metadata, "credit_code_verifier" in metadata) == roles
    assert theirs.run("partners", "status").exit_code == 0


def _metadata(token: str) -> dict[str, object]:
    from gateway.jose import base64url  # noqa: PLC0415  to read what was exported

    payload: object = json.loads(base64url.decode(token.split(".")[1]))
    assert isinstance(payload, dict)
    return dict(payload["metadata"])
