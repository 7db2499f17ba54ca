"""What people read of each step of a drill, Chinese and English."""

from collections.abc import Mapping
from typing import Final

STEPS: Final[Mapping[str, str]] = {
    "stolen_key_recognised_before": "吊销前:失窃密钥的码可用 / before: the thief's code works",
    "stolen_key_refused": "失窃密钥的码被拒 / the thief's code is refused",
    "new_recognised": "新密钥的码可用 / codes of the next key work",
    "stolen_key_stays_refused": "之后:仍被拒 / afterwards: still refused",
    "outage_noticed": "发现中断 / the outage is noticed",
    "recognised_while_down": "中断期间:其码仍可用 / while it is down: its codes work",
    "recognised_after_return": "恢复后:重新取得声明,其码可用 / back: heard again, codes work",
    "recognised_after_23_h": "23小时无音讯:仍可用 / unheard for 23 h: codes work",
    "undetermined_after_25_h": "25小时无音讯:无法核验 / unheard for 25 h: undetermined",
    "recognised_again_after_25_h": "第25小时重新取得:可用 / heard again after 25 h: codes work",
}
"""By ``Step.what``."""
