"""The root of the one error tree, and its families.

Every class has a ``code`` that is stable for ever: vectors, logs and answers name it.
Concrete classes stand in the floor that raises them. A message never repeats what came
from outside, and never says anything about a person.
"""

from pathlib import PurePath
from traceback import extract_tb
from typing import ClassVar


class GatewayError(Exception):
    """Anything that this project refuses, or fails at, by name."""

    code: ClassVar[str] = "gateway_error"


class JoseError(GatewayError):
    """A JSON, key or signature container is not exactly what RFC 7515 and this profile allow."""

    code = "jose_error"


class CodeError(GatewayError):
    """A credit code is refused."""

    code = "code_error"


class TrustError(GatewayError):
    """A statement or key of a city may not be trusted."""

    code = "trust_error"


class PolicyError(GatewayError):
    """A policy file, scale or offer breaks a rule of mutual recognition."""

    code = "policy_error"


class SettingsError(GatewayError):
    """The settings of this city are missing or wrong; nothing may start."""

    code = "settings_error"


class VaultError(GatewayError):
    """Own key material is missing, damaged or locked."""

    code = "vault_error"


class FetchError(GatewayError):
    """A document of a partner could not be fetched within the bounds.

    Attributes:
        status: What the partner answered, where it was a status that brings no document.
    """

    code = "fetch_error"
    status: int | None = None


class RefusedError(GatewayError):
    """A use case says no to a request that was well understood."""

    code = "refused"


class UnavailableError(GatewayError):
    """A part that is needed for an answer is gone for the moment; trying again may help."""

    code = "unavailable"


def places(error: BaseException) -> list[str]:
    """Return where an unexpected error came from, innermost last, for a log.

    Files and lines only: the message of a foreign error may repeat what came from outside.
    """
    frames = extract_tb(error.__traceback__)
    return [f"{PurePath(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames][-8:]
