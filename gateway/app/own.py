"""What this city has published and holds: shared by ``doctor`` and ``status``."""

from collections.abc import Mapping

from gateway.ids import CityId
from gateway.jose import strict_json
from gateway.jose.members import Members
from gateway.services.own_statements import OwnPublished, Published, load_own
from gateway.services.trust_ports import OwnStatements
from gateway.settings import Settings
from gateway.trust import entity
from gateway.trust.rows import RowSeal
from gateway.trust.safety import Half, half
from gateway.trust.statements import MAX_STATEMENT_CHARS, Life, read
from gateway.trust.statements.life import ANCHOR_LIFE_S
from gateway.trust.trusted_city import Role
from gateway.vault import Role as KeyRole
from gateway.vault import Vault


def own_division(settings: Settings) -> CityId | None:
    """Return the division code under which this city issues; None where it only verifies."""
    return None if settings.issuing is None else settings.city.division_code


def own_seal(settings: Settings, vault: Vault) -> RowSeal:
    """Return what partner rows and own statements are checked with."""
    keys = (vault.public(KeyRole.FEDERATION), vault.public(KeyRole.FEDERATION_NEXT))
    return RowSeal(leaf=settings.city.leaf, keys=keys)


def own_published(settings: Settings, vault: Vault, statements: OwnStatements) -> OwnPublished:
    """Return the own statements, each verified.

    Raises:
        UnavailableError: the database cannot be read.
    """
    return load_own(statements, own_seal(settings, vault), own_division(settings))


def own_lives(own: OwnPublished) -> Mapping[Role, Life]:
    """Return from when and until when each served statement counts."""
    return lives_of(own.served)


def lives_of(served: Mapping[Role, Published]) -> Mapping[Role, Life]:
    """Return from when and until when each of these statements counts."""
    return {role: _life(published.token) for role, published in served.items()}


def own_half(settings: Settings, vault: Vault) -> Half:
    """Return this city's half of every safety number."""
    roles = (KeyRole.ANCHOR, KeyRole.ANCHOR_STANDBY)
    return half(entity.anchor_of(settings.city.leaf), (vault.public(role).kid for role in roles))


def _life(token: str) -> Life:
    payload = strict_json.parse(read(token).payload, max_bytes=MAX_STATEMENT_CHARS)
    return Life.read(Members(payload, "own statement"), longest_s=ANCHOR_LIFE_S)
