"""The figures of one day, for whoever looks after a city; counts only, nothing about people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, and_, func, select

from gateway.clock import china_day, china_midnight
from gateway.ids import TEST_ISSUER, CityId, Timestamp
from gateway.storage.faults import at_the_door
from gateway.storage.tables import table_of
from gateway.storage.tables.issuance import IssuanceDay
from gateway.storage.tables.tills import TillIncident
from gateway.storage.tables.verifications import Refusal, Verification

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What happened since midnight in Asia/Shanghai.

    Attributes:
        recognised: Codes that were recognised, by home city; those of the test issuer are none.
        voided: How many of these a till took back.
        refused: Other outcomes by reason class; of a running server the last seconds are
            missing, and all that a killed one had not yet written.
        issued: Codes that were issued, by kind.
        incidents: What tills did that the office should see, by kind; as fresh as ``refused``.
    """

    recognised: Mapping[CityId, int]
    voided: Mapping[CityId, int]
    refused: Mapping[str, int]
    issued: Mapping[str, int]
    incidents: Mapping[str, int] = field(default_factory=dict[str, int])


def day_figures(engine: Engine, now: Timestamp) -> DayFigures:
    """Return the figures of the day of ``now``.

    Raises:
        DatabaseUnavailableError: The database cannot be read.
    """
    day = china_day(now)
    midnight = china_midnight(day)
    shown, refused = table_of(Verification), table_of(Refusal)
    issued = table_of(IssuanceDay)
    today = and_(shown.c.at_minute >= midnight, shown.c.issuer != TEST_ISSUER)
    by_issuer = select(shown.c.issuer, func.count()).where(today).group_by(shown.c.issuer)
    by_reason = select(refused.c.reason, refused.c["count"]).where(refused.c.day == day)
    by_kind = (
        select(issued.c.kind, func.sum(issued.c.codes))
        .where(issued.c.day == day)
        .group_by(issued.c.kind)
    )
    seen = table_of(TillIncident)
    by_incident = (
        select(seen.c.kind, func.sum(seen.c["count"]))
        .where(seen.c.day == day)
        .group_by(seen.c.kind)
    )
    with at_the_door(), engine.connect() as connection:
        return DayFigures(
            recognised={CityId(city): int(n) for city, n in connection.execute(by_issuer)},
            voided={
                CityId(city): int(n)
                for city, n in connection.execute(by_issuer.where(shown.c.voided))
            },
            refused={str(reason): int(n) for reason, n in connection.execute(by_reason)},
            issued={str(kind): int(n) for kind, n in connection.execute(by_kind)},
            incidents={str(kind): int(n) for kind, n in connection.execute(by_incident)},
        )
