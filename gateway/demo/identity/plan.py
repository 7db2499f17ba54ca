"""What the provider is told: one client for each city, in a file of the demonstration."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.demo.errors import DemoError
from gateway.errors import JoseError
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.settings import StateKind
from gateway.settings.loading import STATE_FILE, kind_of

MARKER: Final = "DEMO"
"""File that says that a directory is a demonstration and may be replaced."""

PLAN_FILE: Final = "identity.json"
PLAN_VARIABLE: Final = "CREDIT_GATEWAY_DEMO_IDENTITY"
STAFF: Final = "-staff"
"""Ends the name of a client for the staff of a city."""

_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One city's gateway, as the provider knows it.

    Attributes:
        issuer: The provider's identifier towards this city.
        leaf: The gateway's address.
    """

    slug: str
    name: str
    issuer: str
    leaf: str
    client_id: str
    secret: str = field(repr=False)

    @property
    def redirect_uri(self) -> str:
        """The only address that an authorization code is sent to."""
        path = "/staff/sign-in/callback" if self.is_staff else "/sign-in/callback"
        return f"{self.leaf}{path}"

    @property
    def is_staff(self) -> bool:
        """Whether its people are the city's staff."""
        return self.slug.endswith(STAFF)


_FIELDS: Final = ("name", "issuer", "leaf", "client_id", "secret")


def write_plan(root: Path, registered: Mapping[str, Registered]) -> Path:
    """Write the plan to a private file in a demonstration's directory; return its path."""
    members: dict[str, object] = {
        slug: {name: getattr(each, name) for name in _FIELDS} for slug, each in registered.items()
    }
    path = root / PLAN_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(strict_json.encode(members))
    return path


def read_plan(path: Path) -> Mapping[str, Registered]:
    """Return the plan.

    Raises:
        DemoError: the file is not that of a demonstration, or a city of it or beside it is no
            demonstration.
    """
    # (1) Is this a demonstration's directory, with nothing else beside the plan?
    if not (path.parent / MARKER).is_file():
        raise DemoError("the demonstration's provider starts only in a demonstration's directory")
    _check_states(path.parent)
    try:
        members = Members(strict_json.parse(path.read_bytes(), max_bytes=_MAX_BYTES), "plan")
        plan = {slug: _registered(slug, members.inner(slug)) for slug in members.values}
    except (OSError, JoseError) as error:
        raise DemoError("the plan of the demonstration's provider cannot be read") from error
    # (2) Is every gateway that it would tell who somebody is one of this demonstration?
    for each in plan.values():
        _check_registered(path.parent, each)
    return plan


def _check_states(root: Path) -> None:
    """Refuse every state directory that was not made for a demonstration."""
    for file in (root / STATE_FILE, *root.glob(f"*/{STATE_FILE}")):
        if file.exists() and kind_of(file.parent) is not StateKind.DEMO:
            raise DemoError(f"{file.parent} is no demonstration: nobody made up may sign in there")


def _check_registered(root: Path, each: Registered) -> None:
    for address in (each.issuer, each.leaf):
        parts = urlsplit(address)
        if (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
            raise DemoError("the demonstration's provider serves http://127.0.0.1 only")
    if kind_of(root / each.slug.removesuffix(STAFF)) is not StateKind.DEMO:
        raise DemoError(f"{each.slug} has no state directory of a demonstration")


def _registered(slug: str, members: Members) -> Registered:
    return Registered(slug=slug, **{name: members.text(name) for name in _FIELDS})
