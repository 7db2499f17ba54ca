"""The Chinese words for what people file and what is refused of it; English is in ``en.po``."""

from collections.abc import Mapping
from typing import Final

from gateway.services.complaints import ComplaintKind
from gateway.services.merchant_notices import NoticeKind
from gateway.services.objection_ports import ObjectionKind, ObjectionState, Outcome

COMPLAINT_KINDS: Final[Mapping[str, str]] = {
    ComplaintKind.REFUSED: "没有按公布的优惠办理",
    ComplaintKind.UNEQUAL: "待遇与本市居民不同",
    ComplaintKind.ASKED_MORE: "索要核验以外的个人信息",
    ComplaintKind.MANNER: "核验时的言语或态度",
    ComplaintKind.WRONG_OFFER: "公布的优惠内容有误",
    ComplaintKind.OTHER: "其他",
}
OBJECTION_KINDS: Final[Mapping[str, str]] = {
    ObjectionKind.ASSESSMENT: "对评价或等级有异议",
    ObjectionKind.NO_TIER: "对暂无可用激励有异议",
    ObjectionKind.HISTORY: "对发码记录有异议",
    ObjectionKind.OTHER: "其他",
}
OBJECTION_STATES: Final[Mapping[str, str]] = {
    ObjectionState.OPEN: "办理中",
    ObjectionState.REVIEW: "复核中",
    ObjectionState.ANSWERED: "已答复",
    ObjectionState.REVIEWED: "已复核",
    ObjectionState.WITHDRAWN: "已撤回",
}
OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.CORRECTED: "评价已更正",
    Outcome.KEPT: "经查无误,维持评价",
    Outcome.ELSEWHERE: "须向答复中写明的单位提出",
}
NOTICE_KINDS: Final[Mapping[str, str]] = {
    NoticeKind.WARNED: "警告",
    NoticeKind.SUSPENDED: "暂停核验",
    NoticeKind.REMOVED: "注销商家",
    NoticeKind.RESUMED: "已恢复,警告或暂停已撤回",
}
CASE_REFUSALS: Final[Mapping[str, str]] = {
    "complaint_refused": "请选择问题类型,并写明是哪家商家。",
    "complaint_unknown": "没有这个受理编号的投诉,或已答复。",
    "objection_refused": "请选择一项;期限为 6 到 20 个工作日。",
    "objection_open": "已有一件异议在办理中,请等答复或先撤回。",
    "objection_closed": "没有这个编号的异议,或它的状态已变,请刷新再看。",
    "objection_own_review": "复核须由另一名复核人答复。",
    "notice_refused": "投诉受理编号不对,或投诉的不是这家商家。",
    "notice_closed": "没有这份通知,或已经回复、已经答复。",
    "free_text": "请用 1 到 500 个普通文字写明(商家名称最多 80 个)。",
    "free_text_personal": "请不要写电话、证件号、邮箱或信用码,改写后再提交。",
}
"""What is said of a refusal, by its code."""
