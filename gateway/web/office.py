"""What the pages of the credit office work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.ids import ScenarioId
from gateway.services.audit import AuditLedger
from gateway.services.devices import EnrolDevices
from gateway.services.federate import Federation
from gateway.services.merchants import EnrolMerchants
from gateway.services.proposals import FourEyes
from gateway.services.sign_in import SignIn
from gateway.services.staff import StaffRows
from gateway.services.staff_access import StaffAccess
from gateway.services.tills import RegisterTills


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The office's use cases.

    Attributes:
        sign_in: With the staff provider; None where staff has local accounts only.
        own_half: Six groups of the safety number, this city's half.
        scenarios: What is open in this city.
        announce: Publishes anew whom this city accepts; returns what went wrong, or None.
    """

    access: StaffAccess
    accounts: StaffRows
    four_eyes: FourEyes
    audit: AuditLedger
    federation: Federation
    merchants: EnrolMerchants
    devices: EnrolDevices
    tills: RegisterTills
    sign_in: SignIn | None
    own_half: tuple[str, ...]
    scenarios: frozenset[ScenarioId]
    announce: Callable[[], str | None]


REFUSALS: Mapping[str, str] = {
    "staff_sign_in_refused": "账号、密码或动态码不对。",
    "staff_link_spent": "这个链接已用过、已超过一天,或已被新的链接取代。",
    "staff_form_ended": "这个页面已过期,请重新扫描下面的图。",
    "staff_password_weak": "密码需 12 到 128 个字符,且不含账号名。",
    "staff_code_wrong": "动态码不对,请用手机上现在显示的六位数字。",
    "staff_busy": "登录的人太多,请稍后再试。",
    "staff_unknown": "没有这个账号,或已停用。",
    "staff_refused": "角色或账号写法不对。",
    "staff_last_administrator": "至少要留下一名经办人和另一名复核人,而且都能登录。",
    "proposal_own": "自己提出的事项须由另一人复核。",
    "proposal_closed": "这个事项已处理或已过期。",
    "proposal_unknown": "没有这个事项。",
    "proposal_refused": "同样的事项已在等待复核,或内容已变。",
    "merchant_refused": "商家编号、名称、场景或网点写法不对。",
    "merchant_unknown": "没有这个商家。",
    "storage_conflict": "已有同样的编号,或刚被别人改过。",
    "device_refused": "没有这个商家或网点,或名称写法不对。",
    "till_refused": "名称、场景、网点或公钥写法不对,或商家没有它。",
    "till_unknown": "没有这台收银系统。",
    "device_unknown": "没有这台设备。",
    "partner_unknown": "没有这个伙伴城市。",
    "partner_known": "这个城市已是伙伴。",
    "trust_confirmation": "现在不能核对,或须由另一人核对;每组五位数字。",
    "trust_transition": "这个伙伴现在不能这样改。",
    "trust_record": "理由、场景或日期写法不对。",
    "partner_not_stopped": "这个伙伴没有被暂停。",
    "scenario_not_shared": "有场景不在协议中。",
    "trust_partner_row_tampered": "这个伙伴的记录被改动或换成了旧的,未采用;请先查清原因。",
    "partner_first_sync": "第一次同步没有成功,什么也没有保存。",
}
"""What is said of a refusal, by its code."""
