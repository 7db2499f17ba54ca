"""What the strict shell refuses, by name."""

from gateway.errors import JoseError


class TooLargeError(JoseError):
    """A document is larger than its kind may be; it was not looked into."""

    code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"larger than {limit} bytes or characters")
        self.limit = limit


class NonCanonicalError(JoseError):
    """Text is not the one canonical base64url spelling of its bytes (RFC 4648, 3.5 and 5)."""

    code = "base64url_not_canonical"


class StrictJsonError(JoseError):
    """A JSON text has a duplicate, a NaN, a float for an integer, or is too deep, or none."""

    code = "json_not_strict"


class MembersError(JoseError):
    """A JSON object lacks a member, or one has the wrong type, form or range."""

    code = "json_members"

    def __init__(self, where: str, name: str, allowed: str) -> None:
        super().__init__(f"{where}: member {name!r} must be {allowed}")
        self.where, self.name, self.allowed = where, name, allowed


class JwkError(JoseError):
    """A public key is not a valid ES256 JWK of this profile."""

    code = "jwk_invalid"


class JwsFormatError(JoseError):
    """A token is not a compact JWS with exactly the header of this profile."""

    code = "jws_format"


class BadSignatureError(JoseError):
    """A signature does not fit the key and the text."""

    code = "jws_bad_signature"
