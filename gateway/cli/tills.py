"""``credit-gateway tills``: merchants' machines that ask the API with OAuth 2.0."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId, ScenarioId, VenueId

if TYPE_CHECKING:
    from gateway.jose.keys import PublicKey
    from gateway.services.tills import RegisterTills, TillClient

SHOWN_ONCE = "The secret is shown once and stored nowhere: hand it over now."


@click.group(cls=CommandGroup)
def tills() -> None:
    """Merchants' tills that sign in by themselves: add, list, remove (收银系统)."""


@tills.command()
@click.argument("merchant_id", metavar="MERCHANT")
@click.option("--label", default="till", show_default=True, help="What the office calls it.")
@click.option("--scenarios", metavar="ID[,ID...]", help="The only ones it may name.")
@click.option("--venue", help="The only venue it may name.")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its public key as a JWK (P-256); then it signs and has no secret.",
)
@pass_session
def add(  # noqa: PLR0913, PLR0917  one parameter an option
    session: Session,
    merchant_id: str,
    label: str,
    scenarios: str | None,
    venue: str | None,
    public_key: Path | None,
) -> Answer:
    """Register a till and print what it needs, once.

    Examples:
      credit-gateway tills add river-hotel --label "front desk"
      credit-gateway tills add river-hotel --public-key till.jwk.json
    """
    with _desk(session) as (desk, leaf):
        client, secret = desk.add(
            MerchantId(merchant_id),
            label,
            None if scenarios is None else _scenarios(scenarios),
            None if venue is None else VenueId(venue),
            None if public_key is None else _key(public_key),
            session.acting(),
        )
    endpoint = f"{leaf}/oauth2/token"
    rows: list[tuple[str, layout.Cell]] = [
        ("token endpoint", endpoint),
        ("client id", client.id),
        ("method", client.method),
    ]
    shown = [] if secret is None else [("secret", layout.title(secret, "bold cyan"))]
    return Answer(
        data={"till": _json(client), "secret": secret, "token_endpoint": endpoint},
        screen=layout.page(
            layout.title(f"{client.label} may ask for tokens.", "bold green"),
            layout.indented(layout.facts([*rows, *shown])),
            layout.title(SHOWN_ONCE if secret else "It signs with its own key.", "yellow"),
        ),
    )


@tills.command("list")
@click.option("--merchant", help="Of this merchant only.")
@pass_session
def list_all(session: Session, merchant: str | None) -> Answer:
    """Show every registered till.

    Example:
      credit-gateway tills list --merchant river-hotel
    """
    with _desk(session) as (desk, _):
        found = desk.rows.list_of(None if merchant is None else MerchantId(merchant))
    rows = (
        (each.id, each.merchant, each.venue or "", each.label, layout.moment(each.created_at))
        for each in found
    )
    return Answer(
        data={"tills": [_json(each) for each in found]},
        screen=layout.table(("id", "merchant", "venue", "label", "since"), rows)
        if found
        else layout.title("No till is registered: credit-gateway tills add --help", ""),
    )


@tills.command()
@click.argument("till_id", metavar="ID")
@pass_session
def remove(session: Session, till_id: str) -> Answer:
    """End a till and its tokens.

    Example:
      credit-gateway tills remove till-0f3a5c7e9b1d2c4a
    """
    with _desk(session) as (desk, _):
        desk.remove(till_id, session.acting())
    said = "The till no longer verifies. Holds in every worker within 5 seconds."
    return Answer(data={"removed": till_id}, screen=layout.title(said))


@contextmanager
def _desk(session: Session) -> "Generator[tuple[RegisterTills, str]]":
    with session.city() as city:
        yield city.till_desk, city.leaf


def _scenarios(text: str) -> frozenset[ScenarioId]:
    return frozenset(ScenarioId(word.strip()) for word in text.split(",") if word.strip())


def _key(path: Path) -> "PublicKey":
    from gateway.errors import JoseError  # noqa: PLC0415  (--help must not wait)
    from gateway.jose import strict_json  # noqa: PLC0415  as above
    from gateway.services.tills import MAX_KEY_BYTES, parse_till_key  # noqa: PLC0415  as above

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_KEY_BYTES + 1)
        return parse_till_key(strict_json.parse(raw, max_bytes=MAX_KEY_BYTES))
    except JoseError as error:
        raise click.BadParameter(
            "not a public JWK with kty EC, crv P-256, x and y", param_hint="--public-key"
        ) from error


def _json(till: "TillClient") -> dict[str, object]:
    return {
        "id": till.id,
        "merchant": till.merchant,
        "label": till.label,
        "method": till.method,
        "scenarios": None if till.scenarios is None else sorted(till.scenarios),
        "venue": till.venue,
        "created_at": till.created_at,
    }
