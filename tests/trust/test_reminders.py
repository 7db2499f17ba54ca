"""Both sides of every moment at which somebody is reminded."""

import pytest

from gateway.ids import EntityId, Timestamp
from gateway.trust.reminders import DatedFact, Reminder, Severity, What, reminders_of

NOW = Timestamp(1_800_000_000)
DAY, HOUR = 86_400, 3600
JINHUA = EntityId("https://credit.jinhua.example")


def about(what: What, left_s: int, whose: EntityId | None = None) -> Reminder | None:
    fact = DatedFact(what=what, whose=whose, ends_at=Timestamp(NOW + left_s), name="x")
    found = reminders_of([fact], NOW)
    return found[0] if found else None


@pytest.mark.parametrize("what", [each for each in What if each is not What.LEAF])
@pytest.mark.parametrize(
    ("left_s", "days", "severity"),
    [
        (14 * DAY + 1, None, None),
        (14 * DAY, 14, Severity.PLAN),
        (7 * DAY + 1, 14, Severity.PLAN),
        (7 * DAY, 7, Severity.SOON),
        (3 * DAY + 1, 7, Severity.SOON),
        (3 * DAY, 3, Severity.SOON),
        (DAY + 1, 3, Severity.SOON),
        (DAY, 1, Severity.NOW),
        (1, 1, Severity.NOW),
        (0, 0, Severity.NOW),
        (-DAY, 0, Severity.NOW),
    ],
)
def test_a_reminder_comes_14_7_3_and_1_days_before_the_end(
    what: What, left_s: int, days: int | None, severity: Severity | None
) -> None:
    found = about(what, left_s)

    assert (found.days_left if found else None) == days
    assert (found.severity if found else None) == severity


@pytest.mark.parametrize(
    ("left_s", "days"), [(23 * HOUR, None), (22 * HOUR + 1, None), (22 * HOUR, 1), (0, 0)]
)
def test_a_leaf_statement_is_missed_after_two_hours_without_signing(
    left_s: int, days: int | None
) -> None:
    found = about(What.LEAF, left_s)

    assert (found.days_left if found else None) == days


@pytest.mark.parametrize("what", What)
def test_each_reminder_says_whose_it_is_and_what_to_do(what: What) -> None:
    own, partner = about(what, 1), about(what, 1, JINHUA)

    assert own is not None
    assert partner is not None
    assert (own.whose, partner.whose) == (None, JINHUA)
    assert own.remedy
    assert ("its office" in partner.remedy) is (
        what
        not in {
            *(What.KEY_USE, What.RATIFICATION, What.CATALOGUE),
            *(What.COMPLAINT, What.OBJECTION),
        }
    )


def test_what_ends_first_stands_first() -> None:
    facts = [
        DatedFact(what=What.AGREEMENT, whose=JINHUA, ends_at=Timestamp(NOW + 2 * DAY)),
        DatedFact(what=What.KEY_END, whose=JINHUA, ends_at=Timestamp(NOW + DAY)),
        DatedFact(what=What.KEY_END, whose=None, ends_at=Timestamp(NOW + DAY)),
        DatedFact(what=What.ANCHOR, whose=None, ends_at=Timestamp(NOW + 15 * DAY)),
    ]

    found = reminders_of(facts, NOW)

    assert [(each.what, each.whose) for each in found] == [
        (What.KEY_END, None),
        (What.KEY_END, JINHUA),
        (What.AGREEMENT, JINHUA),
    ]
