"""Typed, frozen settings of one city: the only reader of ``config/`` and the environment.

Start with ``load``. Everything that is wrong, in any file or variable, is named in one
``WrongSettingsError``; settings that are wrong somewhere are not returned at all.
"""

from gateway.settings.errors import SettingsProblem, WrongSettingsError
from gateway.settings.loading import load, load_for_init, load_process
from gateway.settings.values import (
    AssessmentKind,
    AssessmentService,
    AssessmentSource,
    Database,
    Issuing,
    Lifetimes,
    Network,
    OwnCity,
    ProviderKind,
    Retention,
    Role,
    Settings,
    SignInProvider,
    StatedProvider,
    StateKind,
    Synchronous,
)

__all__ = [
    "AssessmentKind",
    "AssessmentService",
    "AssessmentSource",
    "Database",
    "Issuing",
    "Lifetimes",
    "Network",
    "OwnCity",
    "ProviderKind",
    "Retention",
    "Role",
    "Settings",
    "SettingsProblem",
    "SignInProvider",
    "StateKind",
    "StatedProvider",
    "Synchronous",
    "WrongSettingsError",
    "load",
    "load_for_init",
    "load_process",
]
