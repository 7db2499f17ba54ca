"""What must have happened before a signature leaves, and when none may."""

import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.codes import reading
from gateway.codes.issuing import CodeSigner
from gateway.errors import UnavailableError
from gateway.ids import KeyId, Timestamp, UnverifiedText
from gateway.jose.keys import PublicKey, Signer, generate
from gateway.policy.scale import Scales
from gateway.policy.stops import NOTHING_STOPPED
from gateway.remote.assessments import AssessmentsUnavailableError, FileAssessments
from gateway.services.assess import Assessment, AssessmentSource
from gateway.services.errors import IssuingStoppedError
from gateway.services.issue import IssueCode, LiveCode, NoIncentive
from gateway.services.own_keys import IssuingKey
from gateway.services.standing import AssessmentUnusableError, Standing, Standings
from gateway.storage.store import Store
from gateway.trust.keyring import CodeKey, Keyring
from gateway.trust.states import PartnerState
from tests.databases import new_database
from tests.world import DAY, JINHUA, NOON, WENZHOU, Trust, city_file, keyring_of, new_tags

PERSON = "illustrative-person"
LIVE_S = 90
MAX_AGE_S = 35 * DAY


@dataclass
class Office:
    """An issuing city that writes down what happened, in order.

    ``events`` holds ``read``, ``counted`` and ``signed`` as they happen.
    """

    events: list[str] = field(default_factory=list)
    rows: list[tuple[bytes, int, str, int, str, int]] = field(default_factory=list)
    people: dict[str, Assessment] = field(default_factory=dict)
    last: dict[bytes, Standing] = field(default_factory=dict)

    def read(self, subject: str) -> Assessment | None:
        self.events.append("read")
        return self.people.get(subject)

    def count_issue(
        self, subject: bytes, day: int, kind: str, standing: Standing, codes: int
    ) -> int:
        self.events.append("counted")
        said = standing.tier, standing.scale_version
        self.rows.append((subject, day, kind, *said, codes))
        self.last[subject] = standing
        return len(self.rows)

    def last_standing(self, subject: bytes) -> Standing | None:
        said = self.last.get(subject)
        return None if said is None else replace(said, remembered=True)

    def issue(self, **other: Any) -> IssueCode:  # noqa: ANN401  builder of tests
        tags = new_tags()
        asked: dict[str, Any] = {
            "scales": wenzhou_scales(),
            "assessments": self,
            "last": self,
            "tags": tags,
            "max_age_s": MAX_AGE_S,
        }
        asked.update({name: other.pop(name) for name in asked.keys() & other.keys()})
        members: dict[str, Any] = {
            "city": WENZHOU.code,
            "key": gives(key_of(Watched(WENZHOU.signer, lambda: self.events.append("signed")))),
            "trust": Trust(keyring_of()),
            "standings": Standings(**asked),
            "log": self,
            "tags": tags,
            "live_s": LIVE_S,
            "refresh_s": 60,
        }
        return IssueCode(**(members | other))


@dataclass(frozen=True)
class Watched:
    """A real key; somebody is told before each of its signatures."""

    signer: Signer
    tell: Callable[[], object]

    @property
    def public(self) -> PublicKey:
        return self.signer.public

    def sign(self, message: bytes) -> bytes:
        self.tell()
        return self.signer.sign(message)


def key_of(signer: Signer) -> IssuingKey:
    return IssuingKey(kid=signer.public.kid, signer=CodeSigner(signer))


def gives(key: IssuingKey) -> Callable[[], IssuingKey]:
    return lambda: key


def wenzhou_scales() -> Scales:
    raw = city_file("wenzhou")["scales"]
    assert isinstance(raw, list)
    return Scales.parse(raw)


def assessed(
    reading_: int | str = 700, *, age_s: int = DAY, version: str | None = None
) -> Assessment:
    return Assessment(reading=reading_, assessed_on=Timestamp(NOON - age_s), scale_version=version)


def two_editions() -> Scales:
    """Return a scale like 海贝分: its second edition, in force since a week, has other edges."""
    raw = city_file("wenzhou")["scales"]
    assert isinstance(raw, list)
    bands = [
        {"from": 0, "to": 499},
        {"from": 500, "to": 599, "tier": 1},
        {"from": 600, "to": 699, "tier": 2},
        {"from": 700, "to": 1000, "tier": 3},
    ]
    later = datetime.fromtimestamp(NOON - 7 * DAY, UTC)
    return Scales.parse([*raw, raw[0] | {"version": "2026", "valid_from": later, "bands": bands}])


@pytest.fixture
def office() -> Office:
    return Office(people={PERSON: assessed()})


def test_a_person_is_read_and_counted_before_the_signature(office: Office) -> None:
    code = office.issue().general(PERSON, NOON)

    assert isinstance(code, LiveCode)
    assert office.events == ["read", "counted", "signed"]


