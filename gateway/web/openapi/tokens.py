"""The call of tills that sign in by themselves: an access token (RFC 6749, 4.4)."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import groupby
from typing import Final

from gateway.services.access import new_token
from gateway.services.till_access import MAX_SCOPE_CHARS, TILL_PREFIX, TOKEN_S
from gateway.web import problems
from gateway.web.admission import Who
from gateway.web.api.oauth import ASSERTION_TYPE, REFUSALS
from gateway.web.openapi import samples
from gateway.web.openapi.model import (
    FORM,
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
from gateway.web.openapi.refusals import HEADERS
from gateway.web.problems import oauth_body_of

TOPIC: Final = Text("登录收银系统", "Signing a till in")

_SCOPE: Final = f"scenario:{samples.OFFER.scenario}"
_TOKEN: Final = TILL_PREFIX + "x" * (len(new_token(TILL_PREFIX)) - len(TILL_PREFIX))


def calls(_: Place) -> tuple[Call, ...]:
    """Return the calls that give access tokens out."""
    return (
        Call(
            method="post",
            path="/oauth2/token",
            id="token",
            topic=TOPIC,
            title=Text("换取访问令牌", "Get an access token"),
            says=Text(
                "用 client_secret_basic(HTTP Basic)或 private_key_jwt(ES256 签名)"
                "证明是哪台收银机;令牌一小时内有效,到期前再换一个。",
                "A till proves itself with client_secret_basic (HTTP Basic) or private_key_jwt (a "
                "client_assertion signed with ES256). A token lives for an hour; get the next one "
                "before it ends.",
            ),
            who=(Who.PUBLIC,),
            ways=(("tillSecret",), ()),
            body=Body(shape=_GRANT, media=FORM, examples=_ASKED),
            answers=(
                Answer(
                    status=HTTPStatus.OK,
                    says=Text("一个令牌", "a token"),
                    shape=_GRANTED,
                    examples=(Example(name="token", zh=_given()),),
                ),
                *_refusals(),
            ),
        ),
    )


_ASKED: Final = (
    Example(name="secret", zh={"grant_type": "client_credentials", "scope": _SCOPE}),
    Example(
        name="assertion",
        zh={
            "grant_type": "client_credentials",
            "scope": _SCOPE,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
        },
    ),
)

_GRANT: Final = Shape(
    name="TokenRequest",
    closed=False,
    members=(
        Member(
            name="grant_type",
            schema=choice("client_credentials"),
            says=Text("固定", "always the same"),
        ),
        Member(
            name="scope",
            required=False,
            schema=text(maxLength=MAX_SCOPE_CHARS),
            says=Text(
                "scenario:场景,可多个,最多一个 venue:网点,以空格分隔;没有就是这台收银机的全部",
                "scenario:ID, several, and at most one venue:ID, with spaces between; without, "
                "all that the till has",
            ),
        ),
        Member(
            name="client_assertion_type",
            required=False,
            schema=choice(ASSERTION_TYPE),
            says=Text("用签名登录时", "with a signature instead of a secret"),
        ),
        Member(
            name="client_assertion",
            required=False,
            schema=text(),
            says=Text(
                "收银机用自己的私钥签的 JWT(RFC 7523)", "JWT that the till signed (RFC 7523)"
            ),
        ),
    ),
)

_GRANTED: Final = Shape(
    name="TokenAnswer",
    members=(
        Member(name="access_token", schema=text(minLength=1), says=Text("令牌", "the token")),
        Member(name="token_type", schema=choice("Bearer"), says=Text("种类", "its kind")),
        Member(
            name="expires_in",
            schema=whole(minimum=1, maximum=TOKEN_S),
            says=Text("还有几秒有效", "seconds that it lives"),
        ),
        Member(
            name="scope", schema=text(minLength=1), says=Text("实际的范围", "what it is good for")
        ),
    ),
)

_ERROR: Final = Shape(
    name="OAuthError",
    members=(
        Member(
            name="error",
            schema=choice(*REFUSALS, "not_found", "temporarily_unavailable"),
            says=Text("错误代码", "what is wrong"),
        ),
        Member(name="error_description", schema=text(), says=Text("说明", "in words")),
    ),
)

_MORE: Final = (
    *(problems.NOT_FOUND, problems.TOO_LARGE),
    *(problems.RATE_LIMITED, problems.UNAVAILABLE),
)
_SAID: Final = {
    HTTPStatus.BAD_REQUEST: Text(
        "请求不对,或范围超出这台收银机", "a wrong request, or a scope wider than the till's"
    ),
    HTTPStatus.UNAUTHORIZED: Text("不认识这台收银机", "the till is not known"),
    HTTPStatus.NOT_FOUND: Text("本市没有收银系统登录", "no till signs in here"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text("请求太大", "the request is too large"),
    HTTPStatus.TOO_MANY_REQUESTS: Text(
        "请求太多;按 Retry-After 等待", "too many requests; wait as Retry-After says"
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Text(
        "暂时不行;按 Retry-After 重试", "not possible at the moment; repeat after Retry-After"
    ),
}


def _given() -> dict[str, object]:
    return {
        "access_token": _TOKEN,
        "token_type": "Bearer",
        "expires_in": TOKEN_S,
        "scope": _SCOPE,
    }


def _refusals() -> Iterator[Answer]:
    ours: list[tuple[HTTPStatus, Mapping[str, object]]] = [
        (status, {"error": code, "error_description": words})
        for code, (status, words) in REFUSALS.items()
    ]
    found = [*ours, *((each.status, oauth_body_of(each)) for each in _MORE)]
    for status, group in groupby(sorted(found, key=lambda one: one[0]), key=lambda one: one[0]):
        bodies = [body for _, body in group]
        yield Answer(
            status=status,
            says=_SAID[status],
            shape=_ERROR,
            examples=tuple(Example(name=str(body["error"]), zh=body) for body in bodies),
            headers=HEADERS.get(status, ()),
        )
