"""The call of citizens' phones: the codes of the next 24 hours."""

from http import HTTPStatus
from typing import Final

from gateway.services.issue_pack import PACK_SLOTS, PER_SLOT, SLOT_S
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.codes import NO_INCENTIVE
from gateway.web.openapi import samples
from gateway.web.openapi.codes import CITIZEN_WAYS, INSTEAD, TOPIC
from gateway.web.openapi.model import (
    Answer,
    Body,
    Call,
    Example,
    Member,
    Place,
    Shape,
    Text,
    whole,
)
from gateway.web.openapi.refusals import refusals

_ALL: Final = PACK_SLOTS * PER_SLOT


def calls(_: Place) -> tuple[Call, ...]:
    """Return the call that gives a pack out."""
    return (
        Call(
            method="post",
            path="/api/v1/codes/pack",
            id="pack",
            topic=TOPIC,
            title=Text("领取离线包", "Get the codes of the next 24 hours"),
            says=Text(
                "供手机断网时出示:从现在所在的半小时起共48个半小时,每个半小时两个通用码;起点对所有人"
                "相同,到点前后各一分钟可用。暂无激励时 codes 为 null。",
                "For a phone without a network: general codes, two for each of 48 half hours from "
                "the present one on, which begin at the same time for everybody. Each code is good "
                "in its half hour and for a minute after it. Without an incentive codes is null.",
            ),
            who=(Who.CITIZEN,),
            ways=CITIZEN_WAYS,
            body=Body(
                shape=Shape(name="PackRequest", members=()),
                examples=(Example(name="empty", zh={}),),
            ),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("一个离线包,或没有激励", "a pack, or no incentive"),
                    shape=_PACK,
                    examples=(
                        Example(name="pack_cut_short", zh=_CUT_SHORT),
                        Example(
                            name="no_incentive",
                            zh={"codes": None, "message": NO_INCENTIVE["zh"]},
                            en={"codes": None, "message": NO_INCENTIVE["en"]},
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


_CUT_SHORT: Final = {
    "start": samples.ISSUED_AT - samples.ISSUED_AT % SLOT_S,
    "slot_s": SLOT_S,
    "per_slot": PER_SLOT,
    "codes": [samples.CODE],
    "now": samples.ISSUED_AT,
}

_PACK: Final = Shape(
    name="Pack",
    members=(
        Member(
            name="codes",
            schema={
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": "^CC1:"},
                "maxItems": _ALL,
            },
            says=Text(
                f"共 {_ALL} 个码,按半小时排列", f"{_ALL} codes, in the order of the half hours"
            ),
        ),
        Member(
            name="start",
            required=False,
            schema=whole(),
            says=Text("第一个半小时的起点,Unix 秒", "first second of the first half hour, Unix"),
        ),
        Member(
            name="slot_s",
            required=False,
            schema=whole(),
            says=Text("每段秒数", "seconds of one slot"),
        ),
        Member(
            name="per_slot",
            required=False,
            schema=whole(),
            says=Text("每段几个码", "codes of one slot"),
        ),
        Member(
            name="now",
            required=False,
            schema=whole(),
            says=Text(
                "服务器时刻,用来校正手机时钟,Unix 秒",
                "time of the server, to correct a phone's clock by, Unix seconds",
            ),
        ),
        INSTEAD,
    ),
    rules={
        "if": {"properties": {"codes": {"type": "null"}}},
        "then": {
            "required": ["message"],
            "properties": {"start": False, "slot_s": False, "per_slot": False, "now": False},
        },
        "else": {
            "required": ["start", "slot_s", "per_slot", "now"],
            "properties": {"message": False},
        },
    },
)
