"""What the city grants, for everybody to read."""

from http import HTTPStatus
from typing import Final

from gateway.policy.keys import POLICY_VERSION_PATTERN
from gateway.policy.offers import (
    MAX_TOLD_EN_CHARS,
    MAX_TOLD_ZH_CHARS,
    OFFER_PATTERN,
    VENUE_PATTERN,
    Offline,
)
from gateway.policy.terms import MAX_FEN, Kind, Unit
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.openapi import samples
from gateway.web.openapi.model import (
    Answer,
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

TOPIC: Final = Text("优惠", "Offers")


def calls(place: Place) -> tuple[Call, ...]:
    """Return the calls about offers."""
    return (
        Call(
            method="get",
            path="/api/v1/offers",
            id="offers",
            topic=TOPIC,
            title=Text("各市的优惠目录", "What the cities offer"),
            says=Text(
                "现行的全部优惠,连同市民待遇及其出处;别的城市以其签名目录为准。",
                "Every offer in force, with the terms of residents and their source; of another "
                "city as its signed catalogue says.",
            ),
            who=(Who.PUBLIC,),
            ways=((),),
            parameters=_parameters(place),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("优惠目录", "the offers"),
                    shape=_catalogue(place),
                    examples=(Example(name="one", zh=_example(place)),),
                    headers=("Cache-Control",),
                ),
                *refusals(problems.INVALID, problems.NOT_FOUND, problems.CATALOGUE_UNAVAILABLE),
            ),
        ),
    )


def _parameters(place: Place) -> tuple[Parameter, ...]:
    return (
        Parameter(
            where="query",
            example=samples.OFFER.scenario,
            member=Member(
                name="scenario",
                required=False,
                schema=scenario(place),
                says=Text("只要这一场景及其部分", "only this scenario and its parts"),
            ),
        ),
        Parameter(
            where="query",
            example=place.city,
            member=Member(
                name="city",
                required=False,
                schema=choice(*place.cities),
                says=Text("城市代码;默认为本市", "a member city; without, this one"),
            ),
        ),
    )


def _example(place: Place) -> dict[str, object]:
    return {"city": place.city, "catalogue": "2026.1", "offers": [dict(samples.OFFER.members())]}


_WORDS: Final = Shape(
    name="Words",
    members=(
        Member(
            name="zh",
            schema=text(minLength=1, maxLength=MAX_TOLD_ZH_CHARS),
            says=Text("中文", "Chinese"),
        ),
        Member(
            name="en",
            schema=text(minLength=1, maxLength=MAX_TOLD_EN_CHARS),
            says=Text("英文", "English"),
        ),
    ),
)
_QUOTA: Final = Shape(
    name="Quota",
    members=(
        Member(name="count", schema=whole(minimum=1, maximum=100), says=Text("次数", "how often")),
        Member(
            name="every",
            schema=whole(minimum=1, maximum=366),
            says=Text("每几个单位", "in how many units"),
        ),
        Member(name="unit", schema=choice(*Unit), says=Text("单位", "calendar unit")),
    ),
)
_TERMS: Final = (
    Member(
        name="min_tier",
        schema=whole(minimum=1, maximum=3),
        says=Text("最低层级,3 最高", "lowest tier that gets it, 3 is best"),
    ),
    Member(name="kind", schema=choice(*Kind), says=Text("优惠种类", "what it is")),
    Member(
        name="value",
        required=False,
        schema={"type": ["string", "integer"]},
        says=Text("数额,含义随种类", "amount, as the kind means it"),
    ),
    Member(
        name="cap",
        required=False,
        schema=whole(minimum=1, maximum=MAX_FEN),
        says=Text("最多优惠多少,单位分", "most that a guest saves, in fen"),
    ),
    Member(
        name="quota",
        required=False,
        shape=_QUOTA,
        says=Text("次数限制;没有就是每次", "how often one guest gets it; without, every time"),
    ),
)
_RESIDENT: Final = Shape(
    name="ResidentTerms",
    members=(
        *_TERMS,
        Member(name="source", schema=text(minLength=1), says=Text("出处", "where it is written")),
        Member(
            name="illustrative",
            schema={"type": "boolean"},
            says=Text("是否为示例", "whether it is an example that no city has published"),
        ),
    ),
)


def _offer(place: Place) -> Shape:
    return Shape(
        name="Offer",
        members=(
            Member(name="id", schema=text(OFFER_PATTERN), says=Text("编号", "id")),
            Member(name="version", schema=whole(minimum=1), says=Text("版本", "version")),
            Member(name="scenario", schema=scenario(place), says=Text("应用场景", "scenario")),
            *_TERMS,
            Member(
                name="resident",
                shape=_RESIDENT,
                says=Text("本市市民的待遇,必须相同", "what residents get; it must be the same"),
            ),
            Member(
                name="offline",
                schema=choice(*Offline),
                says=Text("断网时可否给", "whether it may be granted without network"),
            ),
            Member(
                name="valid_from",
                schema=whole(),
                says=Text("从何时起,Unix 秒", "from, Unix seconds"),
            ),
            Member(
                name="valid_until",
                required=False,
                schema=whole(),
                says=Text("到何时止,Unix 秒", "first second at which it no longer holds"),
            ),
            Member(
                name="venues",
                many=True,
                schema=text(VENUE_PATTERN),
                says=Text("哪些网点;空为全部", "where; none is everywhere"),
            ),
            Member(
                name="exclusions",
                many=True,
                shape=_WORDS,
                says=Text("不包括什么", "what it does not cover"),
            ),
            Member(name="words", shape=_WORDS, says=Text("给店员看的话", "words to show")),
        ),
    )


def _catalogue(place: Place) -> Shape:
    return Shape(
        name="Offers",
        members=(
            Member(name="city", schema=choice(*place.cities), says=Text("城市代码", "the city")),
            Member(
                name="catalogue",
                schema=text(POLICY_VERSION_PATTERN),
                says=Text("目录版本", "its version"),
            ),
            Member(name="offers", many=True, shape=_offer(place), says=Text("优惠", "the offers")),
        ),
    )
