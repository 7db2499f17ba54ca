import pytest

from gateway.errors import UnavailableError
from gateway.ids import EntityId, Timestamp
from gateway.services.wishes import HINT_SPACING_S, HintWishes
from tests.services.offices import NOON

HUZHOU = EntityId("https://credit.huzhou.example/anchor")
JIAXING = EntityId("https://credit.jiaxing.example/anchor")


class MemoryWishes:
    """Every wish that arrived."""

    def __init__(self) -> None:
        self.wished: list[tuple[EntityId, Timestamp, int]] = []
        self.away = False

    def wish(self, anchor: EntityId, now: Timestamp, *, spacing_s: int = 0) -> None:
        if self.away:
            raise UnavailableError("gone")
        self.wished.append((anchor, now, spacing_s))

    def take(self) -> tuple[EntityId, ...]:
        raise AssertionError("only the worker takes wishes")


@pytest.fixture
def wishes() -> MemoryWishes:
    return MemoryWishes()


def test_a_flood_of_unknown_hints_is_passed_on_once(wishes: MemoryWishes) -> None:
    hints = HintWishes(wishes)
    for second in range(HINT_SPACING_S):
        for _ in range(50):
            hints.met(HUZHOU, Timestamp(NOON + second))
        hints.met(JIAXING, Timestamp(NOON + second))
        hints.pass_on(Timestamp(NOON + second))

    assert sorted(wishes.wished) == [
        (HUZHOU, NOON, HINT_SPACING_S),
        (JIAXING, NOON, HINT_SPACING_S),
    ]


@pytest.mark.parametrize("after_s", [HINT_SPACING_S, -3600])
def test_an_unknown_hint_is_passed_on_again_in_time_and_by_a_clock_set_back(
    wishes: MemoryWishes, after_s: int
) -> None:
    hints = HintWishes(wishes)
    for at in (NOON, Timestamp(NOON + after_s)):
        hints.met(HUZHOU, at)
        hints.pass_on(at)

    assert len(wishes.wished) == 2


def test_a_wish_that_the_database_did_not_take_is_passed_on_later(wishes: MemoryWishes) -> None:
    hints = HintWishes(wishes)
    wishes.away = True

    hints.met(HUZHOU, NOON)
    with pytest.raises(UnavailableError):
        hints.pass_on(NOON)
    meanwhile = list(wishes.wished)
    wishes.away = False
    hints.pass_on(Timestamp(NOON + 1))

    assert meanwhile == []
    assert wishes.wished == [(HUZHOU, NOON + 1, HINT_SPACING_S)]
