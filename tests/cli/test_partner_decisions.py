"""What officers decide about a partner at the console, in one process, without a network."""

import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.app.composition import open_city
from gateway.ids import CityId, EntityId, Timestamp
from gateway.jose.keys import generate
from gateway.services.federate import Federation
from gateway.settings import load
from tests.cli.places import PORTS, Place, object_of, objects_of, run
from tests.services.offices import HOTEL, Office, Web

LIN, WHY = ("--officer", "Lin"), ("--reason", "a drill")


class Partnered:
    """Wenzhou's console, whose partner Jiaxing is an office in memory."""

    def __init__(self, place: Place) -> None:
        self.place = place
        web = Web()
        leaf = EntityId(f"http://127.0.0.1:{PORTS['jiaxing']}")
        self.theirs = Office(division=CityId("330400"), leaf=leaf, web=web)
        self.inside(self._join)

    def inside(self, act: Callable[[Federation, Timestamp], object]) -> None:
        """Let the city itself act, over the web in memory."""
        with open_city(load(self.place.environ)) as city:
            now = city.clock.now()
            act(replace(city.federation, fetch=self.theirs.web), now)

    def _join(self, federation: Federation, now: Timestamp) -> None:
        self.theirs.sign_all(now)
        number = federation.add(self.theirs.leaf, now).safety_number
        for officer in ("Lin", "Chen"):
            asked = federation.challenge(self.theirs.leaf, officer, now)
            heard = [number[group - 1] for group in asked.groups]
            federation.confirm(self.theirs.leaf, officer, heard, now)
        federation.accept(self.theirs.leaf, (HOTEL,), Timestamp(now + 86_400), now)

    def approve(self, answer: dict[str, object]) -> None:
        proposal = answer["proposal"]
        assert isinstance(proposal, dict)
        seen = ("--digest", str(proposal["digest"]))
        self.place.ask("proposals", "approve", str(proposal["id"]), "--officer", "Chen", *seen)

    def propose(self, command: str, *named: str) -> dict[str, object]:
        return self.place.ask("partners", command, "jiaxing", *named, *LIN, *WHY)

    def status(self) -> dict[str, object]:
        return self.place.ask("partners", "status", "jiaxing")


@pytest.fixture
def partnered(city: Place) -> Partnered:
    return Partnered(city)


@pytest.fixture(scope="module")
def partnered_once(made_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Partnered:
    """Return a city whose partner nobody may change."""
    root = tmp_path_factory.mktemp("partnered") / "own"
    shutil.copytree(made_once.root, root)
    return Partnered(Place(root=root, slug=made_once.slug, port=made_once.port))


def refusal(place: Place, *args: str) -> object:
    error = object_of(place.run(*args, "--json").stdout)["error"]
    assert isinstance(error, dict)
    return error["code"]


def test_a_key_is_blocked_by_one_and_unblocked_by_two(partnered: Partnered) -> None:
    kid = partnered.theirs.k3.public.kid
    block = ("partners", "block-key", "jiaxing", kid[:8], "--since")

    assert refusal(partnered.place, *block, "2999-01-01", *LIN, *WHY) == "trust_record"
    said = partnered.place.run(*block, "2026-11-20 08:30", *LIN, *WHY).stdout

    assert kid in said
    assert "0 codes by this key" in said
    assert "Within 24 hours, by another officer" in said
    status = partnered.status()
    assert [key["kid"] for key in objects_of(status["blocked_keys"])] == [kid]
    assert [each["act"] for each in objects_of(status["unratified"])] == ["partner.key_blocked"]
    screen = partnered.place.run("partners", "status").stdout
    assert "partner.key_blocked by Lin" in screen
    partnered.approve(partnered.propose("unblock-key", kid))
    assert partnered.status()["blocked_keys"] == []


def test_a_partner_is_disputed_by_one_and_removed_by_who_types_its_name(
    partnered: Partnered,
) -> None:
    remove = ("partners", "remove", "jiaxing", *LIN, *WHY)

    disputed = partnered.propose("dispute")
    mistyped = partnered.place.run(*remove, given="jiaxin\n")
    typed = partnered.place.run(*remove, given="jiaxing\n")

    assert disputed["state"] == "disputed"
    assert len(str(disputed["ratify"])) > len("[]")
    assert mistyped.exit_code == 130
    assert "proposals approve" in typed.stdout
    assert refusal(partnered.place, *remove, "--for-good") == "proposal_refused"


def test_an_anchor_key_is_taken_out_restored_or_replaced(partnered: Partnered) -> None:
    theirs, place = partnered.theirs, partnered.place
    gone, theirs.k1s = theirs.k1s, generate()

    def replaced(federation: Federation, now: Timestamp) -> None:
        theirs.sign_all(Timestamp(now + 30))
        federation.sync(Timestamp(now + 30))

    partnered.inside(replaced)
    assert partnered.status()["suspended_anchor_kids"] == [gone.public.kid]
    partnered.approve(partnered.propose("restore-pin", gone.public.kid[:8]))
    assert partnered.status()["suspended_anchor_kids"] == []
    partnered.approve(partnered.propose("unpin", gone.public.kid))
    assert "compare it" in place.run("partners", "status", "jiaxing").stdout

    assert "Your half" in place.run("partners", "safety-number", "jiaxing").stdout
    pin_new = ("partners", "pin-new", "jiaxing", "--officer")
    wrong = place.run(*pin_new, "Lin", given="00000\n00000\n00000\n")
    assert "error[safety_number_wrong]" in wrong.stderr
    half, verdicts = theirs.pins().half(), list[object]()
    for officer in ("Lin", "Chen"):
        asked = place.ask(*pin_new, officer)["groups"]
        assert isinstance(asked, list)
        heard = [half[(int(group) - 1) % 6] for group in asked]
        answers = [part for group in heard for part in ("--answer", group)]
        verdicts.append(place.ask(*pin_new, officer, *answers)["verdict"])

    assert verdicts == ["first", "confirmed"]
    keys = {key["kid"]: key["state"] for key in objects_of(partnered.status()["keys"])}
    assert keys[theirs.k1s.public.kid] == "pinned"
    assert gone.public.kid not in keys


@pytest.mark.parametrize("kid", ["-" + "k" * 42, "-officer", "--abcdef", "-hhhhhhhh"])
@pytest.mark.parametrize("command", ["block-key", "unblock-key", "unpin", "restore-pin"])
def test_an_id_that_begins_with_a_dash_is_no_option(
    partnered_once: Partnered, command: str, kid: str
) -> None:
    since = ("--since", "2026-11-20") if command == "block-key" else ()

    said = refusal(partnered_once.place, "partners", command, "jiaxing", kid, *since, *LIN, *WHY)

    assert said == "partner_key_unknown"


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_an_option_after_the_city_is_still_one(word: str) -> None:
    assert "Usage" in run("partners", "unpin", "jiaxing", word).stdout
