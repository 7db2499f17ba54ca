import pytest

from gateway.services.case_numbers import (
    CASE_NUMBER,
    new_case_number,
    spelled_number,
    typed_case_number,
)


def test_a_number_is_read_out_in_groups_and_typed_as_people_do() -> None:
    number = new_case_number()

    assert CASE_NUMBER.fullmatch(number)
    for typed in (number, spelled_number(number), f" {number.lower()}\n", "-".join(number)):
        assert typed_case_number(typed) == number


@pytest.mark.parametrize("typed", ["", "A" * 15, "A" * 17, "0" * 16, "Ä" * 16, " " * 65])
def test_anything_else_is_no_number(typed: str) -> None:
    assert typed_case_number(typed) is None
