"""Words of citizens' pages that stand in no template; the Chinese is the key of the English."""

from collections.abc import Mapping
from typing import Final

WAYS: Final[Mapping[str, str]] = {
    "/consent": "同意与停用",
    "/rights/consents": "同意记录",
    "/sessions": "我的登录",
    "/rights/history": "发码记录",
    "/rights/explanation": "等级说明",
    "/rights/objection": "提出异议",
    "/print": "打印信用码",
    "/rights/export": "导出我的数据",
    "/rights/delete": "删除我的数据",
    "/complaints": "投诉商家",
}
"""Everything that somebody may ask about the own person, by address, in the order of the page."""

WAYS_SAID: Final[Mapping[str, str]] = {
    "/consent": "看您同意了什么;一键停用。",
    "/rights/consents": "每次同意的原文、回执号和起止时间。",
    "/sessions": "哪里登录着;手机丢了可全部退出。",
    "/rights/history": "哪天发了几个什么码,只有这些。",
    "/rights/explanation": "依据哪条规则、哪个版本、什么门槛,可以问谁。",
    "/rights/objection": "五个工作日内答复,期间等级不降。",
    "/print": "不用手机也能出示。",
    "/rights/export": "本网关保存的关于您的全部内容。",
    "/rights/delete": "删什么、留什么、为什么,先说清楚。",
    "/complaints": "不用登录,不影响您的信用码。",
}
"""One sentence of each."""

KINDS: Final[Mapping[str, str]] = {
    "live": "当面出示的码",
    "pack": "离线码",
    "printed": "打印的码",
}
"""Kinds of codes, as somebody knows them who has them."""

CHANNELS: Final[Mapping[str, str]] = {
    "page": "本人在网页上",
    "counter": "本人在窗口",
    "relative": "由亲属在窗口",
}
"""How a consent was given."""

SCALES: Final[Mapping[str, str]] = {
    "score": "{first} 分起",
    "stars": "{first} 星起",
    "levels": "“{first}”起",
}
"""Where a tier begins, by kind of scale."""

SCALE_NAMES: Final[Mapping[str, str]] = {
    "score": "{city}信用分",
    "stars": "{city}信用星级",
    "levels": "{city}信用等级",
}
"""What a city's scale is, for people, by its kind; its own id is for machines."""
