from types import SimpleNamespace
from typing import cast

from gateway.app.composition import OpenCity
from gateway.app.worker import ratifying
from tests.services.offices import DAY, at, two
from tests.services.protecting import Desk


def test_what_nobody_ratified_becomes_an_alarm_after_a_day() -> None:
    ours, theirs = two()
    ours.join(theirs)
    desk = Desk(ours, theirs)
    desk.suspend()
    store = SimpleNamespace(partners=ours.rows)
    city = SimpleNamespace(ratifications=desk.ratify, store=store)
    [job] = ratifying.jobs(cast("OpenCity", city))

    job.run(at(DAY - 1))
    assert ours.rows.codes() == []
    job.run(at(DAY))

    assert ours.rows.raised == [(theirs.anchor, "trust_not_ratified", at(DAY))]
    assert job.every_s < DAY
