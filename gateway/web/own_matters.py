"""``own_only``: what citizens ask for is theirs; who names somebody else is refused, and audited.

No route of ours takes a subject: who asks is known from the session. Somebody who sends one all
the same tries whether it is looked at.
"""

from collections.abc import Mapping
from typing import Final

from flask import request

from gateway.services.own_only import NotOwnError
from gateway.web.admission import citizen
from gateway.web.context import gateway

NAMES: Final = ("subject", "sub", "citizen", "person", "owner")
"""What somebody would call another person in a request."""


def own_only(what: str, sent: Mapping[str, object] | None = None) -> None:
    """Return if the request names nobody else.

    Args:
        what: What is asked for, for the ledger.
        sent: Members of a JSON body; None looks at address and form.

    Raises:
        NotOwnError: it does; that is in the ledger now, where this city keeps anything of citizens.
    """
    given = sent if sent is not None else request.values
    if any(given.get(name, citizen().subject) != citizen().subject for name in NAMES):
        desk = gateway().desk
        if desk is None or desk.rights is None:
            raise NotOwnError("this is another citizen's")
        desk.rights.others.refuse(what, gateway().clock.now())