def test_a_code_says_city_tier_and_life_and_has_an_id_of_its_own(office: Office) -> None:
    use_case = office.issue()

    texts = [use_case.general(PERSON, NOON) for _ in range(2)]

    codes = [code for code in texts if isinstance(code, LiveCode)]
    claims = [reading.read(UnverifiedText(code.text)).claims for code in codes]
    assert {(each.issuer, each.tier, each.issued_at, each.expires_at) for each in claims} == {
        (WENZHOU.code, 2, NOON, NOON + LIVE_S)
    }
    assert len({each.code_id for each in claims}) == 2
    assert {(code.expires_at, code.refresh_at) for code in codes} == {(NOON + LIVE_S, NOON + 60)}


def test_an_officer_s_stop_comes_before_everything(office: Office) -> None:
    use_case = office.issue(stops=replace(NOTHING_STOPPED, issuing=True))

    with pytest.raises(IssuingStoppedError, match="an officer"):
        use_case.general(PERSON, NOON)

    assert office.events == []


def test_a_day_row_says_how_many_codes_of_which_tier_and_not_who(office: Office) -> None:
    office.issue().general(PERSON, NOON)

    ((subject, _, *rest),) = office.rows
    assert rest == ["live", 2, "2020-04", 1]
    assert len(subject) == 32
    assert PERSON.encode() not in subject


