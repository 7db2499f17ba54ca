"""``credit-gateway devices``: the phones and tablets that verify in merchants' browsers."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.session import Session, pass_session
from gateway.ids import MerchantId, VenueId

if TYPE_CHECKING:
    from gateway.services.devices import Device, EnrolDevices


@click.group(cls=CommandGroup)
def devices() -> None:
    """Merchants' phones and tablets: enrol, list, revoke (核验设备)."""


@devices.command()
@click.argument("merchant_id", metavar="MERCHANT")
@click.option("--venue", help="The only venue that it verifies for.")
@click.option("--label", default="phone", show_default=True, help="What the office calls it.")
@click.option("--owner", is_flag=True, help="The owner's: enrols others, pauses offers.")
@pass_session
def link(
    session: Session, merchant_id: str, venue: str | None, label: str, *, owner: bool
) -> Answer:
    """Print a one-time link for one more device.

    The phone that opens it first becomes the merchant's. Good for ten minutes.
    Opening the page spends nothing, its button does.

    Example:
      credit-gateway devices link river-hotel --label "front desk"
    """
    with _desk(session) as (desk, leaf):
        secret, made = desk.link(
            MerchantId(merchant_id),
            None if venue is None else VenueId(venue),
            label,
            session.acting(),
            owner=owner,
        )
    address = f"{leaf}/merchant/enrol#{secret}"
    return Answer(
        data={"link": address, "expires_at": made.expires_at},
        screen=layout.page(
            layout.title(f"A link for one device, until {layout.moment(made.expires_at)}"),
            layout.indented(layout.title(address, "bold cyan")),
            layout.title(_symbol(address), ""),
            layout.title("It is shown once and stored nowhere.", "yellow"),
        ),
    )


@devices.command("list")
@click.option("--merchant", help="Of this merchant only.")
@pass_session
def list_all(session: Session, merchant: str | None) -> Answer:
    """Show every enrolled device.

    Example:
      credit-gateway devices list --merchant river-hotel
    """
    with _desk(session) as (desk, _):
        found = desk.rows.list_of(None if merchant is None else MerchantId(merchant))
    rows = (
        (
            each.id,
            each.merchant,
            "owner" if each.owner else each.venue or "",
            each.label,
            layout.moment(each.expires_at),
        )
        for each in found
    )
    return Answer(
        data={"devices": [_json(each) for each in found]},
        screen=layout.table(("id", "merchant", "for", "label", "until"), rows)
        if found
        else layout.title("No device is enrolled: credit-gateway devices link --help", ""),
    )


@devices.command()
@click.argument("device_id", metavar="ID")
@pass_session
def revoke(session: Session, device_id: str) -> Answer:
    """End a device; it must be enrolled again to verify.

    Example:
      credit-gateway devices revoke 0f3a5c7e9b1d
    """
    with _desk(session) as (desk, _):
        desk.revoke(device_id, session.acting())
    said = "The device no longer verifies. Holds in every worker within 5 seconds."
    return Answer(data={"revoked": device_id}, screen=layout.title(said))


@devices.command("clear-pin")
@click.argument("device_id", metavar="ID")
@pass_session
def clear_pin(session: Session, device_id: str) -> Answer:
    """Take away the PIN of a device, which somebody forgot.

    Example:
      credit-gateway devices clear-pin 0f3a5c7e9b1d
    """
    from gateway.services.device_pins import DevicePins  # noqa: PLC0415  (--help must not wait)

    with _desk(session) as (desk, _):
        DevicePins(rows=desk.rows).clear(device_id, session.acting())
    return Answer(data={"cleared": device_id}, screen=layout.title("Its settings are open."))


@contextmanager
def _desk(session: Session) -> "Generator[tuple[EnrolDevices, str]]":
    with session.city() as city:
        yield city.device_desk, city.leaf


def _symbol(address: str) -> str:
    from qrcode.main import QRCode  # noqa: PLC0415  (--help must not wait)

    drawing, out = QRCode[Any](border=2), io.StringIO()
    drawing.add_data(address)
    drawing.print_ascii(out=out, invert=True)
    return out.getvalue()


def _json(device: "Device") -> dict[str, object]:
    return {
        "id": device.id,
        "merchant": device.merchant,
        "venue": device.venue,
        "label": device.label,
        "enrolled_at": device.enrolled_at,
        "expires_at": device.expires_at,
        "owner": device.owner,
        "has_pin": device.pin_hash is not None,
    }
