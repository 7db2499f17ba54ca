"""The city that one run of the command line is about."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gateway.clock import Clock, SystemClock
from gateway.ids import Timestamp

if TYPE_CHECKING:
    from gateway.app.composition import OpenCity
    from gateway.services.audit import Acting
    from gateway.settings import Settings
    from gateway.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Which city, and what time it is. Nothing is read or opened before it is asked for.

    Heavy modules are imported here and not above: `--help` must not wait for a database driver.

    Attributes:
        environ: What the settings are read from.
        clock: Of the whole run.
    """

    environ: Mapping[str, str]
    clock: Clock = SystemClock()  # noqa: RUF009  (has no state)

    def now(self) -> Timestamp:
        """Return the time."""
        return self.clock.now()

    def acting(self) -> "Acting":
        """Return who acts here, and when, for the ledger."""
        from gateway.app.console import console_user  # noqa: PLC0415  (see the class)
        from gateway.services.audit import Acting  # noqa: PLC0415  (--help must not wait)

        return Acting(by=console_user(), at=self.now())

    def officer(self, city: "OpenCity", name: str, role: str) -> "Acting":
        """Return the officer who acts at this console, by name.

        Once the city has staff accounts, it is one of them, and has the role.

        Raises:
            NoSuchOfficerError: it is not.
        """
        return self._officer(city, name, role)

    def any_officer(self, city: "OpenCity", name: str) -> "Acting":
        """Return an operator or approver who acts at this console, by name; see ``officer``.

        Raises:
            NoSuchOfficerError: it is neither.
        """
        return self._officer(city, name, "operator", "approver")

    def _officer(self, city: "OpenCity", name: str, *allowed: str) -> "Acting":
        from gateway.app.console import officer  # noqa: PLC0415  (see the class)
        from gateway.services.audit import Acting  # noqa: PLC0415  (--help must not wait)

        return Acting(by=officer(city.store.staff.list_all(), name, *allowed), at=self.now())

    def settings(self) -> "Settings":
        """Return the settings of the city.

        Raises:
            WrongSettingsError: naming everything that is missing or wrong.
        """
        from gateway.settings import load  # noqa: PLC0415  (see the class)

        return load(self.environ)

    @contextmanager
    def city(self) -> "Generator[OpenCity]":
        """Yield the city, opened: its keys and its database.

        Raises:
            GatewayError: by subclass, whatever is missing.
        """
        from gateway.app import logs  # noqa: PLC0415  (see the class)
        from gateway.app.composition import open_city  # noqa: PLC0415  (--help must not wait)

        logs.for_commands()
        with open_city(self.settings(), self.clock) as city:
            yield city

    @contextmanager
    def store(self) -> "Generator[tuple[Settings, Store]]":
        """Yield settings and database without the keys.

        Raises:
            GatewayError: by subclass, whatever is missing.
        """
        from gateway.app.city_store import open_store  # noqa: PLC0415  (see the class)

        settings = self.settings()
        store = open_store(settings)
        try:
            yield settings, store
        finally:
            store.close()


pass_session = click.make_pass_decorator(Session)
"""Gives a command the session as its first argument."""
