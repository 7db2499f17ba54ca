"""The call of tills that practise."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.services.practice import Wanted
from gateway.services.verdicts import Outcome
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.practice import render_practice
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
)
from gateway.web.openapi.refusals import refusals
from gateway.web.openapi.verifying import TILL_WAYS, TOPIC, VERDICT, presented


def calls(place: Place) -> tuple[Call, ...]:
    """Return the call about practice."""
    return (
        Call(
            method="post",
            path="/api/v1/verifications/practice",
            id="practise",
            topic=TOPIC,
            title=Text("练习:不用任何人的码看每种结果", "Practise each outcome without a code"),
            says=Text(
                "什么都不记录,没有回执,不能结算;应答总有 practice: true,文字前有【练习】。"
                "优惠是这里现在真有的;没有优惠时为 no_benefit。",
                "Nothing is recorded and there is no receipt to settle; every answer says "
                "practice: true, and its words do. Offers are those that there are here now; "
                "without any it is no_benefit.",
            ),
            who=(Who.MERCHANT, Who.DEVICE),
            ways=TILL_WAYS,
            body=Body(
                shape=Shape(
                    name="Practice",
                    members=(
                        Member(
                            name="want",
                            schema=choice(*Wanted),
                            says=Text("想看的结果", "the outcome to see"),
                        ),
                        *(each for each in presented(place) if each.name != "code"),
                    ),
                ),
                examples=(
                    Example(
                        name="recognised",
                        zh={"want": "recognised", "scenario": samples.OFFER.scenario},
                    ),
                ),
            ),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("练习的应答", "an answer to practise with"),
                    shape=_PRACTISED,
                    examples=_EXAMPLES,
                ),
                *refusals(
                    *(problems.MALFORMED, problems.INVALID, problems.UNAUTHORIZED),
                    *(problems.FORBIDDEN, problems.TOO_LARGE, problems.UNSUPPORTED),
                    *(problems.RATE_LIMITED, problems.UNAVAILABLE),
                ),
            ),
        ),
    )


_PRACTISED: Final = Shape(
    name="PracticeVerdict",
    members=(
        Member(
            name="practice",
            schema={"const": True},
            says=Text("这不是核验", "this is no verification"),
        ),
        *(each for each in VERDICT.members if each.name != "receipt"),
    ),
)

_EXAMPLES: Final = tuple(
    Example(
        name=verdict.outcome.value,
        zh=render_practice(replace(verdict, receipt=None), "zh", samples.OFFER.scenario),
        en=render_practice(replace(verdict, receipt=None), "en", samples.OFFER.scenario),
    )
    for verdict in samples.VERDICTS
    if verdict.outcome in {Outcome.RECOGNISED, Outcome.PRESENT_AGAIN}
)
