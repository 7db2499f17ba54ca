"""Every kind of key is rotated, and two are revoked, while codes are issued and verified."""

import pytest

from benchmarks.ceremonies import Act
from benchmarks.rotation import Rotated, Shown, play
from tests.system.towns import next_port

pytestmark = pytest.mark.early

KILL = Act(name="K3 revoked", began_s=10.0, done_s=12.0, killed="dead")


def test_no_verdict_is_wrong_while_k3_k2_and_k1_change_and_a_k3_is_stolen() -> None:
    rotated = play(seconds=40, rate=20, base_port=next_port())

    assert [act.name for act in rotated.acts] == [
        "K3 rotated",
        "K2 rotated",
        "anchor names the new K2",
        "K2 revoked",
        "K3 revoked",
        "K1 rotated",
    ]
    assert len({shown.hint for shown in rotated.shown}) == 3  # code keys that signed
    assert len(rotated.shown) > 400
    assert (rotated.wrong, dict(rotated.failed)) == ((), {})


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        (Shown("good", "recognised", 1.0), False),
        (Shown("good", "present_again", 1.0), True),
        (Shown("good", "undetermined", 30.0), True),
        (Shown("dead", "present_again", 9.9), True),
        (Shown("dead", "recognised", 9.9), False),
        (Shown("dead", "present_again", 10.0), False),
        (Shown("dead", "recognised", 21.9), False),
        (Shown("dead", "recognised", 22.0), True),
        (Shown("dead", "undetermined", 11.0), True),
        (Shown("dead", "present_again", 30.0), False),
    ],
)
def test_a_verdict_is_judged_by_the_key_and_the_moment(shown: Shown, *, wrong: bool) -> None:
    rotated = Rotated(seconds=40.0, acts=(KILL,), shown=(shown,))

    assert bool(rotated.wrong) is wrong
