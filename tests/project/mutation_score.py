"""Print how many mutants the tests noticed; exit 1 below the bar. Run by ``make mutants``."""

import json
import sys
from pathlib import Path

BAR_PERCENT = 90
STATS = Path("mutants/mutmut-cicd-stats.json")


def score_percent(stats: dict[str, int]) -> float:
    """Return the share of mutants that a test noticed; a time-out counts as noticed."""
    noticed = stats["killed"] + stats["timeout"]
    missed = stats["survived"] + stats["no_tests"] + stats["suspicious"]
    return 100 * noticed / max(noticed + missed, 1)


def main() -> int:
    """Return the exit code."""
    stats = json.loads(STATS.read_text())
    score = score_percent(stats)
    sys.stdout.write(
        f"Mutants: {stats['killed']} of {stats['total']} killed, {stats['survived']} survived, "
        f"{score:.1f} % noticed, the bar is {BAR_PERCENT} %. Look with: mutmut results\n"
    )
    return 0 if score >= BAR_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
