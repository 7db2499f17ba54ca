"""Who acts at the console of this machine.

Whoever can run commands here can read every key, so a name given here is taken, not proven; it
must still be that of somebody who may do this, and the ledger keeps it.
"""

import os
import pwd
from collections.abc import Sequence

from gateway.errors import RefusedError
from gateway.services.staff import Account, StaffRole


class NoSuchOfficerError(RefusedError):
    """The city has staff accounts, and none of this name with this role."""

    code = "officer_unknown"


def console_user() -> str:
    """Return what the ledger calls whoever runs this process: ``console:<user>``."""
    try:
        return f"console:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"console:{os.getuid()}"


def officer(accounts: Sequence[Account], name: str, *allowed: str) -> str:
    """Return what the ledger calls an officer named at the console.

    Args:
        accounts: Of the city; while none is open, any name will do.
        name: As given.
        allowed: Roles of which the officer must have one.

    Raises:
        NoSuchOfficerError: there are open accounts, and this has none of the roles.
    """
    standing = {each.id: each.roles for each in accounts if each.roles}
    if not standing:
        return f"officer:{name}"
    wanted = frozenset(map(StaffRole, allowed))
    if not wanted & standing.get(name, frozenset()):
        fitting = ", ".join(sorted(each for each, roles in standing.items() if wanted & roles))
        raise NoSuchOfficerError(f"no {' or '.join(allowed)} has this id; allowed: {fitting}")
    return f"staff:{name}"
