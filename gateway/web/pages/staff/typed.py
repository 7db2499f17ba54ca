"""What a form of the office holds, before a service looks at it."""

import re
from datetime import date
from typing import Final

from flask import request

from gateway.jose.errors import MembersError

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def text_of(name: str) -> str:
    """Return a text, without blanks around it; empty where there is none."""
    return request.form.get(name, "").strip()


def day_of(name: str) -> date | None:
    """Return a day, as browsers send it; None where there is none.

    Raises:
        MembersError: it is no day.
    """
    typed = text_of(name)
    if not typed:
        return None
    try:
        if _DAY.fullmatch(typed):
            return date.fromisoformat(typed)
    except ValueError:
        pass
    raise MembersError("form", name, "a day: YYYY-MM-DD")
