"""``credit-gateway worker``: what a city does beside its requests."""

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gateway.cli import layout
from gateway.cli.answer import Answer, console_for_people, show_json
from gateway.cli.command import GatewayCommand, wants_json
from gateway.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gateway.app.worker.job import JobRun

LEASE_S = 15.0


@click.command(cls=GatewayCommand)
@click.option("--once", is_flag=True, help="Run every job that is due once, and end.")
@click.option(
    "--lease",
    "lease_s",
    type=click.FloatRange(0.5, 300),
    default=LEASE_S,
    show_default=True,
    metavar="SECONDS",
    help="How long the work waits for a worker that fell silent. Alike on all nodes.",
)
@pass_session
def worker(session: Session, *, once: bool, lease_s: float) -> Answer | None:
    """Sign, fetch, deliver and prune in the background (后台).

    Start one on each node; one of them works at a time, and when it ends or dies
    another goes on. Until Ctrl-C or SIGTERM, which is heard within seconds.

    With --once, for a timer: exit code 1 if a job failed, and 0 also where another
    worker is at work.

    Examples:
      credit-gateway worker
      credit-gateway worker --once --json
    """
    from gateway.app import logs  # noqa: PLC0415  (--help must not wait)
    from gateway.app.signals import ended_by_signals  # noqa: PLC0415  (--help must not wait)
    from gateway.app.worker.holding import Holding  # noqa: PLC0415  (--help must not wait)
    from gateway.app.worker.jobs import jobs_of  # noqa: PLC0415  (--help must not wait)
    from gateway.app.worker.runner import Runner  # noqa: PLC0415  (--help must not wait)

    logs.configure()
    stopping = threading.Event()
    with ended_by_signals(), session.city() as city:
        holding = Holding(city.store.worker_lease, lease_s=lease_s)
        jobs = jobs_of(city)
        runner = Runner(jobs, holding, city.store.jobs, city.clock)
        if once:
            return _told(runner.once(stopping))
        name = f"{city.settings.city.name_zh} {city.settings.city.name_en}"
        _announce(name, [job.name for job in jobs], holding.holder)
        try:
            runner.until(stopping)
        except KeyboardInterrupt:
            # Being told to end is how it is meant to end.
            return None
    return None


def _announce(name: str, jobs: Sequence[str], holder: str) -> None:
    if wants_json():
        show_json({"city": name, "jobs": list(jobs), "holder": holder, "pid": os.getpid()})
    else:
        said = f"{name}: {', '.join(jobs)}. Ctrl-C ends it."
        console_for_people(stderr=True).print(said, soft_wrap=True)


def _told(runs: "Sequence[JobRun] | None") -> Answer:
    if runs is None:
        return Answer(
            data={"held_elsewhere": True, "jobs": []},
            screen=layout.title("Another worker is at work.", ""),
        )
    rows = ((run.name, run.error or "done", f"{run.took_s:.1f} s") for run in runs)
    failed = sum(run.error is not None for run in runs)
    return Answer(
        data={
            "held_elsewhere": False,
            "jobs": [
                {"name": run.name, "error": run.error, "took_s": round(run.took_s, 3)}
                for run in runs
            ],
        },
        screen=layout.page(
            layout.title(f"{len(runs)} jobs run, {failed} failed."),
            layout.indented(layout.table(("job", "result", "took"), rows)) if runs else None,
        ),
        exit_code=1 if failed else 0,
    )
