"""Where each tier begins, as a citizen is told."""

import pytest

from gateway.policy.scale import Reading, ScaleAdapter
from gateway.policy.scale_edges import edges_of
from tests.policy.builders import Raw
from tests.policy.test_scale import band, levels_raw, score_raw


@pytest.mark.parametrize(
    ("raw", "edges"),
    [
        (score_raw(), [(1, 650), (3, 750)]),
        (levels_raw(), [(1, "良好"), (3, "极好")]),
        (score_raw(bands=[band(0, 1, 1), band(2, 9, 1), band(10, 1000, 2)]), [(1, 0), (2, 10)]),
    ],
)
def test_a_scale_says_where_each_tier_begins(raw: Raw, edges: list[tuple[int, Reading]]) -> None:
    scale = ScaleAdapter.parse(raw)

    assert [(edge.tier, edge.first) for edge in edges_of(scale)] == edges
    assert all(scale.tier_of(edge.first) == edge.tier for edge in edges_of(scale))
