import re
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from sqlalchemy import text as sql

from gateway.app.composition import OpenCity, open_city
from gateway.app.worker.jobs import jobs_of
from gateway.app.worker.signing import HOUR_S, LeafSigner
from gateway.ids import Timestamp
from gateway.services.partner_ports import OwnKeysOlderError
from gateway.trust.key_changes import rotate_codes
from gateway.trust.trusted_city import Role
from tests.app.places import new_place
from tests.project.tree import ROOT, text_of


@pytest.fixture
def city(tmp_path: Path) -> Generator[OpenCity]:
    with open_city(new_place(tmp_path / "demo").settings()) as opened:
        yield opened


def look(signer: LeafSigner, city: OpenCity, after_s: int = 0) -> str:
    """Let the signer look, and return what is served a moment later."""
    now = Timestamp(city.clock.now() + after_s)
    signer.look(now)
    city.trust.refresh(now)
    return city.trust.statements[Role.LEAF].token


def test_the_leaf_is_signed_hourly_and_not_before(city: OpenCity) -> None:
    signer, first = LeafSigner(city), city.trust.statements[Role.LEAF].token

    early = [look(signer, city) for _ in range(3)]
    late = look(signer, city, HOUR_S)

    assert early == [first] * 3
    assert late != first


def test_what_a_broken_off_command_left_unsigned_is_signed_at_the_second_look(
    city: OpenCity,
) -> None:
    issuing = city.settings.issuing
    assert issuing is not None
    shorter = replace(issuing.lifetimes, code_lifetime_max_s=86_400)
    changed = replace(
        city, settings=replace(city.settings, issuing=replace(issuing, lifetimes=shorter))
    )
    signer, first = LeafSigner(changed), city.trust.statements[Role.LEAF].token

    tokens = [look(signer, changed) for _ in range(4)]

    assert tokens[0] == first
    assert tokens[1] != first
    assert tokens[1:] == [tokens[1]] * 3


def test_an_older_leaf_that_a_hand_put_back_is_signed_over_at_the_second_look(
    city: OpenCity,
) -> None:
    signer, old = LeafSigner(city), city.trust.statements[Role.LEAF].token
    city.publish_leaf()
    city.trust.refresh(city.clock.now())
    newer = city.trust.statements[Role.LEAF].token
    with city.store.engine.begin() as connection:
        changed = "update own_statement set token = :old, issued_at = issued_at - 1 where role = :r"
        connection.execute(sql(changed), {"old": old, "r": "leaf"})
        connection.execute(sql("update trust_revision set revision = revision + 1"))

    tokens = [look(signer, city) for _ in range(3)]

    assert tokens[0] == newer
    assert tokens[1] not in {old, newer}
    assert tokens[2] == tokens[1] == city.store.own_statements.all()["leaf"]


def test_a_node_with_an_older_copy_of_the_keys_signs_nothing(tmp_path: Path) -> None:
    place = new_place(tmp_path / "demo")
    keys_dir = Path(place.environ["CREDIT_GATEWAY_KEYS_DIR"])
    copytree(keys_dir, tmp_path / "older")
    with open_city(place.settings()) as city:
        now = city.clock.now()
        city.keys.change(
            lambda keys, fresh: rotate_codes(
                keys, fresh, now, longest_code_s=86_400, emergency=True
            )
        )
        city.publish_leaf()
    rmtree(keys_dir)
    copytree(tmp_path / "older", keys_dir)

    with open_city(place.settings()) as older:
        before = older.trust.statements[Role.LEAF].token
        with pytest.raises(OwnKeysOlderError):
            look(LeafSigner(older), older, HOUR_S + 60)
        older.trust.refresh(older.clock.now())

        assert older.trust.statements[Role.LEAF].token == before


def test_every_job_has_a_name_of_its_own_and_the_runbook_says_what_it_is_for(
    city: OpenCity,
) -> None:
    names = [job.name for job in jobs_of(city)]
    explained = re.findall(
        r"^\| `([a-z-]+)` \|", text_of(ROOT / "docs/operations.md"), re.MULTILINE
    )

    assert len(set(names)) == len(names)
    assert set(names) <= set(explained)
