"""What a drill found: steps, each within its bound or not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that had to happen.

    Attributes:
        what: Stable name, for machines.
        where: Slug of the city where it was looked for.
        said: What happened there, in words of the protocol.
        right: Whether it is what had to happen, in time.
        seconds: How long it took; None where no time is measured.
        bound_s: How long it may take; None where no time is bounded.
    """

    what: str
    where: str
    said: str
    right: bool
    seconds: float | None = None
    bound_s: float | None = None

    def members(self) -> dict[str, object]:
        """Return the step as the demo's JSON has it."""
        return {
            "what": self.what,
            "where": self.where,
            "said": self.said,
            "right": self.right,
            "seconds": None if self.seconds is None else round(self.seconds, 2),
            "bound_s": self.bound_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """A drill that was played to its end.

    Attributes:
        name: As the command takes it.
        about: What was done, one line of Chinese and English.
    """

    name: str
    about: str
    steps: tuple[Step, ...]

    @property
    def right(self) -> bool:
        """Whether all happened within the bounds."""
        return all(step.right for step in self.steps)

    def members(self) -> dict[str, object]:
        """Return the drill as the demo's JSON has it."""
        steps = [step.members() for step in self.steps]
        return {"name": self.name, "right": self.right, "steps": steps}
