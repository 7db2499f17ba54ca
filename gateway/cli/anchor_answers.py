"""What is said at the anchor's ceremony, on both machines."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gateway.app.anchor_room import AnchorRoom
from gateway.cli import layout
from gateway.cli.answer import Answer, show_screen
from gateway.cli.key_answers import groups
from gateway.ids import EntityId
from gateway.jose.keys import PublicKey
from gateway.trust.anchor_files import AnchorAnswer, AnchorRequest
from gateway.trust.anchor_signing import Memory


def made(room: AnchorRoom, leaf: EntityId, out: Path) -> Answer:
    """Say that an anchor is made."""
    return Answer(
        data={"leaf": leaf, "file": str(out), **_kids(room.anchors())},
        screen=layout.page(
            layout.title(f"K1 and K1s of {leaf} are made.", "bold green"),
            layout.indented(_anchors(room.anchors())),
            layout.section(
                "Next",
                layout.steps(
                    [
                        f"carry {out} to the gateway: init --production --anchors FILE",
                        "there: federation request FILE; here: anchor sign",
                        "put K1 and K1s on two media, in two safes (docs/keys.md)",
                    ]
                ),
            ),
        ),
    )


def taken(anchors: Sequence[PublicKey], directory: Path) -> Answer:
    """Say that the anchor keys are no longer on this gateway."""
    return Answer(
        data={"directory": str(directory), **_kids(anchors)},
        screen=layout.page(
            layout.title(f"K1 and K1s are in {directory}, and no longer here.", "bold green"),
            layout.indented(_anchors(anchors)),
            layout.section(
                "Next", layout.steps(["carry it to the offline machine, and destroy old backups"])
            ),
        ),
    )


def requested(request: AnchorRequest, file: Path) -> Answer:
    """Say what the anchor is asked for; the same words as ``explain``."""
    return Answer(
        data={
            "file": str(file),
            "leaf": request.leaf,
            "federation": [key.kid for key in request.federation],
            "signer": request.signer,
            "suspend": request.suspend,
        },
        screen=layout.page(
            layout.title(f"What the anchor is to sign is in {file}.", "bold green"),
            layout.indented(_asked(request)),
            layout.section(
                "Next, on the offline machine, comparing these key ids",
                layout.steps(["anchor sign DIR REQUEST OUT", "here: federation import OUT"]),
            ),
        ),
    )


def explain(request: AnchorRequest, memory: Memory | None, *, rotate: bool, suspend: bool) -> None:
    """Show what will be signed, before anybody is asked."""
    known = memory is not None and request.signer in memory.named
    said = "a key that was named here before" if known else "a key that was NOT named here before"
    notes = [f"The request is signed by {said}: compare the ids with the gateway's screen."]
    if rotate:
        notes.append("K1s takes over. Partners suspend K1 at once, and their officers decide.")
    if suspend or request.suspend:
        notes.append("KILL SWITCH: partners stop recognising this city's codes.")
    show_screen(
        layout.page(
            layout.title("To be signed for 90 days"),
            layout.indented(_asked(request)),
            layout.section("Look at this", layout.steps(notes)),
        )
    )


def signed(room: AnchorRoom, request: AnchorRequest, answer: AnchorAnswer, out: Path) -> Answer:
    """Say what was signed."""
    return Answer(
        data={
            "file": str(out),
            "leaf": answer.leaf,
            "federation": [key.kid for key in request.federation],
            **_kids(room.anchors()),
        },
        screen=layout.page(
            layout.title(f"Signed: {out}.", "bold green"),
            layout.indented(_anchors(room.anchors())),
            layout.section("Next, on the gateway", layout.steps(["federation import FILE"])),
        ),
    )


def imported(
    anchors: Sequence[PublicKey], named: Iterable[str], problems: Sequence[str], *, suspended: bool
) -> Answer:
    """Say what the anchor said, and that it is in force."""
    rows = [("named", groups(kid)) for kid in sorted(named)]
    owed = f"! Not all that follows from it is done: {', '.join(problems)}. The worker tries again."
    killed = "! The kill switch is on: partners do not recognise this city's codes."
    return Answer(
        data={
            **_kids(anchors),
            "federation": sorted(named),
            "suspended": suspended,
            "owed": list(problems),
        },
        screen=layout.page(
            layout.title("The anchor's statements are in force.", "bold green"),
            layout.indented(_anchors(anchors)),
            layout.indented(layout.facts(rows)),
            layout.title(killed, "yellow") if suspended else None,
            layout.title(owed, "yellow") if problems else None,
        ),
        exit_code=1 if problems else 0,
    )


def _kids(anchors: Sequence[PublicKey]) -> dict[str, object]:
    return {"anchor": anchors[0].kid, "standby": anchors[1].kid}


def _anchors(anchors: Sequence[PublicKey]) -> layout.Part:
    return layout.facts([("K1", groups(anchors[0].kid)), ("K1s", groups(anchors[1].kid))])


def _asked(request: AnchorRequest) -> layout.Part:
    names = ("K2", "K2next")
    rows: list[tuple[str, layout.Cell]] = [
        ("leaf", request.leaf),
        ("asked at", layout.moment(request.made_at)),
        *(
            (names[place] if place < len(names) else "K2", groups(key.kid))
            for place, key in enumerate(request.federation)
        ),
        ("asked by", groups(request.signer)),
        ("issuing", "SUSPENDED" if request.suspend else "allowed"),
    ]
    return layout.facts(rows)
