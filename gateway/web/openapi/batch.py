"""The call of tills for what they scanned without a network."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.services.verdicts import Outcome
from gateway.services.verify_later import AHEAD_S, LATEST_S
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.verifications import render
from gateway.web.batches import MAX_ITEMS
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
    whole,
)
from gateway.web.openapi.refusals import PROBLEM, refusals
from gateway.web.openapi.verifying import TILL_WAYS, TOPIC, VERDICT, presented, request_id
from gateway.web.problems import body_of
from gateway.web.words import Language

_HOURS: Final = LATEST_S // 3600


def calls(place: Place) -> tuple[Call, ...]:
    """Return the call about uploads."""
    return (
        Call(
            method="post",
            path="/api/v1/verifications/batch",
            id="verifyLater",
            topic=TOPIC,
            title=Text("补传离线时扫过的码", "Upload what was scanned without a network"),
            says=Text(
                "逐项判断、逐项应答,顺序不变;同一项重复上传得到同样的应答。"
                "冲突不由任何人承担,也不追查到人。每项按一次核验计数。",
                "Each item is judged and answered by itself, in order; the same item again gets "
                "the same answer. A conflict costs nobody and is traced to nobody. Each item "
                "counts as one verification.",
            ),
            who=(Who.MERCHANT, Who.DEVICE),
            ways=TILL_WAYS,
            body=Body(shape=_upload(place), examples=(_UPLOADED,)),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("每项一个结果", "one result for each item"),
                    shape=_RESULTS,
                    examples=(Example(name="results", zh=_answered("zh"), en=_answered("en")),),
                ),
                *refusals(
                    *(problems.MALFORMED, problems.INVALID, problems.UNAUTHORIZED),
                    *(problems.FORBIDDEN, problems.TOO_LARGE, problems.UNSUPPORTED),
                    *(problems.RATE_LIMITED, problems.UNAVAILABLE),
                ),
            ),
        ),
    )


def _upload(place: Place) -> Shape:
    item = Shape(
        name="Scan",
        members=(
            *presented(place),
            request_id(required=True),
            Member(
                name="scanned_at",
                schema=whole(),
                says=Text(
                    f"扫码的时间,Unix 秒;{_HOURS} 小时以内,最多早于网关时钟 {AHEAD_S} 秒,"
                    "在码的有效期内,且在这台收银登记之后",
                    f"when it was scanned, Unix seconds: in the last {_HOURS} hours, at most "
                    f"{AHEAD_S} s ahead, inside the life of the code, and after this till was "
                    "registered",
                ),
            ),
        ),
    )
    # Each item is checked by itself, so the envelope takes whatever an item is.
    return Shape(
        name="Upload",
        members=(
            Member(
                name="items",
                shape=item,
                many=True,
                at_most=MAX_ITEMS,
                alone=True,
                says=Text(
                    f"最多 {MAX_ITEMS} 项;逐项判断,写错的一项只是它自己的 problem",
                    f"at most {MAX_ITEMS}; each is judged by itself, and a wrong one is a "
                    "problem of its own",
                ),
            ),
        ),
    )


_UPLOADED: Final = Example(
    name="queue",
    zh={
        "items": [
            {
                "code": samples.CODE,
                "scenario": samples.OFFER.scenario,
                "request_id": "till-3:20261101-0017",
                "scanned_at": samples.ISSUED_AT + 20,
            }
        ]
    },
)

_RESULT: Final = Shape(
    name="Result",
    members=tuple(
        replace(each, required=False)
        for each in (
            *VERDICT.members,
            Member(
                name="problem",
                shape=PROBLEM,
                says=Text(
                    "这一项没有被判断,以及为什么;没有其他成员",
                    "this item was not judged, and why; then there is no other member",
                ),
            ),
        )
    ),
    rules={
        "oneOf": [
            {"required": ["outcome", "message", "checked"]},
            {"required": ["problem"], "maxProperties": 1},
        ]
    },
)

_RESULTS: Final = Shape(
    name="Results",
    members=(
        Member(
            name="results",
            shape=_RESULT,
            many=True,
            says=Text("与 items 同序", "in the order of items"),
        ),
    ),
)


def _answered(lang: Language) -> dict[str, object]:
    granted, again = (
        replace(each, checked="later")
        for each in samples.VERDICTS
        if each.outcome in {Outcome.RECOGNISED, Outcome.PRESENT_AGAIN}
    )
    told = [render(each, lang, samples.OFFER.scenario) for each in (granted, again)]
    return {"results": [*told, {"problem": body_of(problems.SCAN_TIME)}]}
