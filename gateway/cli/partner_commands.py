"""``credit-gateway partners`` with all its commands: importing the modules adds them."""

from gateway.cli import partner_anchors, partner_decisions
from gateway.cli.partners import partners

__all__ = ["partner_anchors", "partner_decisions", "partners"]
