"""Every word that a page shows has its English, and no English is left over."""

import re
from pathlib import Path

import gateway.web
from gateway.web import case_words
from gateway.web.office import REFUSALS
from gateway.web.pages.citizen import words as citizen_words
from gateway.web.pages.merchant.acting import SETTINGS_SAID
from gateway.web.pages.staff import words
from gateway.web.translate import english

TEMPLATES = Path(gateway.web.__file__).parent / "templates"
SAID = re.compile(r"""_\((?:"([^"]+)"|'([^']+)')""")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said() -> set[str]:
    found = {
        one or other
        for path in TEMPLATES.rglob("*.html")
        for one, other in SAID.findall(path.read_text("utf-8"))
    }
    tables = (
        *(words.ROLES, words.PARTNER_STATES, words.MERCHANT_STATES, words.PROPOSAL_STATES),
        *(words.REMINDED, words.PARTNER_REMEDIES, words.REMEDIES),
        *(words.ACTS, words.FACTS, REFUSALS, words.STATE_HELP, words.ALARMS),
        *(words.STATEMENTS, words.KEY_ROLES, words.KEY_STATES, words.PROBE_STEPS),
        *(words.PROTECTED, words.WAITING, words.INCIDENT_KINDS, words.IMPORT_FAULTS),
        *(case_words.COMPLAINT_KINDS, case_words.OBJECTION_KINDS),
        *(case_words.NOTICE_KINDS, case_words.OBJECTION_STATES),
        case_words.OUTCOMES,
        *(citizen_words.WAYS, citizen_words.WAYS_SAID, citizen_words.KINDS),
        *(citizen_words.CHANNELS, citizen_words.SCALES, citizen_words.SCALE_NAMES),
        SETTINGS_SAID,
    )
    return found | {text for table in tables for text in table.values()}


def test_every_text_has_its_english_and_none_is_left_over() -> None:
    assert said() == set(english())


def test_no_chinese_stands_in_a_template_outside_a_text() -> None:
    allowed = {"中文"}
    for path in TEMPLATES.rglob("*.html"):
        bare = SAID.sub("", path.read_text("utf-8"))
        bare = re.sub(r'"、"', "", bare)
        left = set(re.findall(r"[\u4e00-\u9fff]+", bare)) - allowed
        assert left == set(), path.name


def test_the_english_has_no_chinese_and_the_same_blanks_to_fill() -> None:
    for text, translated in english().items():
        assert not CHINESE.search(translated), translated
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", translated))
