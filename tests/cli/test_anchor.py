"""The anchor's ceremony: two directories, and only files between them."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from click.testing import Result

from gateway.app.composition import open_city
from gateway.ids import CityId
from gateway.settings import load
from gateway.trust import entity
from gateway.trust.alarms import AlarmCode, TrustAlarm
from gateway.trust.cycle import Result as Taken
from gateway.trust.cycle import take
from gateway.trust.record import Pins
from gateway.trust.trusted_city import Role, TrustedCity
from tests.cli.places import Place, make_place, object_of, run
from tests.cli.test_office import staffed


@dataclass
class Ceremony:
    """A gateway and its offline machine; nothing but files goes between them."""

    gateway: Place
    offline: Path
    files: Path
    number: int = 0
    said: list[str] = field(default_factory=list[str])

    @property
    def leaf(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}"

    def anchor(self, *args: str, given: str = "") -> Result:
        """Run a command where nothing of the gateway's environment is."""
        return run(
            "anchor", *args, "--passphrase-file", str(self.offline / "passphrase"), given=given
        )

    def make(self) -> Path:
        public = self.files / "k1.json"
        made = self.anchor(
            "init", self.k1, "--leaf", self.leaf, "--out", str(public), "--new-passphrase"
        )
        assert made.exit_code == 0, made.stderr
        return public

    @property
    def k1(self) -> str:
        return str(self.offline / "k1")

    def request(self, *options: str) -> Path:
        self.number += 1
        file = self.files / f"request-{self.number}.json"
        self.gateway.ask("federation", "request", str(file), *options)
        return file

    def sign(self, request: Path, *options: str) -> Path:
        self.number += 1
        file = self.files / f"answer-{self.number}.json"
        signed = self.anchor("sign", self.k1, str(request), str(file), "--yes", *options)
        assert signed.exit_code == 0, signed.stderr
        return file

    def take(self, answer: Path) -> dict[str, object]:
        return self.gateway.ask("federation", "import", str(answer), "--officer", "Lin")

    def refused(self, answer: Path) -> tuple[str, str]:
        result = self.gateway.run("federation", "import", str(answer), "--officer", "Lin", "--json")
        assert result.exit_code == 1
        error = cast("dict[str, str]", object_of(result.stdout)["error"])
        return error["code"], error["message"]

    def whole(self, *sign: str) -> dict[str, object]:
        return self.take(self.sign(self.request(), *sign))

    def statements(self) -> dict[str, str]:
        with open_city(load(self.gateway.environ)) as city:
            return dict(city.store.own_statements.all())

    def partner(self) -> TrustedCity:
        with open_city(load(self.gateway.environ)) as city:
            pins = Pins(
                anchor=entity.anchor_of(city.leaf),
                leaf=city.leaf,
                division=CityId(city.settings.city.division_code),
                anchor_keys=city.keys.anchors(),
            )
        return self.look(TrustedCity.first(pins))[0]

    def look(self, known: TrustedCity) -> tuple[TrustedCity, Sequence[TrustAlarm]]:
        alarms: list[TrustAlarm] = []
        with open_city(load(self.gateway.environ)) as city:
            for role in Role:
                token = city.store.own_statements.all()[role]
                update = take(known, role, token, accepted={}, now=city.clock.now())
                assert update.result in {Taken.ACCEPTED, Taken.UNCHANGED}, update.refusal
                known = update.city
                alarms += update.alarms
        return known, alarms


def found_in(root: Path) -> Ceremony:
    """Return a city whose K1 was never on its gateway, before the first ceremony."""
    root.mkdir()
    found = Ceremony(gateway=make_place(root), offline=root / "offline", files=root / "stick")
    found.offline.mkdir()
    found.files.mkdir()
    public = found.make()
    found.gateway.ask("init", "--demo", "--new-passphrase", "--anchors", str(public))
    found.gateway.write_people()
    return found


