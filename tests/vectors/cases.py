"""The list of cases, and what is expected of them: outcome, stage and error code."""

import json
from collections.abc import Mapping

from tests.codes.builders import NOON
from tests.vectors.signed import DAY

MONTH = 31 * DAY
NOT_A_CODE = {"outcome": "not_a_code", "stage": "read", "error": "not_a_code"}
NEWER = {"outcome": "not_a_code", "stage": "read", "error": "newer_form", "hint": "update"}
STRANGER = {
    "outcome": "not_a_code",
    "stage": "issuer",
    "error": "not_a_member",
    "hint": "not_a_member",
}
NO_KEY = {"outcome": "present_again", "stage": "key", "error": "no_key"}
UNUSABLE = {"outcome": "present_again", "stage": "key", "error": "key_not_usable"}
FORGED = {"outcome": "present_again", "stage": "verify", "error": "code_bad_signature"}
LIFE = {"outcome": "present_again", "stage": "check", "error": "code_life"}
LIFETIME = {"outcome": "present_again", "stage": "check", "error": "code_lifetime"}
STATUS_RULE = {"outcome": "present_again", "stage": "check", "error": "code_status_rule"}
OUTLIVES = {"outcome": "present_again", "stage": "check", "error": "code_outlives_key"}

Expected = Mapping[str, object]


def accepted(payload: bytes) -> Expected:
    """Return the expectation that these very claims are vouched for."""
    return {"outcome": "accepted", "claims": json.loads(payload)}


class Cases:
    """The list that is being written; names are unique."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def add(  # noqa: PLR0913 -- one parameter for each documented field
        self,
        group: str,
        name: str,
        shown: str,
        expected: Expected,
        *,
        form: str = "wire",
        keys: tuple[str, ...] = ("wenzhou", "jiaxing"),
        now: int = NOON,
        code_lifetime_max: int = MONTH,
    ) -> None:
        """Append a case; ``group`` is valid, invalid or edge."""
        if any(row["name"] == name for row in self.rows):
            raise ValueError(name)
        self.rows.append(
            {
                "name": name,
                "group": group,
                "form": form,
                "text": shown,
                "keys": list(keys),
                "now": now,
                "code_lifetime_max": code_lifetime_max,
                "expected": expected,
            }
        )
