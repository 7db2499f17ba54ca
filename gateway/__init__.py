"""Cross-city mutual-recognition gateway for personal credit codes (信用码互认网关).

Start reading in ``gateway.codes`` (the format), ``gateway.trust`` (whom to believe),
``gateway.policy`` (what a code is good for) or ``gateway.services`` (the use cases).
"""

__version__ = "0.1.0"
