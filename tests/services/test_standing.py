"""What a city says of one person while its source is silent, and while an objection is open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from gateway.clock import china_day, china_midnight
from gateway.errors import UnavailableError
from gateway.ids import Tier, Timestamp
from gateway.policy.scale import Scales
from gateway.services.assess import Assessment
from gateway.services.standing import Standing, Standings
from tests.world import DAY, NOON, city_file, new_tags

PERSON = "illustrative-person"
MAX_AGE_S = 35 * DAY
TODAY = china_day(NOON)


class SilentError(UnavailableError):
    """The source does not answer."""


@dataclass
class Home:
    """A city whose source and day rows are told by assignment."""

    reading: int | None = None
    adult: bool = True
    silent: bool = False
    last: Standing | None = None
    held_tier: Standing | None = None
    asked_for: list[bytes] = field(default_factory=list)

    def read(self, subject: str) -> Assessment | None:
        assert subject == PERSON
        if self.silent:
            raise SilentError
        if self.reading is None:
            return None
        return Assessment(
            reading=self.reading, assessed_on=NOON, scale_version=None, adult=self.adult
        )

    def last_standing(self, subject: bytes) -> Standing | None:
        self.asked_for.append(subject)
        return self.last

    def held(self, pseudonym: bytes) -> Standing | None:
        assert PERSON.encode() not in pseudonym
        return self.held_tier

    def says(self, now: int = NOON) -> Standing | None:
        raw = city_file("wenzhou")["scales"]
        assert isinstance(raw, list)
        standings = Standings(
            scales=Scales.parse(raw),
            assessments=self,
            last=self,
            tags=new_tags(),
            max_age_s=MAX_AGE_S,
            held=self,
        )
        return standings.of(PERSON, Timestamp(now))


def said(tier: int = 2, *, days_ago: int = 3) -> Standing:
    return Standing(
        tier=Tier(tier), scale_version="2020-04", assessed_on=TODAY - days_ago, remembered=True
    )


def held(tier: int) -> Standing:
    return Standing(tier=Tier(tier), scale_version="2020-04", assessed_on=TODAY - 9)


def test_what_was_said_before_is_not_looked_at_while_the_source_answers() -> None:
    home = Home(reading=700, last=said(3))

    standing = home.says()

    assert standing is not None
    assert standing == Standing(tier=Tier(2), scale_version="2020-04", assessed_on=TODAY)
    assert standing.as_of is None
    assert home.asked_for == []


def test_while_the_source_is_silent_the_last_tier_goes_on_and_says_of_which_day_it_is() -> None:
    standing = Home(silent=True, last=said()).says()

    assert standing is not None
    assert standing == said()
    assert standing.as_of == date(2027, 1, 12)


def _day(days: int) -> Timestamp:
    """Return the last second at which an assessment of so many days before counts."""
    return Timestamp(china_midnight(TODAY - days) + MAX_AGE_S)


def test_the_last_tier_ends_with_the_assessment_behind_it() -> None:
    home = Home(silent=True, last=said(days_ago=30))

    assert home.says(_day(30)) is not None
    with pytest.raises(SilentError):
        home.says(_day(30) + 1)


def test_whoever_was_never_given_a_code_gets_none_from_a_silent_source() -> None:
    with pytest.raises(SilentError):
        Home(silent=True).says()


HELD: dict[str, tuple[Callable[[], Home], int]] = {
    "lowered": (lambda: Home(reading=650, held_tier=held(2)), 2),
    "below the first edge": (lambda: Home(reading=10, held_tier=held(1)), 1),
    "without an assessment": (lambda: Home(held_tier=held(3)), 3),
    "raised": (lambda: Home(reading=800, held_tier=held(2)), 3),
    "the same": (lambda: Home(reading=700, held_tier=held(2)), 2),
    "lowered, and then silent": (lambda: Home(silent=True, last=said(1), held_tier=held(2)), 2),
    "silent, and better before": (lambda: Home(silent=True, last=said(3), held_tier=held(2)), 3),
}


@pytest.mark.parametrize("name", HELD)
def test_a_tier_under_objection_is_never_lowered_and_may_rise(name: str) -> None:
    home, tier = HELD[name]

    standing = home().says()

    assert standing is not None
    assert standing.tier == tier


def test_whoever_is_not_of_age_has_no_standing_whatever_is_held() -> None:
    assert Home(reading=900, adult=False, held_tier=held(3)).says() is None


def test_a_held_tier_outlives_a_silent_source_and_says_of_which_day_it_is() -> None:
    standing = Home(silent=True, held_tier=held(2)).says()

    assert standing is not None
    assert standing.as_of == date(2027, 1, 6)
    home = Home(reading=10, held_tier=held(2))
    upheld = home.says()
    assert upheld is not None
    assert upheld.as_of is None
