"""What signs this city's own statements, out of its settings, keys and database."""

from collections.abc import Iterable

from gateway.app.profile import profile
from gateway.ids import EntityId, KeyId
from gateway.services.own_keys import OwnKeys
from gateway.services.publish import PublishAnchor, PublishLeaf
from gateway.settings import Settings
from gateway.storage.store import Store
from gateway.trust.statements import LeafConfiguration, read
from gateway.vault.roles import Role
from gateway.vault.vault import Vault


def anchor_publisher(settings: Settings, vault: Vault, store: Store) -> PublishAnchor:
    """Return what signs with K1.

    Raises:
        KeyOfflineError: K1 is not on this machine, as it should be.
    """
    return PublishAnchor(
        profile=profile(settings),
        statements=store.own_statements,
        active=vault.signer(Role.ANCHOR),
        standby=vault.public(Role.ANCHOR_STANDBY),
        federation=(vault.public(Role.FEDERATION), vault.public(Role.FEDERATION_NEXT)),
    )


def leaf_publisher(settings: Settings, keys: OwnKeys, store: Store) -> PublishLeaf:
    """Return what signs with K2."""
    return PublishLeaf(profile=profile(settings), statements=store.own_statements, keys=keys)


def named_codes(token: str, leaf: EntityId) -> Iterable[KeyId]:
    """Return the ids of the code keys in a leaf configuration of our own making."""
    statement = LeafConfiguration.parse(read(token).payload, leaf)
    return (key.public.kid for key in statement.code_keys)
