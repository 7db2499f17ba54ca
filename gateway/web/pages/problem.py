"""What a person sees instead of a page that cannot be shown; never what was sent."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Response, current_app, request

from gateway.services.sign_in import SignInRefusedError
from gateway.web.admission import STAFF, Who, admitted
from gateway.web.pages.frame import draw, page_language
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
    """Return the page for a problem; only a refused sign-in has words for its code."""
    said = _SIGN_IN if code == SignInRefusedError.code else _SAID.get(status, _ELSE)
    title, advice = said[page_language()]
    return draw("problem.html", status=status, title=title, advice=advice)


def way_in() -> Response | None:
    """Return the way to the sign-in that the asked page needs, if there is one."""
    allowed = admitted(current_app, request.endpoint) if request.endpoint else frozenset[Who]()
    if Who.CITIZEN in allowed:
        return see_other(f"/sign-in?next={request.path}" if request.method == "GET" else "/sign-in")
    if Who.DEVICE in allowed:
        return see_other("/merchant/enrol")
    if allowed & STAFF:
        return see_other("/staff/sign-in")
    return None
