import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.app.composition import open_city
from gateway.jose import jws
from gateway.jose.keys import generate
from gateway.trust.statements import STATEMENT_TYP, LeafConfiguration, read
from gateway.trust.trusted_city import Role
from tests.app.places import new_place


def test_partners_are_told_the_times_that_the_vault_keeps(tmp_path: Path) -> None:
    with open_city(new_place(tmp_path / "demo").settings()) as city:
        token = city.trust.statements[Role.LEAF].token
        kept = city.vault.code_keys()

    published = LeafConfiguration.parse(read(token).payload, city.leaf).code_keys

    assert [(key.public, key.issued_at, key.not_before, key.expires_at) for key in published] == [
        (key.signer.public, key.published_at, key.not_before, key.expires_at) for key in kept
    ]


def test_a_decision_stands_though_the_leaf_cannot_be_signed_anew(tmp_path: Path) -> None:
    place = new_place(tmp_path / "demo")
    stranger = jws.sign(b"{}", generate(), typ=STATEMENT_TYP)
    with closing(sqlite3.connect(place.directory / "gateway.db")) as database, database:
        database.execute("UPDATE own_statement SET token = ? WHERE role = 'leaf'", (stranger,))

    with open_city(place.settings()) as city:
        why = city.announce_partners()

    assert str(why).startswith("own_statement_foreign: ")
