"""The call of tills: what is this code good for?"""

from http import HTTPStatus
from typing import Final

from gateway.codes.wire import MAX_CHARS
from gateway.policy.offers import OFFER_PATTERN, VENUE_PATTERN
from gateway.policy.terms import Kind
from gateway.services.showing import RECEIPT_PATTERN
from gateway.services.verdicts import Hint, Outcome
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.verifications import REQUEST_ID, render
from gateway.web.openapi import samples
from gateway.web.openapi.model import (
    Answer,
    Body,
    Call,
    Example,
    Member,
    Parameter,
    Place,
    Shape,
    Text,
    choice,
    scenario,
    text,
    whole,
)
from gateway.web.openapi.refusals import refusals

TOPIC: Final = Text("核验", "Verifying")
TILL_WAYS: Final = (("merchantToken",), ("tillToken",), ("deviceCookie", "formToken"))

_ONLY_RECOGNISED: Final = ("offers", "receipt", "valid_until")


def calls(place: Place) -> tuple[Call, ...]:
    """Return the calls about showings."""
    return (_verify(place), _void())


def _verify(place: Place) -> Call:
    return Call(
        method="post",
        path="/api/v1/verifications",
        id="verify",
        topic=TOPIC,
        title=Text("核验出示的码", "Verify a code that is shown"),
        says=Text(
            "只有 outcome 为 recognised 时才有优惠和回执;回执先落盘,后应答。"
            "超时后请用同一个 request_id 重试,不会算作第二次出示。",
            "Only recognised comes with offers and a receipt, which is on disk before the answer. "
            "After a time-out repeat with the same request_id: it is not a second showing.",
        ),
        who=(Who.MERCHANT, Who.DEVICE),
        ways=TILL_WAYS,
        body=Body(shape=_presentation(place), examples=(_PRESENTED,)),
        answers=(
            Answer(
                status=HTTPStatus.OK,
                says=Text("五种结果之一", "one of the five outcomes"),
                shape=VERDICT,
                examples=tuple(
                    Example(
                        name=verdict.outcome.value,
                        zh=render(verdict, "zh", samples.OFFER.scenario),
                        en=render(verdict, "en", samples.OFFER.scenario),
                    )
                    for verdict in samples.VERDICTS
                ),
            ),
            *refusals(
                *(problems.MALFORMED, problems.INVALID, problems.UNAUTHORIZED, problems.FORBIDDEN),
                *(problems.REUSED, problems.TOO_LARGE, problems.UNSUPPORTED, problems.RATE_LIMITED),
                problems.UNAVAILABLE,
            ),
        ),
    )


def _void() -> Call:
    return Call(
        method="post",
        path="/api/v1/verifications/{receipt}/void",
        id="void",
        topic=TOPIC,
        title=Text("撤销已给的优惠", "Void what was granted"),
        says=Text(
            "选错了,或客人没有用;应答后 15 分钟内可以。码仍算用过。",
            "The till chose wrong, or the guest left: for 15 minutes after the answer. The code "
            "stays used.",
        ),
        who=(Who.MERCHANT, Who.DEVICE),
        ways=TILL_WAYS,
        parameters=(RECEIPT,),
        answers=(
            Answer(status=HTTPStatus.NO_CONTENT, says=Text("已撤销", "it is void")),
            *refusals(
                *(problems.UNAUTHORIZED, problems.FORBIDDEN, problems.VOID_TOO_LATE),
                *(problems.NOT_FOUND, problems.RATE_LIMITED, problems.UNAVAILABLE),
            ),
        ),
    )


RECEIPT: Final = Parameter(
    where="path",
    example=samples.RECEIPT,
    member=Member(
        name="receipt",
        schema=text(RECEIPT_PATTERN),
        says=Text("回执号", "number of the receipt"),
    ),
)
_PRESENTED: Final = Example(
    name="hotel",
    zh={
        "code": samples.CODE,
        "scenario": samples.OFFER.scenario,
        "request_id": "till-3:20261101-0017",
    },
)


