import pytest

from gateway.policy.free_text import FreeTextError, PersonalDataError, parse_free_text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  没有给 8折  ", "没有给 8折"),
        ("第一行\r\n第二行\n", "第一行\n第二行"),
        ("u\u0308ber", "\u00fcber"),
        ("x" * 500, "x" * 500),
        ("押金 123456 元", "押金 123456 元"),
        ("2026-11-26 下午 3 点", "2026-11-26 下午 3 点"),
        ("<b>不是标签</b>", "<b>不是标签</b>"),
    ],
)
def test_a_text_is_kept_trimmed_and_in_one_form(written: str, kept: str) -> None:
    assert parse_free_text(written) == kept


@pytest.mark.parametrize(
    "written", ["", " \n ", "x" * 501, "a\u202eb", "a\0b", "a\u200bb", "\ud800"]
)
def test_a_text_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(FreeTextError):
        parse_free_text(written)


LEADING: dict[str, str] = {
    "a telephone number": "电话13800000000",
    "one in groups": "138 0000 0000",
    "one with hyphens": "138-0000-0000",
    "one with an area code": "(0577) 8888-8888",
    "full-width digits": "138\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10",
    "an identity number": "33030019000101000X",
    "a number that begins as a day": "2026-11-26-1234",
    "seven digits": "1234567",
    "an e-mail address": "a@b.example",
    "a code": "cc1:6BF",
}


@pytest.mark.parametrize("what", LEADING)
def test_a_text_that_leads_to_a_person_is_refused(what: str) -> None:
    with pytest.raises(PersonalDataError) as refused:
        parse_free_text(LEADING[what])

    assert LEADING[what] not in str(refused.value)
