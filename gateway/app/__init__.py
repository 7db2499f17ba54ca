"""The composition root: settings, keys and database become one running city.

``create_app`` for a WSGI server, ``composition.open_city`` for commands, ``init`` for the
first day.
"""

import sys
from multiprocessing.util import Finalize

from flask import Flask

from gateway.app import logs
from gateway.app.background import Background
from gateway.app.composition import open_city
from gateway.app.serving import gateway_of
from gateway.errors import GatewayError
from gateway.settings import Settings, load_process
from gateway.web.wiring import make_flask


def create_app(settings: Settings) -> Flask:
    """Return the WSGI app of one city; its background thread runs until the process ends.

    Call it in the worker process, never before a fork (granian and gunicorn without
    ``--preload`` do).

    Raises:
        GatewayError: by subclass, naming what is missing; then nothing was started.
    """
    logs.configure()
    city = open_city(settings)
    app = make_flask(gateway_of(city))
    background = Background(city)
    background.start()
    # Not atexit: a worker that granian made ends as multiprocessing does, past it. This is run
    # by both, and the tally of the last refusals is written.
    Finalize(None, _stop, args=(background,), exitpriority=0)
    return app


def from_environment() -> Flask:
    """Return the WSGI app that the environment of this process describes.

    What is missing or wrong is said once, on stderr, and ends the process: an operator reads
    which file and key, not the way to the line that noticed.

    Raises:
        SystemExit: it cannot be served.
    """
    try:
        return create_app(load_process())
    except GatewayError as error:
        sys.stderr.write(f"error[{error.code}]: {error}\n")
        raise SystemExit(1) from None


def _stop(background: Background) -> None:
    background.stop()
    background.city.close()
