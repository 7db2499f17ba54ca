"""One city for a WSGI server: ``granian --interface wsgi wsgi:application``.

Which city it is stands in the environment; `credit-gateway serve` starts it with the flags that
docs/adr/0001 argues for.
"""

from gateway.app import from_environment

application = app = from_environment()
"""Both names that WSGI servers look for."""
