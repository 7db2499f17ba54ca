"""The call of citizens: a code to show."""

from http import HTTPStatus
from typing import Final

from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.codes import NO_INCENTIVE
from gateway.web.openapi import samples
from gateway.web.openapi.model import (
    Answer,
    Body,
    Call,
    Example,
    Member,
    Place,
    Shape,
    Text,
    choice,
    text,
    whole,
)
from gateway.web.openapi.refusals import refusals

TOPIC: Final = Text("信用码", "Codes")
CITIZEN_WAYS: Final = (("citizenToken",), ("citizenCookie", "formToken"))


def calls(_: Place) -> tuple[Call, ...]:
    """Return the calls that give codes out."""
    return (
        Call(
            method="post",
            path="/api/v1/codes",
            id="issue",
            topic=TOPIC,
            title=Text("领取一个码", "Get a code to show"),
            says=Text(
                "暂无激励时 code 为 null:这不是错误,不影响任何服务,也不说明原因。",
                "Without an incentive at the moment code is null: it is no error, affects no "
                "service, and says nothing about why.",
            ),
            who=(Who.CITIZEN,),
            ways=CITIZEN_WAYS,
            body=Body(shape=_WANTED, examples=(Example(name="general", zh={"kind": "general"}),)),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("一个码,或没有激励", "a code, or no incentive"),
                    shape=_ISSUED,
                    examples=(
                        Example(
                            name="code",
                            zh={
                                "code": samples.CODE,
                                "expires_at": samples.EXPIRES_AT,
                                "refresh_at": samples.ISSUED_AT + 60,
                            },
                        ),
                        Example(
                            name="no_incentive",
                            zh={"code": None, "message": NO_INCENTIVE["zh"]},
                            en={"code": None, "message": NO_INCENTIVE["en"]},
                        ),
                    ),
                ),
                *refusals(
                    *(problems.MALFORMED, problems.INVALID, problems.UNAUTHORIZED),
                    *(problems.FORBIDDEN, problems.CONSENT, problems.NOT_FOUND),
                    *(problems.TOO_LARGE, problems.UNSUPPORTED, problems.RATE_LIMITED),
                    problems.UNAVAILABLE,
                ),
            ),
        ),
    )


_WANTED: Final = Shape(
    name="CodeRequest",
    members=(
        Member(
            name="kind",
            schema=choice("general"),
            says=Text("通用码", "a general code"),
        ),
    ),
)

_ISSUED: Final = Shape(
    name="IssuedCode",
    members=(
        Member(
            name="code",
            schema={"type": ["string", "null"], "pattern": "^CC1:"},
            says=Text("二维码里的文字", "text of the QR code"),
        ),
        Member(
            name="expires_at",
            required=False,
            schema=whole(),
            says=Text("从这一秒起无效,Unix 秒", "first second at which it is refused, Unix"),
        ),
        Member(
            name="refresh_at",
            required=False,
            schema=whole(),
            says=Text("何时换下一个,Unix 秒", "when to ask for the next one, Unix seconds"),
        ),
        Member(
            name="message",
            required=False,
            schema=text(minLength=1),
            says=Text("没有激励时给市民看的话", "words for the citizen, without an incentive"),
        ),
    ),
    rules={
        "if": {"properties": {"code": {"type": "null"}}},
        "then": {"required": ["message"], "properties": {"expires_at": False, "refresh_at": False}},
        "else": {"required": ["expires_at", "refresh_at"], "properties": {"message": False}},
    },
)