def _presentation(place: Place) -> Shape:
    return Shape(name="Presentation", members=(*presented(place), request_id(required=False)))


def presented(place: Place) -> tuple[Member, ...]:
    """Return the members that say what is shown, and for what."""
    return (
        Member(
            name="code",
            schema=text(maxLength=MAX_CHARS),
            says=Text(
                "扫到的文字,原样:CC1:…,或码的 JWS", "as scanned: CC1:…, or the code as a JWS"
            ),
        ),
        Member(
            name="scenario",
            schema=scenario(place),
            says=Text("协议中的应用场景或其一部分", "scenario of the agreement, or a part of one"),
        ),
        Member(
            name="venue",
            required=False,
            schema=text(VENUE_PATTERN),
            says=Text("网点,如果商家登记了网点", "where, if the merchant has venues"),
        ),
    )


def request_id(*, required: bool) -> Member:
    """Return the member that names a showing."""
    return Member(
        name="request_id",
        required=required,
        schema=text(REQUEST_ID),
        says=Text(
            "这一次出示的名字;重试时用同一个",
            "name of this showing; the same one when you repeat",
        ),
    )


GRANTED: Final = Shape(
    name="GrantedOffer",
    members=(
        Member(name="id", schema=text(OFFER_PATTERN), says=Text("优惠编号", "id of the offer")),
        Member(name="version", schema=whole(minimum=1), says=Text("优惠版本", "its version")),
        Member(name="kind", schema=choice(*Kind), says=Text("优惠种类", "what it is")),
        Member(
            name="value",
            schema={"type": ["string", "integer", "null"]},
            says=Text(
                '数额,含义随种类;折扣是应付的比例,"0.80" 即八折',
                'amount, as the kind means it; a discount is the part paid, "0.80" is 20 % off',
            ),
        ),
        Member(
            name="cap",
            schema={"type": ["integer", "null"], "minimum": 1},
            says=Text("最多优惠多少,单位分", "most that the guest saves, in fen"),
        ),
        Member(name="words", schema=text(minLength=1), says=Text("给店员看的话", "words to show")),
    ),
)

VERDICT: Final = Shape(
    name="Verdict",
    members=(
        Member(name="outcome", schema=choice(*Outcome), says=Text("结果", "the outcome")),
        Member(
            name="message",
            schema=text(minLength=1),
            says=Text(
                "屏幕上的一句话;按 Accept-Language 为中文或英文",
                "one sentence for the screen; zh, or en if Accept-Language prefers it",
            ),
        ),
        Member(
            name="checked",
            schema=choice("now", "later"),
            says=Text("何时核验", "when it was checked"),
        ),
        Member(
            name="hint",
            required=False,
            schema=choice(*Hint),
            says=Text("还可以做什么", "what else can be done"),
        ),
        Member(
            name="receipt",
            required=False,
            schema=text(RECEIPT_PATTERN),
            says=Text("回执号;只有 recognised 才有", "number of the receipt; with recognised"),
        ),
        Member(
            name="offers",
            required=False,
            shape=GRANTED,
            many=True,
            says=Text("现在可享的优惠;只有 recognised 才有", "what to grant; with recognised"),
        ),
        Member(
            name="holder",
            required=False,
            schema=text(minLength=2),
            says=Text(
                "纸质码:持有人姓氏,与证件核对", "printed code: masked name, compare with the ID"
            ),
        ),
        Member(
            name="valid_until",
            required=False,
            schema=whole(),
            says=Text("码的有效期,Unix 秒", "end of the code, Unix seconds"),
        ),
        Member(
            name="trust_age",
            required=False,
            schema=whole(),
            says=Text("最旧伙伴数据的年龄,秒", "age of the oldest partner data, seconds"),
        ),
    ),
    rules={
        "if": {"properties": {"outcome": {"const": Outcome.RECOGNISED.value}}},
        "then": {"required": [*_ONLY_RECOGNISED, "trust_age"]},
        "else": {"properties": dict.fromkeys((*_ONLY_RECOGNISED, "holder"), False)},
    },
)
