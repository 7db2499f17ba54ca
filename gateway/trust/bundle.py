"""The trust bundle: what an offline verifier needs of every city, in one signed document.

Built from the keyring alone, so that it says what this city's own tills would be told now.
docs/protocol/documents.md; the shell around it (typ, signer, ``iss``, life) is ``documents``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.ids import CityId, Timestamp
from gateway.jose.errors import MembersError
from gateway.jose.keys import (
    ALGORITHM,
    PublicKey,
    parse_jwk,
    parse_jwk_objects,
    parse_jwk_set,
)
from gateway.jose.members import Members
from gateway.trust import wording
from gateway.trust.errors import BundleError
from gateway.trust.keyring import CodeKey, Issuer, Keyring

MAX_ISSUERS: Final = 1024
MAX_STATUS_LISTS: Final = 16
_MAX_URI_CHARS: Final = 48
_STATUS_LIST: Final = re.compile(
    r"(?:https://[a-z0-9.-]+(?::[0-9]+)?|http://127\.0\.0\.1:[0-9]+)"
    r"(?:/(?!\.\.?/)[A-Za-z0-9._~-]+)*/status/[1-9][0-9]{0,3}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleKey:
    """A code key that verifies while ``not_before <= now < expires_at``."""

    public: PublicKey
    not_before: Timestamp
    expires_at: Timestamp

    def jwk(self) -> dict[str, object]:
        """Return the key as a JWK with its times."""
        times = {"nbf": self.not_before, "exp": self.expires_at}
        return {**_jwk(self.public), **times}


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleIssuer:
    """One city whose codes are recognised.

    Attributes:
        keys: Neither dead, blocked nor held down; may be empty.
        status_lists: Addresses of its lists; no other address in a code of it is asked for.
        checked: When the city's statements were last obtained.
        expires: First moment at which nothing of this city is recognised from here.
        status_keys: Federation keys (K2) that may sign its lists; without any, none counts.
    """

    keys: tuple[BundleKey, ...]
    status_lists: tuple[str, ...]
    checked: Timestamp
    expires: Timestamp
    status_keys: tuple[PublicKey, ...] = ()

    def json(self) -> dict[str, object]:
        """Return the city as JSON members."""
        return {
            "keys": [key.jwk() for key in self.keys],
            "status_lists": list(self.status_lists),
            "status_keys": [_jwk(key) for key in self.status_keys],
            "checked": self.checked,
            "expires": self.expires,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Every city whose codes are recognised, by division code, the own one included."""

    issuers: Mapping[CityId, BundleIssuer] = field(default_factory=dict[CityId, BundleIssuer])

    def payload(self) -> dict[str, object]:
        """Return the members that the document's signer does not add itself."""
        return {"issuers": {city: issuer.json() for city, issuer in sorted(self.issuers.items())}}


def build(keyring: Keyring, status_lists: Mapping[CityId, Sequence[str]], now: Timestamp) -> Bundle:
    """Return the bundle that the keyring stands for at ``now``.

    A city that does not verify now (suspended, disputed, expired, gone) is left out: an offline
    verifier that knows the agreement says ``undetermined`` of its codes.

    Args:
        keyring: In force; nothing may be signed while it says that the clock is doubtful.
        status_lists: Addresses of the checked lists, by city.
        now: The moment for which keys and cities have to count.
    """
    return Bundle(
        issuers={
            city: _issuer(issuer, status_lists.get(city, ()), now)
            for city, issuer in keyring.issuers.items()
            if issuer.verifies(now)
        }
    )


def parse(members: Members) -> Bundle:
    """Return the bundle of a document whose signature and life were checked.

    Raises:
        BundleError: a member that is missing or of another form.
        JoseError: a key that is none.
    """
    issuers = members.inner("issuers")
    if len(issuers.values) > MAX_ISSUERS:
        raise BundleError(f"more than {MAX_ISSUERS} cities")
    if not all(wording.DIVISION.fullmatch(city) for city in issuers.values):
        raise BundleError("a city that is no division code")
    return Bundle(
        issuers={CityId(city): _parse_issuer(issuers.inner(city)) for city in issuers.values}
    )


def _issuer(issuer: Issuer, status_lists: Sequence[str], now: Timestamp) -> BundleIssuer:
    return BundleIssuer(
        keys=tuple(_key(key) for key in issuer.keys if _goes_out(key, now)),
        status_lists=tuple(status_lists),
        checked=issuer.obtained_at,
        expires=issuer.statements_expire_at,
        status_keys=issuer.status_keys,
    )


def _jwk(public: PublicKey) -> dict[str, object]:
    return {**public.jwk(), "use": "sig", "alg": ALGORITHM}


def _goes_out(key: CodeKey, now: Timestamp) -> bool:
    # One whose time is still to come goes along: an offline verifier may need it by then.
    return key.usable_from <= now < key.expires_at


def _key(key: CodeKey) -> BundleKey:
    return BundleKey(public=key.public, not_before=key.not_before, expires_at=key.expires_at)


def _parse_issuer(members: Members) -> BundleIssuer:
    # ``keys`` stands in the city itself, as in a key set.
    jwks = parse_jwk_objects(members.values)
    lists = members.texts(
        "status_lists", _STATUS_LIST, max_items=MAX_STATUS_LISTS, max_chars=_MAX_URI_CHARS
    )
    if len(set(lists)) != len(lists):
        raise MembersError(members.where, "status_lists", "without repetition")
    return BundleIssuer(
        keys=tuple(_parse_key(Members(jwk, "code key")) for jwk in jwks),
        status_lists=lists,
        checked=Timestamp(members.integer("checked")),
        expires=Timestamp(members.integer("expires")),
        status_keys=_parse_status_keys(members),
    )


def _parse_status_keys(members: Members) -> tuple[PublicKey, ...]:
    # Absent in bundles that were made before there was such a member.
    if not members.has("status_keys"):
        return ()
    return parse_jwk_set({"keys": members.values["status_keys"]})


def _parse_key(jwk: Members) -> BundleKey:
    for name in ("use", "alg"):  # their values are checked by parse_jwk
        jwk.text(name)
    not_before, expires_at = jwk.integer("nbf"), jwk.integer("exp")
    if expires_at <= not_before:
        raise BundleError("a key that ends before it begins")
    return BundleKey(
        public=parse_jwk(jwk.values),
        not_before=Timestamp(not_before),
        expires_at=Timestamp(expires_at),
    )
