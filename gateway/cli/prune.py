"""``credit-gateway prune``: forgetting."""

import click

from gateway.cli import layout
from gateway.cli.answer import Answer
from gateway.cli.command import GatewayCommand
from gateway.cli.session import Session, pass_session


@click.command(cls=GatewayCommand)
@pass_session
def prune(session: Session) -> Answer:
    """Forget what has been kept long enough (清理); the worker does it daily.

    How long each kind of row is kept stands in [retention] of the city file. The city may
    run meanwhile.

    Example:
      credit-gateway prune
    """
    from gateway.app.worker.pruning import retention_of  # noqa: PLC0415  (--help must not wait)
    from gateway.storage import pruning  # noqa: PLC0415  (--help must not wait)

    with session.store() as (settings, store):
        pruned = pruning.prune(store.engine, session.now(), retention_of(settings))
    rows = [(table, str(count)) for table, count in pruned.rows.items()]
    return Answer(
        data={"deleted": pruned.total, "tables": dict(pruned.rows)},
        screen=layout.page(
            layout.title(f"{pruned.total} rows forgotten."),
            layout.indented(layout.facts(rows)),
        ),
    )
