"""``credit-gateway codes``: look into a code, draw it, make codes to try out a till."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import CommandGroup
from gateway.cli.output_files import write_new
from gateway.cli.session import Session, pass_session
from gateway.ids import ScenarioId, Timestamp, UnverifiedText

if TYPE_CHECKING:
    from gateway.codes.wire import UnverifiedCode


MAX_CHARS = 4096
"""As every verifier: nobody looks at a longer text."""

NOT_BELIEVED = "Read, not verified: anybody can write such a text."


@click.group(cls=CommandGroup)
def codes() -> None:
    """Look into a credit code, draw it, and make test codes (信用码)."""


@codes.command()
@click.argument("text", default="-")
def inspect(text: str) -> Answer:
    """Decode a code without believing it: claims, sizes, QR version.

    TEXT is a CC1: text or a plain JWS; without it, or with -, it is read from stdin, so that
    no code stays in the history of your shell.

    Examples:
      credit-gateway codes inspect < code.txt
      xclip -o | credit-gateway codes inspect --json
    """
    from gateway.codes import qr  # noqa: PLC0415  (--help must not wait)

    given = _given(text)
    code, wire_form = _read(given)
    claims = _claims(code)
    sizes: dict[str, object] = {
        "form": "CC1" if wire_form else "JWS",
        "characters": len(given.strip()),
        "payload_bytes": len(code.payload),
        "hint": code.hint,
    }
    if wire_form and len(given.strip()) <= qr.MAX_CHARS:
        version = qr.version(given.strip())
        sizes |= {"qr_version": version, "qr_modules": 17 + 4 * version}
    shown = [(name, _shown(name, value)) for name, value in claims.items()]
    said = [(name.replace("_", " "), str(value)) for name, value in sizes.items()]
    return Answer(
        data={"verified": False, "kind": code.claims.kind.value, "claims": claims, **sizes},
        screen=layout.page(
            layout.title(f"A {code.claims.kind.value} code. {NOT_BELIEVED}", "bold yellow"),
            layout.section("Claims", layout.facts(shown)),
            layout.section("Form", layout.facts(said)),
        ),
    )


@codes.command()
@click.argument("text", default="-")
@click.option(
    "--svg", type=click.Path(dir_okay=False, path_type=Path), help="Write an SVG file instead."
)
@click.option(
    "--png", type=click.Path(dir_okay=False, path_type=Path), help="Write a PNG file instead."
)
def draw(text: str, svg: Path | None, png: Path | None) -> Answer:
    """Draw a code as a QR symbol: here in the terminal, or into a file.

    TEXT is a CC1: text; without it, or with -, it is read from stdin. Files are made with
    mode 0600: who has the picture has the code.

    Examples:
      credit-gateway codes draw < code.txt
      credit-gateway codes draw --png code.png < code.txt
    """
    from gateway.codes import qr, wire  # noqa: PLC0415  (--help must not wait)

    given = _given(text).strip()
    wire.read(UnverifiedText(given))
    version = qr.version(given)
    data: dict[str, object] = {"qr_version": version, "qr_modules": 17 + 4 * version}
    if svg:
        write_new(svg, qr.svg(given).encode("utf-8"), mode=0o600)
    if png:
        write_new(png, qr.png(given), mode=0o600)
    if written := [str(path) for path in (svg, png) if path]:
        screen = layout.title(f"QR version {version} in {', '.join(written)}.")
        return Answer(data=data | {"files": written}, screen=screen)
    drawing = qr.terminal(given)
    return Answer(data=data | {"drawing": drawing}, screen=drawing)


@codes.command("test")
@click.option("--scenario", help="What your till will ask for; else the first with an offer.")
@pass_session
def make_test_codes(session: Session, scenario: str | None) -> Answer:
    """Print one code of the test issuer for each outcome; a demo only.

    They are drawn to be scanned, and with --json printed as texts. The codes are real ones,
    signed by 000000, which this city alone knows and no production city does. Show them here,
    asking for the scenario that is named. The one that is recognised is good once, for an hour;
    the others use nothing up.

    Examples:
      credit-gateway codes test
      credit-gateway codes test --scenario lodging.hotel --json
    """
    from gateway.app.sample_codes import samples_of  # noqa: PLC0415  (--help must not wait)
    from gateway.codes import qr  # noqa: PLC0415  (--help must not wait)
    from gateway.services.sample_codes import CODE_S  # noqa: PLC0415  (--help must not wait)

    now = session.now()
    with session.city() as city:
        samples = samples_of(city, None if scenario is None else ScenarioId(scenario), now)
    made = {outcome.value: text for outcome, text in samples.make(now).items()}
    until = Timestamp(now + CODE_S)
    return Answer(
        data={"scenario": samples.scenario, "expires_at": until, "codes": made},
        screen=layout.page(
            layout.title(f"Test codes for {samples.scenario}, until {layout.moment(until)}"),
            *(layout.section(outcome, Text(qr.terminal(text))) for outcome, text in made.items()),
            layout.title("To scan from here; --json prints their texts.", "dim"),
        ),
    )


def _given(text: str) -> UnverifiedText:
    return UnverifiedText(sys.stdin.read(MAX_CHARS + 1) if text == "-" else text)


def _read(text: UnverifiedText) -> tuple["UnverifiedCode", bool]:
    """Return the code, and whether it came in the wire form."""
    from gateway.codes import wire  # noqa: PLC0415  (--help must not wait)

    stripped = UnverifiedText(text.strip(" \t\r\n"))
    if stripped.startswith("ey"):
        return wire.read_jws(stripped), False
    return wire.read(text), True


def _claims(code: "UnverifiedCode") -> dict[str, object]:
    """Return the claims under their names on the wire, those that are there."""
    claims = code.claims
    status = claims.status and {"idx": claims.status.index, "uri": claims.status.uri}
    members: dict[str, object] = {
        "iss": claims.issuer,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": claims.code_id,
        "tier": claims.tier,
        "aud": claims.destination,
        "scn": claims.scenario,
        "pol": claims.policy_version,
        "nul": claims.ticket,
        "nm": claims.masked_name,
        "status": status,
    }
    return {name: value for name, value in members.items() if value is not None}


def _shown(name: str, value: object) -> str:
    if name in {"iat", "exp"} and isinstance(value, int):
        return f"{value}  {layout.moment(Timestamp(value))}"
    return str(value)
