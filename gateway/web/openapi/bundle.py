"""The trust bundle: what an offline verifier is told."""

from http import HTTPStatus
from typing import Final

from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.documents import JWT_TYPE
from gateway.web.openapi.model import Answer, Call, Example, Place, Text
from gateway.web.openapi.refusals import refusals

TOPIC: Final = Text("离线核验", "Verifying offline")

_TOKEN: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"}
_EXAMPLE: Final = "eyJhbGciOiJFUzI1NiIsImtpZCI6IuKApiJ9.eyJpc3N1ZXJzIjp7fX0.c2lnbmF0dXJl"


def calls(_: Place) -> tuple[Call, ...]:
    """Return the call about the bundle."""
    return (
        Call(
            method="get",
            path="/api/v1/bundle",
            id="bundle",
            topic=TOPIC,
            title=Text("信任包", "The trust bundle"),
            says=Text(
                "现在认可的每个城市:发码公钥、状态列表地址及其签名公钥、各自的失效时刻。由本市联邦密钥签名"
                "(credit-bundle+jwt),有效24小时,宜每小时更新;任何网页均可读取。",
                "Every city that is recognised now: code keys, addresses of status lists with the "
                "keys that sign them, and its own end. Signed with this city's federation key "
                "(credit-bundle+jwt), good for 24 hours; fetch it hourly. Pages of any site may "
                "read it.",
            ),
            who=(Who.PUBLIC,),
            ways=((),),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("签名的信任包", "the signed bundle"),
                    schema=_TOKEN,
                    media=JWT_TYPE,
                    examples=(Example(name="bundle", zh=_EXAMPLE),),
                    headers=("Cache-Control", "ETag"),
                ),
                Answer(
                    status=HTTPStatus.NOT_MODIFIED,
                    says=Text("与 If-None-Match 相同", "the same as If-None-Match says"),
                    headers=("ETag",),
                ),
                *refusals(problems.NOT_FOUND),
            ),
        ),
    )
