from gateway.services.case_texts import CaseTexts

TEXTS = CaseTexts(key=bytes(32))
NUMBER, OTHER = "A" * 16, "B" * 16


def test_what_was_written_is_opened_with_the_number_and_the_key_alone() -> None:
    sealed = TEXTS.seal(NUMBER, place="示例酒店", text="没有按公布的优惠办理")

    assert TEXTS.open(NUMBER, sealed) == {"place": "示例酒店", "text": "没有按公布的优惠办理"}
    assert TEXTS.open(OTHER, sealed) == {}
    assert CaseTexts(key=b"x" * 32).open(NUMBER, sealed) == {}


def test_what_nobody_wrote_and_what_a_hand_changed_is_nothing() -> None:
    sealed = bytearray(TEXTS.seal(NUMBER, answer="已处理"))
    sealed[-1] ^= 1

    assert TEXTS.open(NUMBER, None) == {}
    assert TEXTS.open(NUMBER, bytes(sealed)) == {}


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert TEXTS.seal(NUMBER, text="同样") != TEXTS.seal(NUMBER, text="同样")


def test_the_key_is_in_no_log() -> None:
    assert "x" not in repr(CaseTexts(key=b"x" * 32)).partition("(")[2]
