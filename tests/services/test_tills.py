from collections.abc import Callable, Generator, Mapping
from functools import partial

import pytest

from gateway.errors import GatewayError
from gateway.ids import MerchantId, ScenarioId, Timestamp, VenueId
from gateway.jose import base64url
from gateway.jose.keys import SoftwareSigner, generate
from gateway.services.audit import Acting
from gateway.services.ports import Venue
from gateway.services.till_access import TOKEN_S, TillAccess, acting_merchant
from gateway.services.tills import RegisterTills, TillClient, parse_till_key
from gateway.storage.store import Store
from tests.jose.forge import raw_json, segments
from tests.world import GYM, HOTEL, NOON, PHASE_1, merchant

ACTING = Acting(by="console:tester", at=NOON)
OWNER = MerchantId("m-1")
HALL = VenueId("hall")
US = ("https://credit.wenzhou.example", "https://credit.wenzhou.example/oauth2/token")
KEY = generate()


@pytest.fixture
def store(migrated_url: str) -> Generator[Store]:
    opened = Store.open(migrated_url, ledger_key=bytes(32))
    opened.merchants.add(merchant(), ACTING.note("merchant.added", "m-1"))
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store) -> RegisterTills:
    return RegisterTills(rows=store.tills, directory=store.merchants)


@pytest.fixture
def access(store: Store) -> TillAccess:
    return TillAccess(store.tills, store.merchants)


def signing(desk: RegisterTills) -> TillClient:
    till, secret = desk.add(OWNER, "till", None, None, KEY.public, ACTING)
    assert secret is None
    return till


