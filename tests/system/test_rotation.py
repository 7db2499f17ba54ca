"""Keys change while processes issue and verify: nothing is restarted, and no code is refused."""

from gateway.codes import wire
from gateway.ids import Tier
from gateway.jose import base64url
from gateway.services.audit import Acting
from gateway.vault import Role
from tests.system.tills import Till, until
from tests.system.towns import Pair


def test_codes_are_issued_and_recognised_without_a_gap_while_keys_change(pair: Pair) -> None:
    city, outcomes = pair.home_city, list[str]()
    acting = Acting(by="console:tester", at=city.clock.now())

    with (
        Till(pair.servers["jinhua"].url, pair.home_tokens.citizens[Tier(2)]) as phone,
        Till(pair.servers["wenzhou"].url, pair.hotel_token) as till,
    ):

        def shown() -> str:
            """Return which key signed a code that was issued and shown just now."""
            code = str(phone.post({"kind": "general"}, "/api/v1/codes").members["code"])
            outcomes.append(till.show(code).outcome)
            return base64url.encode(wire.unwrap(code)[0])

        before = shown()
        city.key_desk.rotate_codes(acting, emergency=True)
        assert city.key_desk.settle(acting.at) == ()
        following = city.vault.public(Role.CODES).kid
        until(lambda: shown() != before, within_s=60, every_s=0.05)
        after = shown()
        city.key_desk.rotate_federation(acting)
        assert city.key_desk.settle(city.clock.now()) == ()
        pair.away_city.federation.sync(pair.now())
        last = shown()

    assert (after, last) == (following[:8], following[:8])
    assert set(outcomes) == {"recognised"}
    assert pair.away_city.book.all(pair.now()).tampered == ()
