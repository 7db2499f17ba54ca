"""Drills (演练): a bad day, played in the running four-city world and measured.

A drill ends well if everything that it names happened within its bounds.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.demo.api import Api
from gateway.demo.drills.key_compromise import key_compromise
from gateway.demo.drills.outage import outage
from gateway.demo.drills.result import DrillResult, Step
from gateway.demo.matrix import Stage
from gateway.demo.servers import Processes

__all__ = ["DRILLS", "DrillResult", "Step"]

DRILLS: Final[Mapping[str, Callable[[Stage, Api, Processes], DrillResult]]] = {
    "key-compromise": key_compromise,
    "outage": outage,
}
"""By the name that the command takes."""
