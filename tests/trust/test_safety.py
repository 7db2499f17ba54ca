import hashlib

from gateway.ids import EntityId, KeyId
from gateway.trust.safety import half, pick, safety_number
from tests.trust.cities import jinhua, wenzhou

ANCHOR = EntityId("https://credit.wenzhou.example/anchor")
KIDS = (KeyId("B" * 43), KeyId("A" * 43))


def test_a_half_is_six_groups_of_the_hash_of_anchor_and_sorted_keys() -> None:
    text = f"credit-code-safety-1\n{ANCHOR}\n{'A' * 43}\n{'B' * 43}\n"
    digest = hashlib.sha512(text.encode()).digest()
    by_hand = [int(digest[5 * i : 5 * i + 5].hex(), 16) % 100000 for i in range(6)]

    assert half(ANCHOR, KIDS) == tuple(f"{number:05d}" for number in by_hand)
    assert half(ANCHOR, reversed(KIDS)) == half(ANCHOR, KIDS)


def test_keys_are_sorted_by_byte_not_by_letter() -> None:
    text = f"credit-code-safety-1\n{ANCHOR}\n{'Z' * 43}\n{'a' * 43}\n"
    first = int.from_bytes(hashlib.sha512(text.encode()).digest()[:5], "big") % 100000

    assert half(ANCHOR, (KeyId("a" * 43), KeyId("Z" * 43)))[0] == f"{first:05d}"


def test_both_offices_see_the_same_twelve_groups() -> None:
    ours, theirs = wenzhou().pins().half(), jinhua().pins().half()

    number = safety_number(ours, theirs)

    assert number == safety_number(theirs, ours)
    assert len(number) == 12
    assert "".join(number[:6]) <= "".join(number[6:])
    assert {number[:6], number[6:]} == {ours, theirs}


def test_another_key_or_another_anchor_is_another_half() -> None:
    city = wenzhou()
    kids = sorted(city.pins().anchor_kids)

    assert half(city.anchor, kids) != half(city.anchor, [kids[0], city.k2.public.kid])
    assert half(city.anchor, kids) != half(EntityId(city.anchor + "x"), kids)


def test_groups_are_picked_in_the_order_asked() -> None:
    assert pick(("0", "1", "2", "3", "4", "5"), (5, 0, 2)) == ("5", "0", "2")
