import pytest

from gateway.trust.officers import is_same_person

ONE = [
    *("lin", "Lin", " LIN ", "\uff4c\uff49\uff4e", "l in"),
    *("staff:lin", "officer:lin", "officer:Lin", "Staff:lin", "staff\uff1alin", "staff: lin"),
    *("officer:staff:lin", "staff:staff:lin"),
]


@pytest.mark.parametrize("other", ONE)
@pytest.mark.parametrize("one", ["lin", "staff:lin"])
def test_one_person_is_one_under_every_spelling_and_way_in(one: str, other: str) -> None:
    assert is_same_person(one, other)
    assert is_same_person(other, one)


@pytest.mark.parametrize(
    "other", ["wu", "staff:wu", "lin2", "stafflin", "x staff:lin", "console:lin"]
)
def test_another_name_is_another_person(other: str) -> None:
    assert not is_same_person("staff:lin", other)
