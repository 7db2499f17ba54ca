"""The assessment file is looked at, and the log says once what became of it."""

import logging

from gateway.ids import Timestamp
from gateway.remote.assessments import FileAssessments

_log = logging.getLogger(__name__)


def look_at(assessments: FileAssessments, now: Timestamp) -> None:
    """Refresh ``assessments``; log a change, by count and line number and never by content.

    Takes seconds for a large new file: not for a thread that answers requests.
    """
    if not assessments.refresh(now):
        return
    state = assessments.state()
    if state.problem is None:
        _log.info("assessments: a new file is in force, people in it: %d", state.rows)
    elif state.rows is None:
        _log.warning("assessments: nobody can be given a code: %s", state.problem)
    else:
        _log.warning("assessments: the last good file stays in force: %s", state.problem)
