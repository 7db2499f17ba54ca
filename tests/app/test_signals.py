import os
import signal
from contextlib import ExitStack

import pytest

from gateway.app.signals import ENDING, ended_by_signals


@pytest.mark.parametrize("number", ENDING)
def test_whoever_is_told_to_end_undoes_first(number: signal.Signals) -> None:
    undone = list[str]()

    with pytest.raises(SystemExit) as ended:
        _work(undone, number)

    assert (ended.value.code, undone) == (130, ["undone"])
    assert signal.getsignal(number) is not signal.SIG_IGN


@ended_by_signals()
def _work(undone: list[str], number: signal.Signals) -> None:
    with ExitStack() as undo:
        undo.callback(undone.append, "undone")
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
