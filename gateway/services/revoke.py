"""Revoke long-lived codes: all of a person, or one sheet. There is no way back.

A bit that was set is never taken back: whoever gets good standing again gets new codes. Live
codes and packs have no status; they end within minutes by themselves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.errors import GatewayError, RefusedError
from gateway.services.audit import Acting
from gateway.services.identity import SUBJECT
from gateway.services.status_ports import StatusRows
from gateway.services.tags import Tags

SHEET: Final = re.compile(r"[A-Z2-7]{16}")
"""Name of a sheet (``sheet_names``): Base32, for a person to read out."""


class SubjectFormError(RefusedError):
    """A subject is 1 to 255 visible ASCII characters; what came is not repeated."""

    code = "subject_form"


class SheetUnknownError(RefusedError):
    """No sheet of this name has a code that could still live and is not revoked."""

    code = "sheet_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What was done; it is durable, whatever became of signing.

    Attributes:
        count: Codes that were not revoked before.
        unsigned: Why the lists could not be signed at once, by code; None if they were. The
            worker signs them as soon as it can.
    """

    count: int
    unsigned: str | None


def check_subject(subject: str) -> None:
    """Return if this can name a person.

    Raises:
        SubjectFormError: it cannot.
    """
    if not SUBJECT.fullmatch(subject):
        raise SubjectFormError("a subject is 1 to 255 visible ASCII characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCodes:
    """The use cases.

    Attributes:
        publish: Signs the lists again at once; called after the bits are durable.
    """

    rows: StatusRows
    tags: Tags
    publish: Callable[[], None]

    def person(self, subject: str, acting: Acting) -> Revocation:
        """Revoke every long-lived code of a person.

        Raises:
            SubjectFormError: nothing was done.
        """
        check_subject(subject)
        count = self.rows.revoke_subject(self.tags.subject_pseudonym(subject), acting)
        return Revocation(count=count, unsigned=self._sign())

    def sheet(self, sheet: str, acting: Acting) -> Revocation:
        """Revoke the codes of one sheet.

        Raises:
            SheetUnknownError: there is no such sheet, or nothing of it to revoke.
        """
        count = self.rows.revoke_sheet(sheet, acting) if SHEET.fullmatch(sheet) else 0
        if not count:
            raise SheetUnknownError("no sheet of this name has a code to revoke")
        return Revocation(count=count, unsigned=self._sign())

    def _sign(self) -> str | None:
        try:
            self.publish()
        except GatewayError as error:
            return error.code
        return None
