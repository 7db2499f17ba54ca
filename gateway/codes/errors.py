"""Why a text is not a usable credit code, by name.

``NotACodeError`` and what derives from it mean that the text never was a code; the others
are refusals of something that is one. A merchant never learns which
(docs/protocol/verification.md).
"""

from gateway.errors import CodeError


class NotACodeError(CodeError):
    """The text is not a credit code: length, prefix, alphabet, packing or grammar."""

    code = "not_a_code"


class NewerFormError(NotACodeError):
    """The text is a credit code of a form that this version does not know: update."""

    code = "newer_form"


class CodeSignatureError(CodeError):
    """The signature does not fit the key that the text names."""

    code = "code_bad_signature"


class CodeLifeError(CodeError):
    """The code is not alive: not yet, no longer, or its end is not after its start."""

    code = "code_life"


class CodeLifetimeError(CodeError):
    """The code is made to live longer than codes of its kind, or its city's, may."""

    code = "code_lifetime"


class CodeStatusRuleError(CodeError):
    """A code has a status reference exactly if it lives longer than an hour."""

    code = "code_status_rule"


class CodeOutlivesKeyError(CodeError):
    """The code lives longer than the key that signed it."""

    code = "code_outlives_key"


class CodeTooLargeError(CodeError):
    """The issuer's own ids make the QR code larger than its budget."""

    code = "code_too_large"

    def __init__(self, what: str, version: int, budget: int) -> None:
        super().__init__(f"{what} needs QR version {version}, {budget} is the most")
        self.what, self.version, self.budget = what, version, budget


class StatusListError(CodeError):
    """A status list is not exactly what this profile publishes; it is not used."""

    code = "status_list_form"


class StatusIndexError(CodeError):
    """A status list has no entry of this index."""

    code = "status_index"
