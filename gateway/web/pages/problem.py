"""What a person sees instead of a page that cannot be shown; never what was sent."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from flask import Response, current_app, request

from gateway.services.identity import NotAdultError
from gateway.services.sign_in import ProviderUnavailableError, SignInRefusedError, safe_path
from gateway.web.admission import STAFF, Who, admitted
from gateway.web.pages.frame import draw, page_above, page_language
from gateway.web.pages.moves import see_other
from gateway.web.words import Language

_Words = tuple[str, str]
_ELSE: Final[Mapping[Language, _Words]] = {
    "zh": ("这个请求无法处理", "请回到首页重新开始。"),
    "en": ("This request cannot be handled", "Please start again from the first page."),
}
_SIGN_IN: Final[Mapping[Language, _Words]] = {
    "zh": ("这次登录没有完成", "可能已超时,或不是在这个浏览器开始的。请重新登录。"),
    "en": (
        "You are not signed in",
        "It may have taken too long, or begun in another browser. Please sign in again.",
    ),
}
_ADULTS: Final[Mapping[Language, _Words]] = {
    "zh": ("信用码只发给已满18周岁的人", "身份认证没有确认您已满18周岁。这不影响任何服务。"),
    "en": (
        "Credit codes are for people of 18 and over",
        "The sign-in service does not confirm that you are 18. No service is affected.",
    ),
}
_PROVIDER: Final[Mapping[Language, _Words]] = {
    "zh": (
        "身份认证暂时没有回应",
        "不是您的问题,请过几分钟再登录。已经登录的手机照常使用。",
    ),
    "en": (
        "The sign-in service does not answer",
        "It is nothing you did; please try again in some minutes. Signed-in phones go on.",
    ),
}
_ROLE: Final[Mapping[Language, _Words]] = {
    "zh": ("您的角色不能打开这一页", "需要的话,请找有这个角色的同事。"),
    "en": ("Your role does not open this page", "If you need it, ask a colleague whose role does."),
}
_BY_CODE: Final = {
    SignInRefusedError.code: _SIGN_IN,
    NotAdultError.code: _ADULTS,
    ProviderUnavailableError.code: _PROVIDER,
}
_TRY_AGAIN: Final = frozenset({SignInRefusedError.code, ProviderUnavailableError.code})
_SAID: Final[Mapping[HTTPStatus, Mapping[Language, _Words]]] = {
    HTTPStatus.NOT_FOUND: {
        "zh": ("这里没有内容", "地址可能有误,请回到首页。"),
        "en": ("There is nothing here", "The address may be wrong; please go to the first page."),
    },
    HTTPStatus.FORBIDDEN: {
        "zh": ("这一页不能这样打开", "请回到首页,从本网站的页面重新进入。"),
        "en": ("This page cannot be opened this way", "Please enter again from our first page."),
    },
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: {
        "zh": ("内容太长", "请只提交信用码的文字。"),
        "en": ("This is too long", "Please send the text of a credit code only."),
    },
    HTTPStatus.TOO_MANY_REQUESTS: {
        "zh": ("操作太频繁", "请稍等片刻再试。这不影响任何其他服务。"),
        "en": ("Too many requests", "Please wait a moment. No other service is affected."),
    },
    HTTPStatus.SERVICE_UNAVAILABLE: {
        "zh": ("暂时无法使用", "请稍后再试。这不影响任何其他服务。"),
        "en": (
            "Not possible at the moment",
            "Please try again later. No other service is affected.",
        ),
    },
    HTTPStatus.INTERNAL_SERVER_ERROR: {
        "zh": ("我们这里出了错", "已经记录。请稍后再试。"),
        "en": ("Our mistake", "It is logged. Please try again later."),
    },
}


def draw_problem(status: HTTPStatus, code: str) -> Response:
    """Return the page for a problem; what goes wrong at sign-in has words for its code."""
    office = request.path.startswith("/staff/")
    said = _BY_CODE.get(code) or _SAID.get(status, _ELSE)
    # A form without its token is refused with the same status; it was sent, not opened.
    if office and status == HTTPStatus.FORBIDDEN and request.method == "GET":
        said = _ROLE
    title, advice = said[page_language()]
    again = _way_again() if code in _TRY_AGAIN else None
    return draw(
        "problem.html", status=status, title=title, advice=advice, again=again, office=office
    )


def _way_again() -> str:
    return "/staff/sign-in" if request.path.startswith("/staff/") else "/sign-in"


def way_in() -> Response | None:
    """Return the way to the sign-in that the asked page needs, if there is one."""
    allowed = admitted(current_app, request.endpoint) if request.endpoint else frozenset[Who]()
    if Who.CITIZEN in allowed:
        return see_other(f"/sign-in?next={_asked_for()}" if request.method == "GET" else "/sign-in")
    if Who.DEVICE in allowed:
        return see_other("/merchant/enrol")
    if allowed & STAFF:
        return see_other("/staff/sign-in")
    return None


def _asked_for() -> str:
    """Return the page that was asked for, with the choice of a code if its address has one."""
    choice = request.query_string.decode("ascii", "replace")
    return quote(safe_path(f"{request.path}?{choice}") or request.path)


def way_to_proof() -> Response:
    """Return the way to a fresh sign-in, and from it back to the page that is asked for.

    What a form sent is not sent again: the person looks at the page above it, and decides anew.
    """
    return see_other(f"/sign-in?fresh=1&next={page_above()}")