def copy_of(made: Ceremony, root: Path) -> Ceremony:
    shutil.copytree(made.gateway.root, root)
    gateway = Place(root=root, slug=made.gateway.slug, port=made.gateway.port)
    return Ceremony(
        gateway=gateway, offline=root / "offline", files=root / "stick", number=made.number
    )


@pytest.fixture(scope="module")
def made_before(tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    return found_in(tmp_path_factory.mktemp("before") / "city")


@pytest.fixture(scope="module")
def made_after(made_before: Ceremony, tmp_path_factory: pytest.TempPathFactory) -> Ceremony:
    found = copy_of(made_before, tmp_path_factory.mktemp("after") / "city")
    found.whole()
    return found


@pytest.fixture
def unpublished(made_before: Ceremony, tmp_path: Path) -> Ceremony:
    """Return a city of the test's own whose anchor has signed nothing yet."""
    return copy_of(made_before, tmp_path / "own")


@pytest.fixture
def ceremony(made_after: Ceremony, tmp_path: Path) -> Ceremony:
    """Return a city of the test's own after its first ceremony."""
    return copy_of(made_after, tmp_path / "own")


def test_a_city_whose_anchor_was_never_on_its_gateway_is_published_by_its_answer(
    unpublished: Ceremony,
) -> None:
    ceremony = unpublished
    keys = ceremony.gateway.home / "keys"
    before = ceremony.statements()

    taken = ceremony.whole()

    assert before == {}
    assert set(ceremony.statements()) == set(Role)
    assert not list(keys.glob("anchor*"))
    assert len(list((ceremony.offline / "k1").glob("anchor*.pem"))) == 2
    assert taken["suspended"] is False
    known = ceremony.partner()
    assert len(known.live_federation()) == 2
    assert len(known.live_code()) == 2
    with open_city(load(ceremony.gateway.environ)) as city:
        assert [entry.act for entry in city.store.ledger.latest(9)][::-1][:2] == [
            "city.founded",
            "federation.anchor_imported",
        ]


def test_only_public_facts_are_on_the_stick(ceremony: Ceremony) -> None:

    for file in ceremony.files.iterdir():
        text = file.read_text(encoding="utf-8")
        assert '"d"' not in text
        assert "PRIVATE" not in text
        assert json.loads(text)["format"].startswith("credit-code-anchor-")


def test_after_a_k2_rotation_the_ceremony_ends_the_old_k2_and_names_the_next(
    ceremony: Ceremony,
) -> None:
    known = ceremony.partner()
    before = known.live_federation()

    ceremony.gateway.ask("keys", "rotate", "federation", "--officer", "Lin")
    known, alarms = ceremony.look(known)
    during = known.live_federation()
    ceremony.whole()
    known, later = ceremony.look(known)

    assert during == before
    assert len(known.live_federation()) == 2
    assert len(before & known.live_federation()) == 1
    assert len(before & known.history.dead_federation) == 1
    assert [*alarms, *later] == []
    listed = ceremony.gateway.ask("keys", "list", "--gone")
    gone = cast("list[dict[str, str]]", listed["gone"])
    assert {each["kid"] for each in gone} == before & known.history.dead_federation
    assert [each["why"] for each in gone] == ["retired"]


def test_a_partner_suspends_the_vanished_k1_and_goes_on_with_the_standby(
    ceremony: Ceremony,
) -> None:
    known = ceremony.partner()
    k1, k1s = known.pins.anchor_keys

    taken = ceremony.whole("--rotate")
    known, alarms = ceremony.look(known)

    assert taken["anchor"] == k1s.kid
    assert known.history.suspended_anchor == {k1.kid}
    assert known.expires_at() > 0
    assert len(known.live_code()) == 2
    assert {alarm.code for alarm in alarms} == {
        AlarmCode.ANCHOR_KEY_VANISHED,
        AlarmCode.ANCHOR_KEY_ANNOUNCED,
    }
    with open_city(load(ceremony.gateway.environ)) as city:
        assert k1.kid in city.vault.keys.gone_kids()
        assert city.publish_leaf()
    ceremony.whole()
    assert ceremony.look(known)[0].expires_at() > 0


def test_the_kill_switch_is_asked_for_and_taken_back(ceremony: Ceremony) -> None:
    known = ceremony.partner()

    off = ceremony.take(ceremony.sign(ceremony.request("--suspend")))
    suspended, _ = ceremony.look(known)
    ceremony.whole()
    back, _ = ceremony.look(suspended)

    assert off["suspended"] is True
    assert not suspended.issuing_allowed()
    assert back.issuing_allowed()


def test_an_answer_is_taken_twice_without_harm_and_an_older_one_never(
    ceremony: Ceremony,
) -> None:
    older, newer = ceremony.sign(ceremony.request()), ceremony.sign(ceremony.request())
    ceremony.take(newer)
    ceremony.take(newer)
    before = ceremony.statements()

    code, message = ceremony.refused(older)

    assert code == "anchor_answer"
    assert "trust_rollback" in message
    after = ceremony.statements()
    assert [after[role] for role in ("anchor", "subordinate")] == [
        before[role] for role in ("anchor", "subordinate")
    ]


def test_iat_rises_though_the_offline_clock_stands_still(unpublished: Ceremony) -> None:
    request = unpublished.request()

    answers = [json.loads(unpublished.sign(request).read_bytes()) for _ in range(3)]

    assert len({answer["statements"]["anchor"] for answer in answers}) == 3


def test_an_answer_to_an_older_request_is_refused_after_a_rotation(ceremony: Ceremony) -> None:
    answer = ceremony.sign(ceremony.request())
    ceremony.gateway.ask("keys", "rotate", "federation", "--officer", "Lin")

    code, message = ceremony.refused(answer)

    assert code == "anchor_answer"
    assert "key_successor_unnamed" in message


def test_an_answer_of_a_foreign_anchor_or_for_another_city_is_refused(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    before, request = ceremony.statements(), ceremony.request()
    thief = Ceremony(gateway=ceremony.gateway, offline=tmp_path / "den", files=tmp_path / "loot")
    thief.offline.mkdir()
    thief.files.mkdir()
    thief.make()
    refused = thief.anchor("sign", thief.k1, str(request), str(tmp_path / "x"), "--yes", "--json")
    answer = json.loads(ceremony.sign(request).read_bytes())
    answer["leaf"] = "https://credit.other.example"
    (tmp_path / "other.json").write_text(json.dumps(answer), encoding="utf-8")

    code, message = ceremony.refused(tmp_path / "other.json")

    assert refused.exit_code == 1
    assert "anchor_request" in refused.stdout
    assert (code, "trust_wrong_entity" in message) == ("anchor_answer", True)
    assert ceremony.statements() == before


def test_no_key_is_made_or_rotated_whose_answer_could_not_be_written(
    unpublished: Ceremony,
) -> None:
    request, taken = unpublished.request(), unpublished.files / "taken.json"
    taken.write_text("{}")
    keys = {path.name for path in Path(unpublished.k1).iterdir()}

    for out in (taken, unpublished.files / "nowhere" / "answer.json"):
        rotated = unpublished.anchor(
            "sign", unpublished.k1, str(request), str(out), "--rotate", "--yes"
        )
        made = unpublished.anchor(
            "init", unpublished.k1 + "-2", "--leaf", unpublished.leaf, "--out", str(out)
        )
        assert (rotated.exit_code, made.exit_code) == (1, 1)

    assert {path.name for path in Path(unpublished.k1).iterdir()} == keys
    assert not Path(unpublished.k1 + "-2").exists()


def test_a_rotation_whose_answer_was_lost_is_signed_again_without_one(ceremony: Ceremony) -> None:
    ceremony.sign(request := ceremony.request(), "--rotate").unlink()

    twice = ceremony.anchor(
        "sign", ceremony.k1, str(request), str(ceremony.files / "lost"), "--rotate", "--yes"
    )
    ceremony.take(ceremony.sign(request))

    assert twice.exit_code == 1
    assert "without --rotate" in " ".join(twice.stderr.split())


def test_what_is_to_be_signed_is_shown_and_no_is_no(unpublished: Ceremony) -> None:
    ceremony = unpublished
    request, out = ceremony.request(), ceremony.files / "out.json"
    asked = cast("list[str]", ceremony.gateway.ask("keys", "list")["keys"])

    refused = ceremony.anchor("sign", ceremony.k1, str(request), str(out), given="n\n")

    assert refused.exit_code == 130
    assert not out.exists()
    assert "NOT named here before" in refused.stdout
    for each in cast("list[dict[str, str]]", asked):
        if each["role"] == "federation":
            assert each["kid"][:4] in refused.stdout
    agreed = ceremony.anchor("sign", ceremony.k1, str(request), str(out), given="y\n")
    assert agreed.exit_code == 0
    again = ceremony.anchor("sign", ceremony.k1, str(ceremony.request()), str(out), given="y\n")
    assert "a key that was named here before" in " ".join(again.stdout.split())
    assert again.exit_code == 1
    mute = ceremony.anchor("sign", ceremony.k1, str(request), str(out), "--json")
    assert mute.exit_code == 2


def test_a_new_anchor_key_takes_two_officers_where_there_are_accounts(
    ceremony: Ceremony,
) -> None:
    staffed(ceremony.gateway)
    answer = ceremony.sign(ceremony.request(), "--rotate")
    before = ceremony.statements()

    made = ceremony.gateway.ask("federation", "import", str(answer), "--officer", "lin")
    unchanged = ceremony.statements()
    proposal = cast("dict[str, str]", made["proposal"])
    ceremony.gateway.ask("proposals", "approve", proposal["id"], "--officer", "wu")

    assert unchanged == before
    assert ceremony.statements()["anchor"] != before["anchor"]
    with open_city(load(ceremony.gateway.environ)) as city:
        assert len(city.vault.keys.gone) == 1


def test_a_waiting_answer_that_was_edited_is_not_taken(ceremony: Ceremony) -> None:
    staffed(ceremony.gateway)
    answer = ceremony.sign(ceremony.request(), "--rotate")
    made = ceremony.gateway.ask("federation", "import", str(answer), "--officer", "lin")
    [kept] = (ceremony.gateway.home / "state" / "anchor-answers").iterdir()
    kept.write_bytes(kept.read_bytes() + b" ")
    proposal = cast("dict[str, str]", made["proposal"])

    refused = ceremony.gateway.run(
        "proposals", "approve", proposal["id"], "--officer", "wu", "--json"
    )

    assert refused.exit_code == 1
    assert "proposal_refused" in refused.stdout


def test_anchor_keys_of_a_city_in_one_piece_are_taken_out_and_sign_elsewhere(
    city: Place, tmp_path: Path
) -> None:
    offline = tmp_path / "offline"
    offline.mkdir()
    found = Ceremony(gateway=city, offline=offline, files=tmp_path)

    city.ask(
        "anchor", "take", found.k1, "--passphrase-file", str(offline / "passphrase"),
        "--new-passphrase",
    )  # fmt: skip
    refused = city.run("federation", "publish", "--anchor", "--json")
    found.whole()

    assert "vault_key_offline" in refused.stdout
    assert not list((city.home / "keys").glob("anchor*"))


def test_keys_that_lie_beside_a_gateways_do_not_rotate(city: Place, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    city.ask("federation", "request", str(request))

    refused = run(
        "anchor", "sign", str(city.home / "keys"), str(request), str(tmp_path / "out"), "--yes",
        "--rotate", "--json", "--passphrase-file", str(city.home / "passphrase"),
    )  # fmt: skip

    assert refused.exit_code == 1
    assert "anchor_request" in refused.stdout
