"""A database of an earlier version, with rows in it, after the migrations to this one."""

from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from gateway.ids import MerchantId
from gateway.services.merchant_files import MerchantFile
from gateway.storage.engine import open_engine
from gateway.storage.schema import SchemaState, migrate, schema_state
from gateway.storage.store import Store

OLD = "0017"
"""The last revision before devices had owners, and merchants files and notices."""

M1 = MerchantId("m-1")
ROWS = (
    """INSERT INTO merchant (id, name, scenarios, state, reason)
    VALUES ('m-1', 'West Lake', 'dining.restaurant lodging.hotel', 'suspended', 'closed')""",
    """INSERT INTO venue (merchant_id, id, position, name, scenarios)
    VALUES ('m-1', 'hall', 0, 'Hall', NULL)""",
    """INSERT INTO device (id, secret_hash, merchant_id, venue, label, enrolled_at, expires_at)
    VALUES ('d1', :secret, 'm-1', 'hall', 'front desk', 1, 2000000000)""",
    """INSERT INTO device_link (secret_hash, merchant_id, venue, label, expires_at)
    VALUES (:secret, 'm-1', NULL, 'back office', 2000000000)""",
)


def make_old(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).touch()
    configuration = Config()
    configuration.set_main_option("script_location", "gateway.storage:migrations")
    configuration.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, OLD)
        for row in ROWS:
            values = {"secret": bytes(32)} if ":secret" in row else {}
            connection.execute(text(row), values)


def test_merchants_and_devices_of_an_earlier_version_go_on_as_they_were(database_url: str) -> None:
    engine = open_engine(database_url)
    make_old(engine)
    before = schema_state(engine)
    migrate(engine)
    engine.dispose()

    with closing(Store.open(database_url, ledger_key=bytes(32))) as store:
        merchant, (device,) = store.merchants.get(M1), store.devices.list_of(M1)
        file, notices = store.merchant_files.get(M1), store.notices.of(M1)

    assert before is SchemaState.BEHIND
    assert merchant is not None
    assert (merchant.state, merchant.reason, merchant.paused) == (
        "suspended",
        "closed",
        frozenset(),
    )
    assert [venue.id for venue in merchant.venues] == ["hall"]
    assert (device.label, device.owner, device.pin_hash) == ("front desk", False, None)
    assert file == MerchantFile()
    assert list(notices) == []
