"""Being told to end, and ending tidily."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Turn TERM and HUP into what Ctrl-C does, so that nothing is left half done or running.

    Ending may take a few seconds, and only the first signal counts: a second Ctrl-C of
    somebody impatient would cut it short.

    Raises:
        SystemExit: 130, after everything inside was undone.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        # Ignored before us (nohup, a background job): then we were told to live on.
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
