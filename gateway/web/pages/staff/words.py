"""The Chinese words for what the office's pages show by name; English is in ``en.po``."""

from collections.abc import Mapping
from typing import Final

from gateway.services.acts import ACCEPT_PARTNER, RESUME_PARTNER, STAFF_ROLES
from gateway.services.proposal_ports import ProposalState
from gateway.trust.states import PartnerState
from gateway.web.admission import Who

ROLES: Final[Mapping[str, str]] = {
    Who.OPERATOR: "经办",
    Who.APPROVER: "复核",
    Who.AUDITOR: "审计",
    Who.COUNTY: "县区",
}
PARTNER_STATES: Final[Mapping[str | None, str]] = {
    None: "记录被改动,未采用",
    PartnerState.CANDIDATE: "候选,等待核对",
    PartnerState.CONFIRMED: "已核对,等待认可",
    PartnerState.ACTIVE: "生效",
    PartnerState.SUSPENDED: "已暂停",
    PartnerState.EXPIRED: "已过期",
    PartnerState.DISPUTED: "有争议",
    PartnerState.LEFT: "已退出协议",
}
MERCHANT_STATES: Final[Mapping[str, str]] = {
    "active": "可核验",
    "warned": "已警告,可核验",
    "suspended": "已暂停",
    "removed": "已注销",
}
PROPOSAL_STATES: Final[Mapping[str, str]] = {
    ProposalState.OPEN: "等待复核",
    ProposalState.APPROVED: "已同意,正在执行",
    ProposalState.UNFINISHED: "已同意,但没有执行完",
    ProposalState.DONE: "已同意并执行",
    ProposalState.REJECTED: "未同意",
    ProposalState.EXPIRED: "已过期",
    ProposalState.FAILED: "已同意,但没有执行成功",
}
ACTS: Final[Mapping[str, str]] = {
    ACCEPT_PARTNER: "认可伙伴城市的信用码",
    RESUME_PARTNER: "恢复伙伴城市",
    STAFF_ROLES: "修改工作人员角色",
}
FACTS: Final[Mapping[str, str]] = {
    "scenarios": "互认场景",
    "until": "协议到期",
    "reason": "理由",
    "roles": "角色",
}
TABLES: Final[Mapping[str, object]] = {
    "role_names": ROLES,
    "state_names": PARTNER_STATES,
    "merchant_states": MERCHANT_STATES,
    "proposal_states": PROPOSAL_STATES,
    "act_names": ACTS,
    "fact_names": FACTS,
}
"""By the names that templates use."""
