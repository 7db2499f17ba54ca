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
    scenario,
    text,
    whole,
)
from gateway.web.openapi.refusals import refusals

TOPIC: Final = Text("信用码", "Codes")
CITIZEN_WAYS: Final = (("citizenToken",), ("citizenCookie", "formToken"))

INSTEAD: Final = Member(
    name="message",
    required=False,
    schema=text(minLength=1),
    says=Text("没有激励时给市民看的话", "words for the citizen, without an incentive"),
)
"""Member of an answer that has no code."""


def calls(place: Place) -> tuple[Call, ...]:
    """Return the calls that give codes out."""
    return (
        Call(
            method="post",
            path="/api/v1/codes",
            id="issue",
            topic=TOPIC,
            title=Text("领取一个码", "Get a code to show"),
            says=Text(
                "通用码到处可用;场景码只说明可享某市某场景,不含等级,有次数限制的优惠需要它。"
                "暂无激励时 code 为 null:这不是错误,不影响任何服务,也不说明原因。",
                "A general code is good everywhere; a scenario code says only that it is good for "
                "one scenario of one city, without a tier, and is needed for offers with a quota. "
                "Without an incentive at the moment code is null: it is no error, affects no "
                "service, and says nothing about why.",
            ),
            who=(Who.CITIZEN,),
            ways=CITIZEN_WAYS,
            body=_body(place),
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
                            name="code_of_an_earlier_day",
                            zh={
                                "code": samples.CODE,
                                "expires_at": samples.EXPIRES_AT,
                                "refresh_at": samples.ISSUED_AT + 60,
                                "as_of": "2026-10-29",
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
                    *(problems.SCENARIO_NOT_OFFERED, problems.CATALOGUE_UNAVAILABLE),
                    problems.UNAVAILABLE,
                ),
            ),
        ),
    )


def _body(place: Place) -> Body:
    scenario = {"kind": "scenario", "city": place.city, "scenario": samples.OFFER.scenario}
    return Body(
        shape=_wanted(place),
        examples=(
            Example(name="general", zh={"kind": "general"}),
            Example(name="scenario", zh=scenario),
        ),
    )


def _wanted(place: Place) -> Shape:
    return Shape(
        name="CodeRequest",
        members=(
            Member(
                name="kind",
                schema=choice("general", "scenario"),
                says=Text("通用码或场景码", "a general code, or one for a scenario"),
            ),
            Member(
                name="city",
                required=False,
                schema=choice(*place.cities),
                says=Text("场景码:用于哪个城市", "of a scenario code: where it is good"),
            ),
            Member(
                name="scenario",
                required=False,
                schema=scenario(place),
                says=Text(
                    "场景码:优惠目录中的场景,一字不差",
                    "of a scenario code: a scenario of that city's offers, exactly",
                ),
            ),
        ),
        rules={
            "if": {"properties": {"kind": {"const": "scenario"}}},
            "then": {"required": ["city", "scenario"]},
            "else": {"properties": {"city": False, "scenario": False}},
        },
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
            name="as_of",
            required=False,
            schema={"type": "string", "format": "date"},
            says=Text(
                "仅在评价来源暂时无法查询时给出:沿用的是哪一天的评价",
                "only while the assessment source cannot be asked: of which day the assessment is",
            ),
        ),
        INSTEAD,
    ),
    rules={
        "if": {"properties": {"code": {"type": "null"}}},
        "then": {
            "required": ["message"],
            "properties": {"expires_at": False, "refresh_at": False, "as_of": False},
        },
        "else": {"required": ["expires_at", "refresh_at"], "properties": {"message": False}},
    },
)
