import re
from collections.abc import Callable

import pytest

from gateway.jose.errors import MembersError
from gateway.jose.members import Members

WORD = re.compile(r"[a-z]+")
BOX = Members(
    {
        "text": "abc",
        "empty": "",
        "long": "x" * 1024,
        "too_long": "x" * 1025,
        "zero": 0,
        "largest": 2**53 - 1,
        "above": 2**53,
        "negative": -1,
        "float": 1.0,
        "big_float": 1e9,
        "digits": "1",
        "true": True,
        "null": None,
        "object": {"a": 1},
        "list": ["a", "b"],
        "mixed": ["a", 1],
        "shouted": ["a", "B"],
    },
    "box",
)
INTEGER = "box: member {!r} must be an integer from 0 to 9007199254740991"
TEXT = "box: member {!r} must be a text of 1 to 1024 characters"
Reading = Callable[[], object]
REFUSALS: dict[str, tuple[Reading, str]] = {
    "absent text": (lambda: BOX.text("gone"), TEXT.format("gone")),
    "empty text": (lambda: BOX.text("empty"), TEXT.format("empty")),
    "text that is too long": (lambda: BOX.text("too_long"), TEXT.format("too_long")),
    "number for a text": (lambda: BOX.text("zero"), TEXT.format("zero")),
    "null for a text": (lambda: BOX.text("null"), TEXT.format("null")),
    "longer than asked": (
        lambda: BOX.text("text", max_chars=2),
        "box: member 'text' must be a text of 1 to 2 characters",
    ),
    "text of another form": (
        lambda: BOX.text("digits", WORD),
        "box: member 'digits' must be of its documented form",
    ),
    "text that only begins well": (
        lambda: Members({"text": "abc\n"}, "box").text("text", WORD),
        "box: member 'text' must be of its documented form",
    ),
    "absent integer": (lambda: BOX.integer("gone"), INTEGER.format("gone")),
    "1.0": (lambda: BOX.integer("float"), INTEGER.format("float")),
    "1e9": (lambda: BOX.integer("big_float"), INTEGER.format("big_float")),
    "integer as text": (lambda: BOX.integer("digits"), INTEGER.format("digits")),
    "true": (lambda: BOX.integer("true"), INTEGER.format("true")),
    "above 2^53-1": (lambda: BOX.integer("above"), INTEGER.format("above")),
    "negative": (lambda: BOX.integer("negative"), INTEGER.format("negative")),
    "below the least": (
        lambda: BOX.integer("zero", minimum=1, maximum=3),
        "box: member 'zero' must be an integer from 1 to 3",
    ),
    "above the most": (
        lambda: Members({"tier": 4}, "box").integer("tier", minimum=1, maximum=3),
        "box: member 'tier' must be an integer from 1 to 3",
    ),
    "list for an object": (
        lambda: BOX.inner("list"),
        "box: member 'list' must be an object",
    ),
    "defect further in": (
        lambda: BOX.inner("object").text("a"),
        "box.object: member 'a' must be a text of 1 to 1024 characters",
    ),
    "object for an array": (
        lambda: BOX.array("object", max_items=2),
        "box: member 'object' must be an array of at most 2",
    ),
    "too many items": (
        lambda: BOX.array("list", max_items=1),
        "box: member 'list' must be an array of at most 1",
    ),
    "item of another type": (lambda: BOX.texts("mixed", max_items=2), TEXT.format("mixed")),
    "item of another form": (
        lambda: BOX.texts("shouted", WORD, max_items=2),
        "box: member 'shouted' must be of its documented form",
    ),
    "item that is too long": (
        lambda: Members({"list": ["ab"]}, "box").texts("list", max_items=1, max_chars=1),
        "box: member 'list' must be a text of 1 to 1 characters",
    ),
    "member beyond the list": (
        lambda: Members({"a": 1, "secret": 2}, "box").only("a", "b"),
        "box: member '?' must be one of a, b",
    ),
}


@pytest.mark.parametrize(("read", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_member_of_another_form_is_refused_without_its_value(read: Reading, why: str) -> None:
    with pytest.raises(MembersError) as refusal:
        read()

    assert refusal.value.code == "json_members"
    assert str(refusal.value) == why


def test_a_refusal_keeps_the_place_and_what_is_allowed() -> None:
    with pytest.raises(MembersError) as refusal:
        BOX.inner("zero")

    assert refusal.value.where == "box"
    assert refusal.value.name == "zero"
    assert refusal.value.allowed == "an object"


def test_good_members_are_given_as_they_are() -> None:
    assert BOX.text("text") == BOX.text("text", WORD, max_chars=3) == "abc"
    assert BOX.text("long") == "x" * 1024
    assert BOX.integer("zero") == BOX.integer("zero", maximum=0) == 0
    assert BOX.integer("largest") == 2**53 - 1
    assert BOX.inner("object").integer("a") == 1
    assert BOX.inner("object").where == "box.object"
    assert BOX.array("mixed", max_items=2) == ["a", 1]
    assert BOX.texts("list", WORD, max_items=2, max_chars=1) == ("a", "b")


def test_a_member_is_there_even_if_it_is_null() -> None:
    assert BOX.has("null")
    assert not BOX.has("gone")


def test_known_members_may_be_absent() -> None:
    Members({"a": 1}, "box").only("a", "b")
