"""The Chinese words for what the office's pages show by name; English is in ``en.po``."""

from collections.abc import Mapping
from typing import Final

from gateway.services.acts import ACCEPT_PARTNER, RESUME_PARTNER, STAFF_ROLES
from gateway.services.key_acts import ROTATE_FEDERATION
from gateway.services.merchant_acts import REMOVE_MERCHANT
from gateway.services.merchant_import import Fault
from gateway.services.partner_acts import REMOVE_PARTNER, RESTORE_PIN, UNBLOCK_KEY, UNPIN
from gateway.services.partner_keys import KeyState
from gateway.services.partner_protect import DISPUTED, KEY_BLOCKED, SUSPENDED
from gateway.services.probe import ProbeStep
from gateway.services.proposal_ports import ProposalState
from gateway.services.ratify import PREFIX
from gateway.services.stop_desk import LIFT_STOP, STOP_ORDERED
from gateway.services.till_watch import IncidentKind
from gateway.services.waiting import Waits
from gateway.trust.alarms import AlarmCode
from gateway.trust.reminders import What
from gateway.trust.states import PartnerState
from gateway.trust.trusted_city import Role as TrustedRole
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
INCIDENT_KINDS: Final[Mapping[str, str]] = {
    IncidentKind.SLOWED: "连续扫到不能用的码,已放慢",
    IncidentKind.FOREIGN_VENUE: "填了别家商家的网点,已拒绝",
}
IMPORT_FAULTS: Final[Mapping[str, str]] = {
    Fault.CELLS: "比表头多出几格",
    Fault.FORM: "没有填,或写法不对",
    Fault.CLOSED: "没有这个场景,或本市没有开放",
    Fault.REASON: "统一社会信用代码的校验位不符,请写明理由",
    Fault.DAY: "日期写法不对,或超出范围",
    Fault.TWICE: "在文件中出现两次",
    Fault.OTHER: "已有这个编号,登记的内容不同",
    Fault.REMOVED: "这个编号的商家已注销",
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
    REMOVE_PARTNER: "伙伴城市永久退出",
    UNBLOCK_KEY: "恢复使用发码密钥",
    UNPIN: "永久取消固定锚密钥",
    RESTORE_PIN: "恢复锚密钥",
    PREFIX + SUSPENDED: "确认暂停伙伴城市",
    PREFIX + DISPUTED: "确认伙伴城市有争议",
    PREFIX + KEY_BLOCKED: "确认停用发码密钥",
    REMOVE_MERCHANT: "注销商家",
    STAFF_ROLES: "修改工作人员角色",
    ROTATE_FEDERATION: "由下一个联邦密钥接替",
    "federation.import_anchor": "采用新的锚密钥",
    LIFT_STOP: "解除紧急停用",
    PREFIX + STOP_ORDERED: "确认紧急停用",
}
FACTS: Final[Mapping[str, str]] = {
    "scenarios": "互认场景",
    "until": "协议到期",
    "reason": "理由",
    "complaints": "依据的投诉",
    "roles": "角色",
    "by": "由谁",
    "stopped_by": "由谁停用",
    "anchor": "锚密钥",
    "standby": "备用锚密钥",
    "done": "何时",
    "due": "请在此前确认",
}
REMINDED: Final[Mapping[str, str]] = {
    What.ANCHOR: "锚声明",
    What.SUBORDINATE: "锚对本级的声明",
    What.LEAF: "本级声明",
    What.KEY_USE: "发码密钥的计划使用期",
    What.KEY_END: "发码密钥",
    What.AGREEMENT: "互认协议",
    What.RATIFICATION: "待确认事项",
    What.CATALOGUE: "最后一项优惠",
    What.COMPLAINT: "商家投诉的答复",
    What.OBJECTION: "异议的答复",
}
REMEDIES: Final[Mapping[str, str]] = {
    What.ANCHOR: "请在保管锚密钥之处重新签发",
    What.SUBORDINATE: "请在保管锚密钥之处重新签发",
    What.LEAF: "请检查后台进程",
    What.KEY_USE: "请轮换发码密钥",
    What.KEY_END: "请轮换发码密钥",
    What.AGREEMENT: "请与对方商定新的期限",
    What.RATIFICATION: "请另一名复核人确认",
    What.CATALOGUE: "请发布新一版优惠目录",
    What.COMPLAINT: "请到「商家投诉」答复",
    What.OBJECTION: "请到「异议」答复",
}
PARTNER_REMEDIES: Final[Mapping[str, str]] = {
    **REMEDIES,
    **dict.fromkeys((What.ANCHOR, What.SUBORDINATE, What.LEAF, What.KEY_END), "请致电对方办公室"),
}
STATE_HELP: Final[Mapping[str | None, str]] = {
    None: "本市存储的记录不是本市所签,或被换成了旧的。未采用;请先查清谁写了数据库。",
    "unknown": "先读取该市公布的内容,再由两人打电话核对安全码,最后提请认可。",
    PartnerState.CANDIDATE: "已读取,还什么也不相信。两名工作人员各打一次电话,核对安全码。",
    PartnerState.CONFIRMED: "密钥已由两人核对。提请认可并经另一人复核后,其信用码才在本市可用。",
    PartnerState.ACTIVE: "该市居民的信用码在本市可以核验。",
    PartnerState.SUSPENDED: "暂不核验,不怪客人。本市暂停的,恢复须两人;对方自己停发的,由对方恢复。",
    PartnerState.EXPIRED: "期限内没有收到该市的有效声明,或协议已到期。暂不核验;收到后自动恢复。",
    PartnerState.DISPUTED: "该市公布的内容互相矛盾,正在查。暂不核验;恢复须两人。",
    PartnerState.LEFT: "该市已退出。其信用码不再认可,也不能以同一地址重新加入。",
}
ALARMS: Final[Mapping[str | None, str]] = {
    None: "对方的一份声明未被采用,仍用原来的。请告知对方技术人员。",
    AlarmCode.DEAD_KEY_RETURNED: "对方又公布了已失效的密钥;未采用。请告知对方。",
    AlarmCode.ANCHOR_KEY_VANISHED: "对方不再公布一个已固定的锚密钥;已停用。请立即电话核实缘由。",
    AlarmCode.ANCHOR_KEY_ANNOUNCED: "对方公布了新的锚密钥;核对之前不采用。",
    AlarmCode.ISSUING_ENDED: "对方已永久停止发码。请打电话核实。",
    AlarmCode.KEY_AFTER_END: "对方停止发码后又公布密钥;未采用。请告知对方。",
    AlarmCode.ISSUER_NOT_AGREED: "只核验的城市自称发码;其码不采用,除非重新约定。",
    AlarmCode.KEY_AT_TWO_CITIES: "两个城市公布了同一密钥;都照常。请问清是谁复制的。",
    AlarmCode.DIVISION_TAKEN: "两个城市用同一行政区划代码;都不采用。请查清。",
    AlarmCode.ROW_TAMPERED: "记录被改动或换成了旧的;未采用。请查清谁写了数据库。",
    AlarmCode.PARTNER_STALE: "六小时没有收到对方消息。请检查网络。",
    AlarmCode.CLOCK_DOUBTFUL: "本市时钟与多数伙伴不符;不签发也不认可。请校时。",
    AlarmCode.NOT_RATIFIED: "一人即时作出的操作超过一天无人确认;仍然有效。请另一人确认。",
    AlarmCode.SAFETY_NUMBER_WRONG: "核对安全码错了三次;须从头核对。请换一种办法联系对方。",
    "trust_rollback": "收到比已采用的更旧的声明;未采用。请问对方是否恢复了备份。",
    "trust_equivocation": "同一时刻有两份不同的声明。请立即打电话;说不清就暂停。",
    "trust_unknown_signer": "声明由无权的密钥签名;未采用。请打电话核实。",
    "trust_dead_signer": "声明由已失效的联邦密钥签名;未采用。在说清之前按被盗处理。",
    "trust_suspended_signer": "声明由已停用的锚密钥签名;未采用。请问哪一个密钥丢了。",
}
STATEMENTS: Final[Mapping[str, str]] = {
    TrustedRole.ANCHOR: "锚配置",
    TrustedRole.SUBORDINATE: "对叶实体的声明",
    TrustedRole.LEAF: "叶配置",
}
KEY_ROLES: Final[Mapping[str, str]] = {
    "anchor": "锚密钥",
    "federation": "联邦密钥",
    "code": "发码密钥",
}
KEY_STATES: Final[Mapping[str, str]] = {
    KeyState.PINNED: "已固定",
    KeyState.SUSPENDED: "已停用,所签内容不算数",
    KeyState.ANNOUNCED: "新公布,未核对,不采用",
    KeyState.LIVE: "有效",
    KeyState.IN_USE: "使用中",
    KeyState.AHEAD: "尚未开始使用",
    KeyState.ENDED: "已到期",
    KeyState.BLOCKED: "本市已停用",
}
PROBE_STEPS: Final[Mapping[str, str]] = {
    ProbeStep.PARTNER: "伙伴生效并发码",
    ProbeStep.FETCH: "对方给出试探码",
    ProbeStep.READ: "能读出信用码",
    ProbeStep.ISSUER: "确是该市",
    ProbeStep.SIGNATURE: "由该市有效的密钥签名",
    ProbeStep.TRUST: "声明有效,本市时钟无疑问",
    ProbeStep.LIFE: "码和密钥都在有效期内",
    ProbeStep.PURPOSE: "是给本市的试探码",
}
WAITING: Final[Mapping[str, str]] = {
    Waits.REPLY: "件商家回复待答复",
    Waits.COMMITMENT: "家商家逾期未交回承诺书",
}
PROTECTED: Final[Mapping[str, str]] = {
    SUSPENDED: "暂停了该市",
    DISPUTED: "认定该市有争议",
    KEY_BLOCKED: "停用了一个发码密钥",
}
TABLES: Final[Mapping[str, object]] = {
    "protected_names": PROTECTED,
    "state_help": STATE_HELP,
    "alarm_names": ALARMS,
    "statement_names": STATEMENTS,
    "key_roles": KEY_ROLES,
    "key_states": KEY_STATES,
    "probe_names": PROBE_STEPS,
    "role_names": ROLES,
    "state_names": PARTNER_STATES,
    "merchant_states": MERCHANT_STATES,
    "import_faults": IMPORT_FAULTS,
    "incident_kinds": INCIDENT_KINDS,
    "proposal_states": PROPOSAL_STATES,
    "act_names": ACTS,
    "fact_names": FACTS,
    "reminded": REMINDED,
    "remedies": REMEDIES,
    "partner_remedies": PARTNER_REMEDIES,
    "waiting_names": WAITING,
}
"""By the names that templates use."""
