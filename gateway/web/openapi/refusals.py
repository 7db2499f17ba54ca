"""Every problem with its words, and the answers that spell it."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import groupby
from typing import Final

from gateway.codes.wire import MAX_CHARS
from gateway.web import batches, bodies, problems
from gateway.web.api import verifications
from gateway.web.openapi.model import Answer, Example, Member, Shape, Text, choice, text, whole
from gateway.web.problems import PROBLEM_TYPE, Problem, body_of

_KIB: Final = bodies.MAX_BODY_BYTES // 1024
_SHOWN_KIB: Final = verifications.MAX_BODY_BYTES // 1024
_BATCH_KIB: Final = batches.MAX_BODY_BYTES // 1024

SAID: Final[Mapping[Problem, Text]] = {
    problems.MALFORMED: Text(
        "请求体不是一个严格的 JSON 对象:重复成员、NaN、嵌套超过 8 层、不是 UTF-8",
        "not one strict JSON object: duplicate members, NaN, depth over 8, not UTF-8",
    ),
    problems.INVALID: Text(
        "缺少成员,或成员未知、不允许;detail 说明是哪一个",
        "a member is missing, unknown or not allowed; detail names it",
    ),
    problems.SIGN_IN: Text(
        "这次登录不是在这个浏览器开始的",
        "this sign-in was not begun in this browser",
    ),
    problems.ADULTS: Text(
        "身份认证没有确认这个人已满 18 周岁",
        "the provider does not say that the person is 18",
    ),
    problems.PROOF: Text(
        "这一步要求十分钟内的身份确认,请市民重新登录",
        "this needs a proof of the last ten minutes; the citizen signs in once more",
    ),
    problems.UNAUTHORIZED: Text("没有有效的令牌", "no valid token"),
    problems.FORBIDDEN: Text(
        "令牌有效,但不能这样用;商家可能已暂停",
        "the token may not do this; the merchant may be suspended",
    ),
    problems.SCAN_TIME: Text(
        "批量上传中的一项:扫码时间在将来、早于 72 小时前,或早于这台收银登记的时间",
        "of one item of an upload: scanned ahead of time, over 72 hours ago, or before this till "
        "was registered",
    ),
    problems.VOID_TOO_LATE: Text(
        "超过 15 分钟,不能再撤销", "it was granted more than 15 minutes ago, and stands"
    ),
    problems.SETTLEMENT_GONE: Text(
        "这个月的记录已按保留期删除,本市只剩合计数",
        "records of this month are past their retention; the city has only totals of it",
    ),
    problems.CONSENT: Text(
        "市民还没有同意现行的告知文字", "the citizen has not agreed to the words in force"
    ),
    problems.NOT_FOUND: Text("这里没有内容", "there is nothing here"),
    problems.NOT_ALLOWED: Text("这里没有这个方法", "this method is not offered here"),
    problems.REUSED: Text(
        "同一个 request_id 以前用于另一个码;每次出示都要用新的",
        "this request_id came before with another code; use a new one for every showing",
    ),
    problems.TOO_LARGE: Text(
        f"请求体超过 {_KIB} KiB(核验 {_SHOWN_KIB} KiB,批量 {_BATCH_KIB} KiB),"
        f"或码超过 {MAX_CHARS} 个字符",
        f"a body over {_KIB} KiB ({_SHOWN_KIB} KiB of a verification, {_BATCH_KIB} KiB of a "
        f"batch), a code over {MAX_CHARS} characters",
    ),
    problems.UNSUPPORTED: Text("请发送 application/json", "send application/json"),
    problems.RATE_LIMITED: Text(
        "请求太多;按 Retry-After 等待", "too many requests; wait as Retry-After says"
    ),
    problems.SCENARIO_NOT_OFFERED: Text(
        "那个城市目前没有恰为这一场景的优惠;场景以优惠目录为准",
        "nothing is offered there for exactly this scenario now; see the offers of that city",
    ),
    problems.CATALOGUE_UNAVAILABLE: Text(
        "那个城市的优惠目前查不到,不是任何人的问题;稍后再试",
        "what that city offers is not known at the moment, by nobody's fault; try again later",
    ),
    problems.UNAVAILABLE: Text(
        "暂时不行,什么都没有用掉;按 Retry-After 重试",
        "not possible at the moment, and nothing was used up; repeat after Retry-After",
    ),
    problems.PROVIDER: Text(
        "本市的身份认证暂时没有回应,请稍后重试",
        "the city's sign-in service does not answer at the moment; try again",
    ),
    problems.INTERNAL: Text("我们的错误,已经记录", "our mistake; it is logged"),
}

PROBLEM: Final = Shape(
    name="Problem",
    members=(
        Member(
            name="type",
            schema=text(pattern="^urn:credit-code:problem:[a-z_]+$"),
            says=Text("与 code 相同的 URN", "the code, as a URN"),
        ),
        Member(name="title", schema=text(), says=Text("英文短句", "a short sentence")),
        Member(
            name="status",
            schema=whole(minimum=400, maximum=599),
            says=Text("HTTP 状态码", "the HTTP status"),
        ),
        Member(
            name="code",
            schema=choice(*(problem.code for problem in SAID)),
            says=Text("稳定的代码,永不改变", "the stable code; it never changes"),
        ),
        Member(
            name="detail",
            required=False,
            schema=text(),
            says=Text(
                "哪一个成员、允许什么;从不重复收到的内容",
                "which member, and what is allowed; never what was sent",
            ),
        ),
    ),
)

HEADERS: Final = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


def refusals(*said: Problem) -> tuple[Answer, ...]:
    """Return the answers for some problems, one for each status, in its order."""
    ordered = sorted(said, key=_status)
    return tuple(_answer(status, group) for status, group in groupby(ordered, key=_status))


def _status(problem: Problem) -> HTTPStatus:
    return problem.status


def _answer(status: HTTPStatus, group: Iterable[Problem]) -> Answer:
    same = tuple(group)
    return Answer(
        status=status,
        says=Text(
            "; ".join(f"{each.code}: {SAID[each].zh}" for each in same),
            "; ".join(f"{each.code}: {SAID[each].en}" for each in same),
        ),
        shape=PROBLEM,
        media=PROBLEM_TYPE,
        examples=tuple(Example(name=each.code, zh=body_of(each)) for each in same),
        headers=HEADERS.get(status, ()),
        codes=tuple(each.code for each in same),
    )
