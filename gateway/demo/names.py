"""How the demonstration's made-up people are called; nobody is meant."""

from gateway.ids import MerchantId, ScenarioId, Tier


def driven(tier: Tier | None) -> str:
    """Return the name of the made-up person of a tier whom the demonstration itself plays."""
    return "illustrative-no-tier" if tier is None else f"illustrative-tier-{tier}"


def visitor(tier: Tier | None) -> str:
    """Return the name of the made-up person of a tier as whom somebody may sign in."""
    return "illustrative-visitor-none" if tier is None else f"illustrative-visitor-{tier}"


CHILD = "illustrative-visitor-child"
"""A made-up person who is not 18."""


def colleague(role: str) -> str:
    """Return the name of the made-up member of staff of a role."""
    return f"illustrative-staff-{role}"


def shop(scenario: ScenarioId) -> MerchantId:
    """Return the id of the made-up merchant of a scenario, as the office could have given it."""
    return MerchantId(f"demo-{scenario}".replace(".", "-"))