@pytest.mark.parametrize(("hour", "minute", "second", "days"), [(15, 59, 59, 0), (16, 0, 0, 1)])
def test_a_day_begins_at_midnight_in_china(
    office: Office, hour: int, minute: int, second: int, days: int
) -> None:
    moment = datetime(2027, 1, 15, hour, minute, second, tzinfo=UTC)

    office.issue().general(PERSON, Timestamp(int(moment.timestamp())))

    first = (datetime(2027, 1, 15, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert office.rows[0][1] == first + days


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = Store.open(new_database(tmp_path / "gateway.db"))
    yield opened
    opened.close()


def test_whoever_signs_finds_the_day_row_committed(
    office: Office, store: Store, tmp_path: Path
) -> None:
    found: list[int] = []

    def look() -> None:
        # Another connection sees what is committed, and nothing else.
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as other:
            found.extend(row[0] for row in other.execute("SELECT codes FROM issuance_day"))

    use_case = office.issue(log=store.issuance, key=gives(key_of(Watched(WENZHOU.signer, look))))
    for _ in range(2):
        use_case.general(PERSON, NOON)

    assert found == [1, 2]


class GoneLog:
    """A database that cannot be written."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def count_issue(self, *_: object) -> int:
        raise self.error


@pytest.mark.parametrize(
    "error", [UnavailableError("the database is gone"), ZeroDivisionError()], ids=["gone", "a bug"]
)
def test_without_its_day_row_no_code_is_signed(office: Office, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        office.issue(log=GoneLog(error)).general(PERSON, NOON)

    assert caught.value is error
    assert office.events == ["read"]


@dataclass(frozen=True)
class Stop:
    """Why a city may not sign at the moment."""

    reason: str
    keyring: Callable[[], Keyring] = keyring_of
    other: Callable[[], Mapping[str, object]] = dict


def own(*keys: CodeKey, **other: object) -> Callable[[], Keyring]:
    """Return a keyring in which this city itself is known so."""
    return lambda: keyring_of(WENZHOU.issuer(*keys, **other))


def own_key(**other: object) -> Callable[[], Keyring]:
    return own(WENZHOU.key(**other))


NOT_IN_FORCE = "own statements are not in force"
NOT_PUBLISHED = "own code key is not published"

STOPS: dict[str, Stop] = {
    "no statements of its own": Stop(
        NOT_IN_FORCE, lambda: Keyring(own=WENZHOU.code, issuers={JINHUA.code: JINHUA.issuer()})
    ),
    "statements that end now": Stop(NOT_IN_FORCE, own(statements_expire_at=NOON)),
    "suspended by itself": Stop(NOT_IN_FORCE, own(state=PartnerState.SUSPENDED)),
    "a doubtful clock": Stop(NOT_IN_FORCE, lambda: keyring_of(clock_doubtful=True)),
    "a key that was not published": Stop(
        NOT_PUBLISHED, other=lambda: {"key": gives(key_of(generate()))}
    ),
    "a key that is named like another": Stop(
        NOT_PUBLISHED,
        other=lambda: {
            "key": gives(IssuingKey(kid=KeyId("x" * 43), signer=CodeSigner(WENZHOU.signer)))
        },
    ),
    "no key at all": Stop(NOT_PUBLISHED, lambda: keyring_of(replace(WENZHOU.issuer(), keys=()))),
    "a key before its time": Stop(NOT_PUBLISHED, own_key(not_before=NOON + 1)),
    "a key inside a hold-down": Stop(NOT_PUBLISHED, own_key(usable_from=NOON + 1)),
    "a key at its end": Stop(NOT_PUBLISHED, own_key(expires_at=NOON)),
    "a key that ends before the code": Stop(NOT_PUBLISHED, own_key(expires_at=NOON + LIVE_S - 1)),
    "a scale that is not in force yet": Stop(
        "no version of the scale", other=lambda: {"scales": Scales(versions=())}
    ),
}


@pytest.mark.parametrize("name", STOPS)
def test_a_city_that_may_not_sign_reads_counts_and_signs_nothing(office: Office, name: str) -> None:
    stop = STOPS[name]
    watched = Watched(WENZHOU.signer, lambda: office.events.append("signed"))
    members = {"key": gives(key_of(watched)), "trust": Trust(stop.keyring())} | dict(stop.other())

    with pytest.raises(IssuingStoppedError, match=stop.reason) as caught:
        office.issue(**members).general(PERSON, NOON)

    assert caught.value.code == "issuing_stopped"
    assert PERSON not in str(caught.value)
    assert office.events == []


EDGES: dict[str, Callable[[], Keyring]] = {
    "statements that end in a second": own(statements_expire_at=NOON + 1),
    "a key from now on": own_key(not_before=NOON),
    "a hold-down that ends now": own_key(usable_from=NOON),
    "a key that ends with the code": own_key(expires_at=NOON + LIVE_S),
    "a second key beside it": own(JINHUA.key(), WENZHOU.key()),
}


@pytest.mark.parametrize("name", EDGES)
def test_a_city_signs_up_to_the_second_in_which_it_may(office: Office, name: str) -> None:
    code = office.issue(trust=Trust(EDGES[name]())).general(PERSON, NOON)

    assert isinstance(code, LiveCode)


def test_a_scale_is_in_force_from_its_second_on(office: Office) -> None:
    (first, *_) = wenzhou_scales().versions
    office.people[PERSON] = replace(assessed(), assessed_on=first.valid_from)
    use_case = office.issue(
        scales=Scales(versions=(first,)),
        trust=Trust(own_key(not_before=Timestamp(0))()),
    )

    assert isinstance(use_case.general(PERSON, first.valid_from), LiveCode)
    with pytest.raises(IssuingStoppedError, match="no version of the scale"):
        use_case.general(PERSON, Timestamp(first.valid_from - 1))


NEUTRAL: dict[str, dict[str, Assessment]] = {
    "nobody has assessed": {},
    "below the first edge": {PERSON: assessed(649)},
    "assessed a second too long ago": {PERSON: assessed(age_s=MAX_AGE_S + 1)},
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_a_person_without_a_tier_is_neither_counted_nor_signed_for(name: str) -> None:
    office = Office(people=NEUTRAL[name])

    assert office.issue().general(PERSON, NOON) == NoIncentive()
    assert office.events == ["read"]


def test_the_oldest_assessment_that_counts_gives_a_code() -> None:
    office = Office(people={PERSON: assessed(age_s=MAX_AGE_S)})

    assert isinstance(office.issue().general(PERSON, NOON), LiveCode)


@pytest.mark.parametrize("unusable", [1001, "优秀"])
def test_a_reading_off_the_scale_is_neither_counted_nor_signed_for(unusable: int | str) -> None:
    office = Office(people={PERSON: assessed(unusable)})

    with pytest.raises(AssessmentUnusableError) as caught:
        office.issue().general(PERSON, NOON)

    assert caught.value.code == "assessment_unusable"
    assert str(unusable) not in str(caught.value)
    assert office.events == ["read"]


@pytest.mark.parametrize(
    ("version", "tier", "counted_as"),
    [("2020-04", 1, "2020-04"), ("2026", 2, "2026"), (None, 2, "2026")],
)
def test_a_reading_is_worth_what_the_version_that_it_was_made_on_says(
    version: str | None, tier: int, counted_as: str
) -> None:
    office = Office(people={PERSON: assessed(650, version=version)})

    code = office.issue(scales=two_editions()).general(PERSON, NOON)

    assert isinstance(code, LiveCode)
    assert reading.read(UnverifiedText(code.text)).claims.tier == tier
    assert [row[3:5] for row in office.rows] == [(tier, counted_as)]


@pytest.mark.parametrize("version", ["2019", "2027"])
def test_a_reading_of_a_version_that_is_unknown_or_not_yet_in_force_is_worth_nothing_known(
    version: str,
) -> None:
    raw = city_file("wenzhou")["scales"]
    assert isinstance(raw, list)
    later = datetime.fromtimestamp(NOON + 1, UTC)
    scales = Scales.parse([*raw, raw[0] | {"version": "2027", "valid_from": later}])
    office = Office(people={PERSON: assessed(650, version=version)})

    with pytest.raises(AssessmentUnusableError):
        office.issue(scales=scales).general(PERSON, NOON)

    assert office.events == ["read"]


def test_without_assessments_nobody_is_counted_or_signed_for(
    office: Office, tmp_path: Path
) -> None:
    gone: AssessmentSource = FileAssessments(tmp_path / "missing.csv", wenzhou_scales())

    with pytest.raises(AssessmentsUnavailableError):
        office.issue(assessments=gone).general(PERSON, NOON)

    assert office.events == []


def test_two_codes_of_one_person_are_counted_under_one_pseudonym(office: Office) -> None:
    use_case = office.issue()
    office.people["illustrative-other"] = assessed()

    for person in (PERSON, PERSON, "illustrative-other"):
        use_case.general(person, NOON)

    first, second, other = (row[0] for row in office.rows)
    assert first == second != other
