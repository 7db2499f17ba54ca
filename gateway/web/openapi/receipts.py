"""The calls of tills about what they granted: one receipt, or a month."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.ids import CityId, KeyId, MerchantId, Timestamp
from gateway.policy.offers import VENUE_PATTERN
from gateway.services.ports import VerificationRecord
from gateway.services.receipts import MONTH, Receipt, SettledOffer
from gateway.services.showing import RECEIPT_PATTERN
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.receipts import render_receipt
from gateway.web.api.settlements import CSV, csv_of
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
)
from gateway.web.openapi.refusals import refusals
from gateway.web.openapi.verifying import GRANTED, RECEIPT, TILL_WAYS

TOPIC: Final = Text("对账", "Settling")

_GRANT: Final = Receipt(
    record=VerificationRecord(
        receipt=samples.RECEIPT,
        merchant=MerchantId("river-hotel"),
        venue=None,
        scenario=samples.OFFER.scenario,
        issuer=CityId("330500"),
        key_id=KeyId("example"),
        offers=(),
        checked="now",
        at_minute=Timestamp(samples.ISSUED_AT),
    ),
    offers=(
        SettledOffer(id=samples.OFFER.id, version=str(samples.OFFER.version), stated=samples.OFFER),
    ),
)


def calls(place: Place) -> tuple[Call, ...]:
    """Return the calls about grants of the past."""
    return (_look_up(place), _settlement())


def _look_up(place: Place) -> Call:
    return Call(
        method="get",
        path="/api/v1/verifications/{receipt}",
        id="lookUp",
        topic=TOPIC,
        title=Text("查询回执", "Look up a receipt"),
        says=Text(
            "本商家的一次优惠:给了什么、何时(到分钟)、是否撤销;没有关于客人的任何内容。",
            "One grant of this merchant: what, in which minute, whether it was voided; nothing "
            "about the guest.",
        ),
        who=(Who.MERCHANT, Who.DEVICE),
        ways=TILL_WAYS,
        parameters=(RECEIPT,),
        answers=(
            Answer(
                status=HTTPStatus.OK,
                says=Text("回执的内容", "what the receipt stands for"),
                shape=_receipt(place),
                examples=(
                    Example(
                        name="granted",
                        zh=render_receipt(_GRANT, "zh"),
                        en=render_receipt(_GRANT, "en"),
                    ),
                ),
            ),
            *refusals(
                *(problems.UNAUTHORIZED, problems.FORBIDDEN, problems.NOT_FOUND),
                *(problems.RATE_LIMITED, problems.UNAVAILABLE),
            ),
        ),
    )


def _settlement() -> Call:
    return Call(
        method="get",
        path="/api/v1/settlement/{month}.csv",
        id="settlement",
        topic=TOPIC,
        title=Text("按月对账单", "A month to settle by"),
        says=Text(
            "每个已给的优惠一行,UTF-8 带 BOM;没有客人和发码城市。月份按北京时间。",
            "A row for each offer that was granted, UTF-8 with a byte-order mark; neither guests "
            "nor their cities. Months are those of China.",
        ),
        who=(Who.MERCHANT, Who.OWNER),
        ways=TILL_WAYS,
        parameters=(
            Parameter(
                where="path",
                example="2026-11",
                member=Member(
                    name="month", schema=text(MONTH), says=Text("月份", "the month, YYYY-MM")
                ),
            ),
        ),
        answers=(
            Answer(
                status=HTTPStatus.OK,
                says=Text("表格", "a table (RFC 4180)"),
                schema=text(),
                media=CSV,
                examples=(Example(name="month", zh=b"".join(csv_of([_GRANT])).decode("utf-8")),),
            ),
            *refusals(
                *(problems.UNAUTHORIZED, problems.FORBIDDEN, problems.NOT_FOUND),
                *(problems.SETTLEMENT_GONE, problems.RATE_LIMITED, problems.UNAVAILABLE),
            ),
        ),
    )


_SETTLED: Final = Shape(
    name="SettledOffer",
    members=tuple(
        replace(each, required=each.name in {"id", "version"}) for each in GRANTED.members
    ),
)


def _receipt(place: Place) -> Shape:
    return Shape(
        name="Receipt",
        members=(
            Member(
                name="receipt",
                schema=text(RECEIPT_PATTERN),
                says=Text("回执号", "number of the receipt"),
            ),
            Member(
                name="scenario",
                schema=scenario(place),
                says=Text("场景", "the scenario"),
            ),
            Member(
                name="venue",
                required=False,
                schema=text(VENUE_PATTERN),
                says=Text("网点", "the venue"),
            ),
            Member(
                name="minute",
                schema=text(format="date-time"),
                says=Text("扫码的那一分钟(北京时间)", "minute of the scan, in China"),
            ),
            Member(
                name="checked",
                schema=choice("now", "later"),
                says=Text("当时核验,还是离线后补传", "checked at once, or uploaded later"),
            ),
            Member(
                name="voided", schema={"type": "boolean"}, says=Text("是否已撤销", "was it voided?")
            ),
            Member(
                name="offers",
                shape=_SETTLED,
                many=True,
                says=Text(
                    "给了什么;目录已不再记得的版本只有编号",
                    "what was granted; only its number, if no catalogue tells it any more",
                ),
            ),
        ),
    )
