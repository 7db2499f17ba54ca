"""The payload's one spelling: an anchored pattern per kind *is* the parser.

Fixed order, no white space, no escapes: duplicates, NaN, depth and number forms cannot
arise, and a payload that fits equals its own re-serialisation.
"""

import re
import unicodedata

from gateway.codes.claims import CreditClaims, StatusReference
from gateway.codes.errors import NotACodeError
from gateway.ids import CityId, CodeId, ScenarioId, Tier, Timestamp

MAX_PAYLOAD_BYTES = 1024
MAX_INTEGER = 2**53 - 1
MAX_URI_CHARS = 48
MAX_SCENARIO_CHARS = 32

SCENARIO = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
"""An application scenario id; at most 32 characters."""

_POLICY = r"[A-Za-z0-9._-]{1,12}"
_INTEGER = r"0|[1-9][0-9]{0,15}"
_COMMON = (
    r'\{"iss":"(?P<iss>[0-9]{6})",'
    rf'"iat":(?P<iat>{_INTEGER}),"exp":(?P<exp>{_INTEGER}),'
    r'"jti":"(?P<jti>[A-Za-z0-9_-]{16})",'
)
_GENERAL = re.compile(_COMMON + r'"tier":(?P<tier>[123])\}')
_SCENARIO = re.compile(
    _COMMON
    + rf'"aud":"(?P<aud>[0-9]{{6}})","scn":"(?P<scn>{SCENARIO})","pol":"(?P<pol>{_POLICY})"'
    + r'(?:,"nul":"(?P<nul>[A-Za-z0-9_-]{21}[AQgw])")?'
    + r'(?:(?:,"nm":"(?P<nm>[^\x00-\x20\x7f-\x9f"*\\]{1,4}\*)")?'
    + rf',"status":\{{"status_list":\{{"idx":(?P<idx>{_INTEGER}),'
    + r'"uri":"(?P<uri>[!#-\[\]-~]+/status/[1-9][0-9]{0,3})"\}\})?\}'
)


def parse(payload: bytes) -> CreditClaims:
    """Return the claims that ``payload`` spells; nobody has vouched for them yet.

    Raises:
        NotACodeError: it does not fit the pattern of any kind.
    """
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotACodeError("the payload is not UTF-8") from error
    if (found := _GENERAL.fullmatch(text)) is not None:
        issuer, issued, expires, code_id, tier = found.groups()
        return CreditClaims(
            issuer=CityId(issuer),
            issued_at=Timestamp(_integer(issued)),
            expires_at=Timestamp(_integer(expires)),
            code_id=CodeId(code_id),
            tier=Tier(int(tier)),
        )
    if (found := _SCENARIO.fullmatch(text)) is not None:
        return _scenario_claims(found.groupdict())
    raise NotACodeError("the payload fits no kind of code")


def serialise(claims: CreditClaims) -> bytes:
    """Return the one spelling of ``claims``.

    Their forms are not checked: ``parse`` gives the same claims back exactly if all are good.

    Raises:
        NotACodeError: a text that UTF-8 cannot spell.
    """
    try:
        return _text(claims).encode()
    except UnicodeEncodeError as error:
        raise NotACodeError("a claim that UTF-8 cannot spell") from error


def spell(claims: CreditClaims) -> bytes:
    """Return the one spelling of ``claims``, which gives them back exactly.

    Raises:
        NotACodeError: a claim breaks the grammar, or smuggles another one in.
    """
    payload = serialise(claims)
    if parse(payload) != claims:
        raise NotACodeError("the claims do not read back as they were written")
    return payload


def _text(claims: CreditClaims) -> str:
    common = (
        f'{{"iss":"{claims.issuer}","iat":{claims.issued_at},"exp":{claims.expires_at},'
        f'"jti":"{claims.code_id}",'
    )
    if claims.tier is not None:
        return f'{common}"tier":{claims.tier}}}'
    scenario = (
        f'"aud":"{claims.destination}","scn":"{claims.scenario}","pol":"{claims.policy_version}"'
    )
    ticket = f',"nul":"{claims.ticket}"' if claims.ticket else ""
    name = f',"nm":"{claims.masked_name}"' if claims.masked_name else ""
    status = (
        f',"status":{{"status_list":{{"idx":{claims.status.index},"uri":"{claims.status.uri}"}}}}'
        if claims.status
        else ""
    )
    return f"{common}{scenario}{ticket}{name}{status}}}"


def _scenario_claims(claim: dict[str, str]) -> CreditClaims:
    _check_scenario(claim["scn"], claim["nul"], claim["nm"], claim["uri"])
    uri = claim["uri"]
    return CreditClaims(
        issuer=CityId(claim["iss"]),
        issued_at=Timestamp(_integer(claim["iat"])),
        expires_at=Timestamp(_integer(claim["exp"])),
        code_id=CodeId(claim["jti"]),
        destination=CityId(claim["aud"]),
        scenario=ScenarioId(claim["scn"]),
        policy_version=claim["pol"],
        ticket=claim["nul"],
        masked_name=claim["nm"],
        status=StatusReference(index=_integer(claim["idx"]), uri=uri) if uri else None,
    )


def _check_scenario(scenario: str, ticket: str | None, name: str | None, uri: str | None) -> None:
    if len(scenario) > MAX_SCENARIO_CHARS:
        raise NotACodeError("a scenario id that is too long")
    if uri is not None and (ticket is not None or len(uri) > MAX_URI_CHARS):
        raise NotACodeError("a status with a ticket, or with too long an address")
    if name is not None and not unicodedata.is_normalized("NFC", name):
        raise NotACodeError("a masked name that is not NFC")


def _integer(digits: str) -> int:
    number = int(digits)
    if number > MAX_INTEGER:
        raise NotACodeError("an integer above 2^53 - 1")
    return number
