"""``@fresh``: a view for a citizen who proved within ten minutes who it is.

A session lives for thirty days on a phone that others may hold. What shows or takes everything,
exporting, deleting and printing, asks once more at the provider (ADR 0104). A page sends there
and back; a program is refused with ``fresh_sign_in_required``.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from gateway.services.identity import ProofNeededError
from gateway.web.admission import citizen

_P = ParamSpec("_P")
_R = TypeVar("_R")


def fresh(view: Callable[_P, _R]) -> Callable[_P, _R]:
    """Mark a view of citizens that asks for a fresh proof; goes below ``open_to``.

    Raises:
        ProofNeededError: in the view, for whoever proved nothing within ``PROVED_S``.
    """

    @functools.wraps(view)
    def ask(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if not citizen().proved:
            raise ProofNeededError("the last proof is older than ten minutes")
        return view(*args, **kwargs)

    return ask
