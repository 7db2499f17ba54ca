"""The recognition policy: who is a member, what a score means, what is granted to whom.

Start in ``agreement`` (the file that every city shares), then ``scale`` (a city's own score to a
common tier), ``catalogue`` (a city's offers, refused unless visitors are treated as residents) and
``decision`` (tier, scenario and venue to offers). No module here does I/O or reads the clock.
"""
