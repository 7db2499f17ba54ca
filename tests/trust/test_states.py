import pytest

from gateway.trust.errors import TransitionError
from gateway.trust.states import (
    FOLLOWED_STATES,
    MEMBER_STATES,
    PartnerState,
    check_transition,
)

ALLOWED = {
    ("candidate", "confirmed"),
    ("candidate", "left"),
    ("confirmed", "active"),
    ("confirmed", "left"),
    ("active", "suspended"),
    ("active", "disputed"),
    ("active", "left"),
    ("suspended", "active"),
    ("suspended", "disputed"),
    ("suspended", "left"),
    ("disputed", "active"),
    ("disputed", "suspended"),
    ("disputed", "left"),
}


@pytest.mark.parametrize("present", PartnerState)
@pytest.mark.parametrize("wanted", PartnerState)
def test_a_record_moves_only_along_the_table(present: PartnerState, wanted: PartnerState) -> None:
    if (present.value, wanted.value) in ALLOWED:
        check_transition(present, wanted)
        return

    with pytest.raises(TransitionError) as refusal:
        check_transition(present, wanted)
    assert (refusal.value.present, refusal.value.wanted) == (present, wanted)


def test_a_city_that_left_is_still_known_as_a_city_but_no_longer_asked() -> None:
    assert PartnerState.LEFT in MEMBER_STATES
    assert PartnerState.LEFT not in FOLLOWED_STATES
    assert PartnerState.CANDIDATE not in MEMBER_STATES
    assert PartnerState.CONFIRMED not in MEMBER_STATES
