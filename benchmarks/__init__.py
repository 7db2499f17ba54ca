"""How fast, how small: every figure beside what it is compared with, in one run.

Start in ``__main__`` for what is measured, ``figures`` for how a figure is made of rounds.
Run it with ``make bench``; docs/performance.md explains the results.
"""
