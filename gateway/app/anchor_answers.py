"""Answers of the anchor that wait for a second person, kept in files by their digest."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.ids import Timestamp
from gateway.services.anchor_desk import AnchorDesk, CheckedAnswer
from gateway.services.audit import Acting
from gateway.services.proposal_ports import Proposal, ProposalRefusedError
from gateway.trust.anchor_files import MAX_FILE_BYTES, AnchorAnswer
from gateway.vault import files

IMPORT_ANCHOR: Final = "federation.import_anchor"
FOLDER: Final = "anchor-answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnchor:
    """Take an answer in which another anchor key stands; target is the digest of its file.

    Attributes:
        folder: Where the files wait; nothing in them is secret or believed.
    """

    desk: AnchorDesk
    folder: Path
    clock_doubtful: Callable[[], bool]

    def keep(self, raw: bytes) -> str:
        """Keep a file until it is decided on; return its digest."""
        self.folder.mkdir(mode=files.PRIVATE_DIRECTORY, exist_ok=True)
        digest = hashlib.sha256(raw).hexdigest()
        files.replace(self.folder / f"{digest}.json", raw)
        return digest

    def check(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> None:
        """Return if it is there, would be believed, and says what the proposal says."""
        found = self._checked(target, now)
        if dict(facts) != facts_of(found):
            raise ProposalRefusedError("it names other keys than were proposed")

    def is_done(self, target: str, facts: Mapping[str, str | int], now: Timestamp) -> bool:
        """Return whether these anchor keys are in force."""
        del target, now
        kids = {key.kid for key in self.desk.keys.anchors()}
        return kids == {facts.get("anchor"), facts.get("standby")}

    def perform(self, proposal: Proposal, acting: Acting) -> None:
        """Take it, and draw the consequences."""
        self.check(proposal.target, proposal.facts, acting.at)
        self.desk.take(self._checked(proposal.target, acting.at), acting)

    def _checked(self, target: str, now: Timestamp) -> CheckedAnswer:
        try:
            raw = files.read_private(self.folder / f"{target}.json", max_bytes=MAX_FILE_BYTES)
        except OSError as error:
            raise ProposalRefusedError("the file is gone: import it again") from error
        if hashlib.sha256(raw).hexdigest() != target:
            raise ProposalRefusedError("the file is not the one that was proposed")
        return self.desk.check(AnchorAnswer.parse(raw), now, clock_doubtful=self.clock_doubtful())


def facts_of(found: CheckedAnswer) -> dict[str, str | int]:
    """Return what a second person is to read."""
    return {
        "anchor": found.anchors[0].kid,
        "standby": found.anchors[1].kid,
        "suspended": int(found.suspended),
    }
