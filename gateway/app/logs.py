"""One JSON object a line on stderr: what happened, never to whom.

Only stable names, counts and codes are logged. Of an unexpected error the class and the
places in our code are, its message is not: libraries like to put values into messages.
"""

import logging
import sys

import structlog


def configure() -> None:
    """Let all log lines of ours take one form; libraries below us are left as they are."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger("gateway")
    root.handlers, root.propagate = [handler], False
    root.setLevel(logging.INFO)


def for_commands() -> None:
    """Let a command's warnings go to stderr: left alone, every line goes between its JSON.

    What is only worth knowing is left out: the command says itself what it did.
    """
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            _without_traceback,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        # Without a handler, logging itself writes warnings to stderr as it is at that moment.
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _without_traceback(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Drop exception values, whoever added them."""
    event.pop("exc_info", None)
    event.pop("exception", None)
    return event
