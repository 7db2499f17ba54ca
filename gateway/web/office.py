"""What the pages of the credit office work with."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from gateway.ids import ScenarioId, Timestamp
from gateway.policy.offers import Offer
from gateway.policy.words import Words
from gateway.policy.working_days import WorkingDays
from gateway.services.audit import AuditLedger
from gateway.services.device_pins import DevicePins
from gateway.services.devices import EnrolDevices
from gateway.services.federate import Federation
from gateway.services.merchant_changes import ChangeMerchants
from gateway.services.merchant_import import ImportMerchants
from gateway.services.merchants import EnrolMerchants
from gateway.services.onboard import OnboardMerchants
from gateway.services.partner_protect import ProtectPartners
from gateway.services.probe import ProbePartner
from gateway.services.proposals import FourEyes
from gateway.services.ratify import Ratifications
from gateway.services.sign_in import SignIn
from gateway.services.staff import StaffRows
from gateway.services.staff_access import StaffAccess
from gateway.services.stop_desk import StopDesk
from gateway.services.tills import RegisterTills
from gateway.services.waiting import Waiting
from gateway.trust.reminders import Reminder
from gateway.web.case_words import CASE_REFUSALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The office's use cases.

    Attributes:
        sign_in: With the staff provider; None where staff has local accounts only.
        known_offers: This city's, of every version that counts.
        own_half: Six groups of the safety number, this city's half.
        scenarios: What is open in this city.
        reminders: What ends soon, or has ended.
        waiting: What waits without a day on which it is due.
        announce: Publishes anew whom this city accepts; returns what went wrong, or None.
        working_days: What time limits are counted in.
        who_pays: What the starter sheet says of who bears a benefit; a line to fill in if empty.
        contacts: Published addresses of the people in charge; where merchants write to.
    """

    access: StaffAccess
    accounts: StaffRows
    four_eyes: FourEyes
    ratifications: Ratifications
    protect: ProtectPartners
    probe: ProbePartner
    stop_desk: StopDesk
    reminders: Callable[[Timestamp], tuple[Reminder, ...]]
    waiting: Callable[[Timestamp], tuple[Waiting, ...]]
    audit: AuditLedger
    federation: Federation
    merchants: EnrolMerchants
    onboarding: OnboardMerchants
    imports: ImportMerchants
    changes: ChangeMerchants
    devices: EnrolDevices
    pins: DevicePins
    known_offers: Callable[[], Collection[Offer]]
    tills: RegisterTills
    sign_in: SignIn | None
    own_half: tuple[str, ...]
    scenarios: frozenset[ScenarioId]
    announce: Callable[[], str | None]
    working_days: WorkingDays
    who_pays: tuple[Words, ...] = ()
    contacts: tuple[str, ...] = ()


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
    "merchant_venue_taken": "这个编号已有网点;重开已关闭的网点,请填原来的名称。",
    "merchant_venue_unknown": "商家没有这个网点,或已关闭。",
    "merchant_scenario_taken": "商家已有这个场景。",
    "merchant_scenario_unknown": "商家没有这个场景。",
    "merchant_scenario_within": "商家还有包含它的场景,请先停止那个场景。",
    "merchant_last_one": "至少留一个网点和一个场景;不再参加的,请暂停或注销商家。",
    "merchant_venue_emptied": "有网点只有这个场景,请先关闭那个网点。",
    "merchant_sheet": "文件不是商家表:请用模板,存为 CSV(UTF-8 或 GBK),不超过 1 MiB、2000 行。",
    "merchant_import": "有几行不对,什么也没有导入。",
    "uscc_malformed": "统一社会信用代码是 18 位数字或大写字母,不含 I、O、S、V、Z。",
    "uscc_reason": "统一社会信用代码的校验位不符;请核对,确认无误请写明理由。",
    "commitment_day": "承诺书的日期不对:期限最晚一年内,收到日期不晚于今天。",
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
    "partner_key_unknown": "没有这个密钥,或不止一个;请给出更多字符。",
    "partner_not_accepted": "这个城市没有被认可,或已退出。",
    "trust_repin": "现在不能这样改锚密钥;请先同步,并与对方办公室核实。",
    "trust_anchor_keys": "对方公布的锚密钥不是恰好两个。",
    "stop_unknown": "没有这项停用,或之后又另行停用过。",
    "stop_nothing": "本市没有这项优惠,或本市不发码。",
    "stop_reason": "理由须为 1 到 200 字的普通文字。",
    "stop_target": "请选择要停用的事项。",
    "sheet_not_identified": "请选择谁来办理,并勾选三项:证件和年龄,以及两项同意。",
    "sheet_unknown": "没有这个编号的打印页,或已吊销、已到期。",
    "subject_form": "本人编号须为 1 到 255 个英文字母、数字或符号。",
    "masked_name": "姓氏须以文字开头。",
    "printed_life": "有效天数须是所列之一。",
    "scenario_not_offered": "这个城市目前没有可以打印的这种优惠。",
    "city_unknown": "没有这个成员城市。",
    "consent_required": "本人没有同意,或刚刚停用。",
    "nothing_to_ratify": "已确认、已撤销,或之后又另作了决定。",
    "partner_not_stopped": "这个伙伴没有被暂停。",
    "partner_stopped_anew": "这个伙伴后来又另行暂停过;请先看理由,再重新提请。",
    "scenario_not_shared": "有场景不在协议中。",
    "trust_partner_row_tampered": "这个伙伴的记录被改动或换成了旧的,未采用;请先查清原因。",
    "partner_first_sync": "第一次同步没有成功,什么也没有保存。",
    **CASE_REFUSALS,
}
"""What is said of a refusal, by its code."""
