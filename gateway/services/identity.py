"""Who signed in, as the city's provider says: the least that this product can do with.

A provider may know much about a person. What leaves ``remote`` is this: a name for the person, a
masked family name if the city asks for one, and when the person last proved to be it. Nothing of
it is written down; a session has it sealed with a key that only the browser gives.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import RefusedError
from gateway.ids import Timestamp

SUBJECT: Final = re.compile(r"[!-~]{1,255}")
"""OpenID Connect Core, 2: ``sub`` is at most 255 ASCII characters. Visible ones: whoever signs in
can be told apart, typed in at a counter and revoked."""

PROVED_S: Final = 600
"""So long a proof is fresh: exporting, deleting and printing ask for another one then."""

_MAX_NAME_CHARS: Final = 255


class NotAdultError(RefusedError):
    """The provider does not say that this person is 18; it says so as yes or no, never a date."""

    code = "adults_only"


class ProofNeededError(RefusedError):
    """What was asked needs a person who proved just now to be who the session says."""

    code = "fresh_sign_in_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One person who signed in.

    Attributes:
        subject: As the provider names the person; never logged or shown.
        holder: First character of the name and one ``*``, if the city asks for names.
        proved_at: When the provider last saw a proof (a password, a face); None if it does not
            say.
    """

    subject: str = field(repr=False)
    holder: str | None = field(default=None, repr=False)
    proved_at: Timestamp | None = None

    def proved(self, now: Timestamp) -> bool:
        """Return whether the last proof is fresh: not ``PROVED_S`` old yet."""
        return self.proved_at is not None and now < self.proved_at + PROVED_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClaims:
    """What a city asks its provider for, beside the subject; None is not asked.

    Attributes:
        name: Where the provider says the person's name.
        adult: Where it says, with yes or no, whether the person is 18.
    """

    name: str | None = None
    adult: str | None = None

    def identity(
        self, subject: object, said: Mapping[str, object], proved_at: Timestamp | None
    ) -> Identity | None:
        """Return the person whom ``said`` describes; None if ``subject`` names nobody.

        Raises:
            NotAdultError: asked whether the person is 18, the provider does not say yes.
        """
        if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
            return None
        if self.adult is not None and said.get(self.adult) is not True:
            raise NotAdultError("the provider does not say that this person is 18")
        holder = None if self.name is None else masked(said.get(self.name))
        return Identity(subject=subject, holder=holder, proved_at=proved_at)


NOTHING_ASKED: Final = AskedClaims()


def masked(name: object) -> str | None:
    """Return the first character of a name and one ``*``, such as 张*; None if it has no letter.

    What a provider calls a name is anything at all; the rest of it is dropped here.
    """
    if not isinstance(name, str):
        return None
    first = unicodedata.normalize("NFC", name[:_MAX_NAME_CHARS]).strip()[:1]
    return f"{first}*" if first.isalpha() else None