def signed(till: TillClient, signer: SoftwareSigner = KEY, /, **changes: object) -> str:
    claims = {
        "iss": till.id,
        "sub": till.id,
        "aud": US[1],
        "jti": "one",
        "iat": NOON,
        "exp": NOON + 60,
        **changes,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return ".".join(segments(raw_json({"alg": "ES256"}), raw_json(present), signer))


def refused(use: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as caught:
        use()
    return caught.value.code


def test_a_till_with_a_secret_trades_it_for_a_token(
    desk: RegisterTills, access: TillAccess
) -> None:
    till, secret = desk.add(OWNER, "front desk", None, None, None, ACTING)
    assert secret is not None

    known = access.by_secret(till.id, secret)
    token = access.issue(known, access.scope(known, ""), NOON)
    grant = access.authenticate(token, Timestamp(NOON + TOKEN_S - 1))

    assert (known.method, grant.client, grant.merchant) == (
        "client_secret_basic",
        till.id,
        merchant(),
    )
    assert (grant.scope.scenarios, grant.scope.venue) == (PHASE_1, None)
    assert refused(lambda: access.authenticate(token, Timestamp(NOON + TOKEN_S))) == "unauthorized"


def test_a_secret_opens_its_own_till_only(desk: RegisterTills, access: TillAccess) -> None:
    one, secret = desk.add(OWNER, "one", None, None, None, ACTING)
    other, _ = desk.add(OWNER, "other", None, None, None, ACTING)
    keyed = signing(desk)
    assert secret is not None

    for till, shown in [
        (other.id, secret),
        (one.id, secret[:-1]),
        (one.id, ""),
        ("till-x", secret),
    ]:
        assert refused(partial(access.by_secret, till, shown)) == "unauthorized"
    # A till that signs has no secret, not even the empty one.
    assert refused(lambda: access.by_secret(keyed.id, "")) == "unauthorized"


SCOPES: dict[str, tuple[str, str]] = {
    "nothing is everything": ("", "scenario:lodging.hotel venue:hall"),
    "what it has": ("scenario:lodging.hotel", "scenario:lodging.hotel venue:hall"),
    "a part of what it has": ("scenario:lodging.hotel.a", "scenario:lodging.hotel.a venue:hall"),
    "its venue": ("venue:hall", "scenario:lodging.hotel venue:hall"),
}


@pytest.mark.parametrize("case", SCOPES)
def test_a_token_is_never_wider_than_its_till(
    desk: RegisterTills, access: TillAccess, case: str
) -> None:
    asked, granted = SCOPES[case]
    till, _ = desk.add(OWNER, "till", frozenset({HOTEL}), HALL, None, ACTING)

    assert str(access.scope(till, asked)) == granted


WIDER = {
    "another scenario": "scenario:fitness.gym",
    "a whole of its part": "scenario:lodging",
    "another venue": "venue:east",
    "two venues": "venue:hall venue:east",
    "no scenario": "scenario:",
    "a word of another kind": "openid",
    "a part that is no id": "scenario:lodging.hotel.<script>",
    "a part with a NUL": "scenario:lodging.hotel.\0",
    "over 4,096 characters": "scenario:lodging.hotel " * 200,
}


@pytest.mark.parametrize("case", WIDER)
def test_a_scope_is_refused(desk: RegisterTills, access: TillAccess, case: str) -> None:
    till, _ = desk.add(OWNER, "till", frozenset({HOTEL}), HALL, None, ACTING)

    assert refused(lambda: access.scope(till, WIDER[case])) == "till_scope_refused"


def test_a_till_without_a_venue_may_ask_for_any_of_its_merchant(
    desk: RegisterTills, access: TillAccess
) -> None:
    till, _ = desk.add(OWNER, "till", None, None, None, ACTING)

    assert access.scope(till, "venue:hall").venue == HALL
    assert refused(lambda: access.scope(till, "venue:east")) == "till_scope_refused"


def test_a_suspended_merchants_tills_get_and_use_no_token(
    store: Store, desk: RegisterTills, access: TillAccess
) -> None:
    till, _ = desk.add(OWNER, "till", None, None, None, ACTING)
    token = access.issue(till, access.scope(till, ""), NOON)
    note = ACTING.note("merchant.suspended", "m-1")
    store.merchant_states.set_state(OWNER, "suspended", "closed", note)

    assert refused(lambda: access.scope(till, "")) == "forbidden"
    fresh = TillAccess(store.tills, store.merchants)
    assert refused(lambda: fresh.authenticate(token, NOON)) == "forbidden"


def test_a_removed_till_is_nobodys(store: Store, desk: RegisterTills, access: TillAccess) -> None:
    till, secret = desk.add(OWNER, "till", None, None, None, ACTING)
    scope = access.scope(till, "")
    token = access.issue(till, scope, NOON)

    desk.remove(till.id, ACTING)

    fresh = TillAccess(store.tills, store.merchants)
    assert refused(lambda: fresh.authenticate(token, NOON)) == "unauthorized"
    assert refused(lambda: fresh.by_secret(till.id, secret or "")) == "unauthorized"
    assert refused(lambda: access.issue(till, scope, NOON)) == "unauthorized"
    assert refused(lambda: desk.remove(till.id, ACTING)) == "till_unknown"
    assert refused(lambda: desk.remove("no\0till", ACTING)) == "till_unknown"
    assert refused(lambda: access.authenticate("cct_short", NOON)) == "unauthorized"


@pytest.mark.parametrize("changes", [{}, {"aud": US[0]}, {"aud": [US[1]]}, {"iat": None}])
def test_a_till_with_a_key_signs_an_assertion(
    desk: RegisterTills, access: TillAccess, changes: Mapping[str, object]
) -> None:
    till = signing(desk)

    known = access.by_assertion(signed(till, **changes), US, NOON)

    assert known == till
    assert known.method == "private_key_jwt"


def test_an_assertion_counts_once_for_each_till(desk: RegisterTills, access: TillAccess) -> None:
    till, other = signing(desk), signing(desk)
    access.by_assertion(signed(till), US, NOON)

    again = signed(till, exp=NOON + 61)
    assert refused(lambda: access.by_assertion(again, US, NOON)) == "unauthorized"
    assert access.by_assertion(signed(other), US, NOON) == other


ATTACKS: dict[str, Callable[[TillClient, str], str]] = {
    "another key signed": lambda till, _: signed(till, generate()),
    "another till's name": lambda till, other: signed(till, sub=other, iss=other),
    "issued by somebody else": lambda till, other: signed(till, iss=other),
    "nobody's": lambda till, _: signed(till, sub="till-0000000000000000"),
    "made for another server": lambda till, _: signed(till, aud="https://evil.example"),
    "made for two servers": lambda till, _: signed(till, aud=[US[1], "https://evil.example"]),
    "made for nobody": lambda till, _: signed(till, aud=[]),
    "no audience": lambda till, _: signed(till, aud=None),
    "expired to the second": lambda till, _: signed(till, exp=NOON),
    "without an end": lambda till, _: signed(till, exp=None),
    "not valid yet": lambda till, _: signed(till, nbf=NOON + 61),
    "a beginning that is no number": lambda till, _: signed(till, nbf="x"),
    "living too long": lambda till, _: signed(till, exp=NOON + 361),
    "from the future": lambda till, _: signed(till, iat=NOON + 61),
    "without a name": lambda till, _: signed(till, jti=None),
    "a subject that is a number": lambda till, _: signed(till, sub=1),
    "an end that is a text": lambda till, _: signed(till, exp=str(NOON + 60)),
    "no JWT": lambda _, __: "x",
    "unsigned": lambda till, _: ".".join(
        [
            base64url.encode(raw_json({"alg": "none"})),
            base64url.encode(raw_json({"sub": till.id})),
            "",
        ]
    ),
}


@pytest.mark.parametrize("case", ATTACKS)
def test_an_assertion_is_not_believed(desk: RegisterTills, access: TillAccess, case: str) -> None:
    till = signing(desk)
    other, _ = desk.add(OWNER, "other", None, None, None, ACTING)

    attack = ATTACKS[case](till, other.id)

    assert refused(lambda: access.by_assertion(attack, US, NOON)) == "unauthorized"
    # Nothing was used up.
    assert access.by_assertion(signed(till), US, NOON) == till


REGISTERED: dict[str, tuple[str, str, frozenset[ScenarioId] | None, str | None]] = {
    "nobody's": ("nobody", "till", None, None),
    "no label": ("m-1", "", None, None),
    "a label of two lines": ("m-1", "a\nb", None, None),
    "a label of 41 characters": ("m-1", "x" * 41, None, None),
    "another venue": ("m-1", "till", None, "east"),
    "no scenario at all": ("m-1", "till", frozenset(), None),
    "a part that is no id": ("m-1", "till", frozenset({ScenarioId("lodging.hotel.x y")}), None),
    "another scenario": ("m-1", "till", frozenset({ScenarioId("mobility.bike")}), None),
}


@pytest.mark.parametrize("case", REGISTERED)
def test_a_till_is_registered_only_for_what_there_is(desk: RegisterTills, case: str) -> None:
    owner, label, scenarios, venue = REGISTERED[case]

    code = refused(
        lambda: desk.add(
            MerchantId(owner), label, scenarios, VenueId(venue) if venue else None, None, ACTING
        )
    )

    assert code == "till_refused"
    assert desk.rows.list_of(None) == ()


def test_a_key_may_come_without_its_kid_and_never_with_a_wrong_one() -> None:
    jwk = KEY.public.jwk()
    bare = {name: value for name, value in jwk.items() if name != "kid"}

    assert parse_till_key(jwk) == parse_till_key(bare) == KEY.public
    assert refused(lambda: parse_till_key({**jwk, "kid": "x"})) == "jwk_invalid"
    assert refused(lambda: parse_till_key({"kty": "EC"})) == "json_members"
    assert refused(lambda: parse_till_key({**bare, "d": "x"})) == "jwk_invalid"


def test_a_bound_till_acts_for_its_scenarios_and_venue_alone() -> None:
    east = Venue(id=VenueId("east"), name="E", scenarios=None)
    whole = merchant(venues=(*merchant().venues, east))

    bound = acting_merchant(whole, frozenset({GYM}), VenueId("east"))

    assert (bound.scenarios, bound.venues, bound.id) == (frozenset({GYM}), (east,), "m-1")
    assert acting_merchant(whole, None, None) == whole
