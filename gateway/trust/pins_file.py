"""Public pins as a file: three statements, for when a network or an origin is gone.

Nothing in it is secret and nothing is believed: of a known partner it is offered to the
trusted set as if fetched, of an unknown one it makes a candidate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import JoseError
from gateway.ids import EntityId
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.trust import entity
from gateway.trust.errors import PinsFileError
from gateway.trust.statements import MAX_STATEMENT_CHARS
from gateway.trust.trusted_city import Role

FORMAT = "credit-code-pins-1"
MAX_FILE_BYTES = 4 * MAX_STATEMENT_CHARS

_FORMAT = re.compile(re.escape(FORMAT))
_TOKEN = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinsFile:
    """The public statements of one city.

    Attributes:
        statements: One token for each role.
    """

    leaf: EntityId
    statements: Mapping[Role, str]

    @classmethod
    def parse(cls, raw: bytes, *, allow_loopback: bool = False) -> "PinsFile":
        """Return what the file holds, unverified.

        Raises:
            PinsFileError: it is no file of this format.
            EntityIdError: it names no entity of this profile.
        """
        try:
            members = Members(strict_json.parse(raw, max_bytes=MAX_FILE_BYTES), "pins file")
            members.only("format", "leaf", "statements")
            members.text("format", _FORMAT)
            statements = members.inner("statements")
            statements.only(*Role)
            tokens = {
                role: statements.text(role, _TOKEN, max_chars=MAX_STATEMENT_CHARS) for role in Role
            }
            leaf = members.text("leaf")
        except JoseError as error:
            raise PinsFileError(f"not a file of the format {FORMAT}") from error
        known = entity.parse_entity_id(leaf, allow_loopback=allow_loopback)
        return cls(leaf=known, statements=tokens)

    def encode(self) -> bytes:
        """Return the file, one line of JSON."""
        statements = {role.value: self.statements[role] for role in Role}
        body = {"format": FORMAT, "leaf": self.leaf, "statements": statements}
        return strict_json.encode(body) + b"\n"
