"""Four cities on loopback that exchange keys and recognise each other's codes.

Everything is real except the people: real server processes, real HTTP, real keys, real
databases. All subjects and merchants are made up. ``run.main`` is the whole story in order.
"""

from gateway.demo.run import main

__all__ = ["main"]
