"""A raised assessment shows in the next code of a page that was open all along."""

from playwright.sync_api import Page

from gateway.ids import Tier
from tests.e2e.conftest import Assessments, Towns
from tests.e2e.steps import NEXT, open_code, tier_on


def test_a_raised_assessment_shows_at_the_next_code_of_an_open_page(
    page: Page, towns: Towns, assessments: Assessments
) -> None:
    open_code(page, towns.huzhou, NEXT)
    first, before = tier_on(page, 2), assessments.text

    assessments.move({Tier(2)}, Tier(3))
    raised = tier_on(page, 3)
    assessments.write(before)
    back = tier_on(page, 2)

    assert [first, raised, back] == [2, 3, 2]
