"""``credit-gateway anchor``: on the offline machine, with only files going in and out."""

from pathlib import Path
from typing import Final

import click

from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup, wants_json
from gateway.cli.output_files import check_free, read_bounded, write_new
from gateway.cli.session import Session, pass_session

PASSPHRASE: Final = click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Opens these keys, and nothing else; mode 0600.",
)
DIRECTORY: Final = click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=CommandGroup)
def anchor() -> None:
    """Make and use the anchor's keys, on an offline machine (根密钥)."""


@anchor.command("init")
@DIRECTORY
@click.option("--leaf", required=True, metavar="URL", help="The city's entity, as agreed.")
@click.option("--out", required=True, type=FILE, help="Public file for `init --anchors`.")
@PASSPHRASE
@click.option("--new-passphrase", is_flag=True, help="Make the passphrase file as well.")
@pass_session
def init_anchor(  # noqa: PLR0913 (a command has these options)
    session: Session,
    directory: Path,
    leaf: str,
    out: Path,
    passphrase_file: Path,
    *,
    new_passphrase: bool,
) -> Answer:
    """Make K1 and K1s in DIRECTORY, where no network is.

    The public file goes to the gateway; everything else stays. Copy DIRECTORY to the second
    medium, and take anchor-standby-*.pem off the first and anchor-<kid>.pem off the second.

    Example:
      credit-gateway anchor init k1 --leaf https://credit.city.example ...
    """
    from gateway.app.anchor_room import AnchorRoom  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import anchor_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.init import make_passphrase  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.entity import parse_entity_id  # noqa: PLC0415  (--help must not wait)
    from gateway.vault import passphrase  # noqa: PLC0415  (--help must not wait)

    found = parse_entity_id(leaf, allow_loopback=True)
    check_free(out)
    if new_passphrase:
        make_passphrase(passphrase_file)
    room = AnchorRoom.make(directory, passphrase.read_file(passphrase_file), session.now())
    write_new(out, room.public_file(found))
    return say.made(room, found, out)


@anchor.command()
@DIRECTORY
@click.argument("request", type=FILE)
@click.argument("out", type=FILE)
@PASSPHRASE
@click.option("--rotate", is_flag=True, help="K1s takes over, and a new standby is made.")
@click.option("--suspend", is_flag=True, help="The kill switch: partners refuse all codes.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts and drills.")
@pass_session
def sign(  # noqa: PLR0913 (a command has these options)
    session: Session,
    directory: Path,
    request: Path,
    out: Path,
    passphrase_file: Path,
    *,
    rotate: bool,
    suspend: bool,
    yes: bool,
) -> Answer:
    """Sign what a gateway asks for in REQUEST, into the file OUT.

    What will be signed is shown first. Compare the key ids with the gateway's screen, then
    say yes. OUT goes back to the gateway: `federation import`.

    Examples:
      credit-gateway anchor sign k1 request.json answer.json ...
      credit-gateway anchor sign k1s request.json answer.json --rotate ...
    """
    from gateway.app.anchor_room import AnchorRoom  # noqa: PLC0415  (--help must not wait)
    from gateway.cli import anchor_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.trust.anchor_files import MAX_FILE_BYTES, AnchorRequest  # noqa: PLC0415  (--help must not wait)
    from gateway.vault import passphrase  # noqa: PLC0415  (--help must not wait)

    asked = AnchorRequest.parse(read_bounded(request, MAX_FILE_BYTES))
    room = AnchorRoom.open(directory, passphrase.read_file(passphrase_file))
    memory = room.check(asked, session.now())
    if not yes:
        say.explain(asked, memory, rotate=rotate, suspend=suspend)
        if wants_json():
            raise click.UsageError("With --json say --yes: nobody can be asked.")
        click.confirm("Sign this?", abort=True, err=True)
    check_free(out)
    if rotate:
        room = room.rotate(asked, session.now())
    answer = room.sign(asked, session.now(), suspend=suspend)
    write_new(out, answer.encode())
    return say.signed(room, asked, answer, out)


@anchor.command()
@DIRECTORY
@PASSPHRASE
@click.option("--new-passphrase", is_flag=True, help="Make the passphrase file as well.")
@pass_session
def take(
    session: Session, directory: Path, passphrase_file: Path, *, new_passphrase: bool
) -> Answer:
    """Take K1 and K1s out of this gateway's keys, into DIRECTORY.

    For a city that was made with all keys in one place. DIRECTORY gets a passphrase and a
    root secret of its own; carry it to the offline machine, and keep no copy here.

    Example:
      credit-gateway anchor take /media/safe/k1 ...
    """
    from gateway.cli import anchor_answers as say  # noqa: PLC0415  (--help must not wait)
    from gateway.cli.init import make_passphrase  # noqa: PLC0415  (--help must not wait)
    from gateway.vault import passphrase  # noqa: PLC0415  (--help must not wait)

    with session.city() as city:
        if new_passphrase:
            make_passphrase(passphrase_file)
        secret = passphrase.read_file(passphrase_file)
        city.vault.move_anchors(directory, secret, session.now())
        note = session.acting().note("keys.anchor_moved", city.keys.anchors()[0].kid)
        city.store.ledger.append(note)
        return say.taken(city.keys.anchors(), directory)
