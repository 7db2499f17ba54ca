"""The assessment source is looked at, and the log says once what became of it."""

import logging

from gateway.app.assessments import Assessments
from gateway.ids import Timestamp
from gateway.remote.assessments import FileAssessments
from gateway.remote.http_assessments import HttpAssessments

_log = logging.getLogger(__name__)


def look_at(assessments: Assessments, now: Timestamp) -> None:
    """Refresh ``assessments``; log a change, by count and line number and never by content.

    Takes seconds for a large new file or a silent service: not for a thread that answers requests.
    """
    if not assessments.refresh(now):
        return
    if isinstance(assessments, HttpAssessments):
        _tell_service(assessments)
    else:
        _tell_file(assessments)


def _tell_file(assessments: FileAssessments) -> None:
    state = assessments.state()
    if state.problem is None:
        _log.info("assessments: a new file is in force, people in it: %d", state.rows)
    elif state.rows is None:
        _log.warning("assessments: nobody can be given a code: %s", state.problem)
    else:
        _log.warning("assessments: the last good file stays in force: %s", state.problem)


def _tell_service(assessments: HttpAssessments) -> None:
    if assessments.problem is None:
        _log.info("assessments: the service answers")
    else:
        _log.warning("assessments: the service gave no answer: %s", assessments.problem)
