"""All ports of one city's database, opened together."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine

from gateway.storage.citizens import SqlCitizenTokens
from gateway.storage.consents import SqlConsentRows
from gateway.storage.devices import SqlDeviceRows
from gateway.storage.engine import Synchronous, open_engine
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.issuance import SqlIssuanceLog
from gateway.storage.ledger import SqlLedger
from gateway.storage.merchant_states import SqlMerchantStates
from gateway.storage.merchants import SqlMerchantDirectory
from gateway.storage.own_statements import SqlOwnStatements
from gateway.storage.partners import SqlPartnerRows
from gateway.storage.probe import WriteProbe
from gateway.storage.proposals import SqlProposalRows
from gateway.storage.reader import Reader
from gateway.storage.refusals import SqlRefusalTally
from gateway.storage.revision import SqlTrustRevision
from gateway.storage.sessions import SqlSessionRows
from gateway.storage.staff import SqlStaffRows
from gateway.storage.staff_access import SqlStaffAccessRows
from gateway.storage.tills import SqlTillRows
from gateway.storage.verifications import SqlVerificationLog
from gateway.storage.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The port implementations, and the connections below them. Close it when done."""

    engine: Engine
    reader: Reader
    writer: Writer
    probe: WriteProbe
    verifications: SqlVerificationLog
    refusals: SqlRefusalTally
    issuance: SqlIssuanceLog
    merchants: SqlMerchantDirectory
    merchant_states: SqlMerchantStates
    citizen_tokens: SqlCitizenTokens
    citizen_sessions: SqlSessionRows
    consents: SqlConsentRows
    devices: SqlDeviceRows
    tills: SqlTillRows
    own_statements: SqlOwnStatements
    partners: SqlPartnerRows
    revision: SqlTrustRevision
    ledger: SqlLedger
    staff: SqlStaffRows
    staff_access: SqlStaffAccessRows
    proposals: SqlProposalRows

    @classmethod
    def open(cls, url: str, *, synchronous: Synchronous = "FULL", ledger_key: bytes = b"") -> Self:
        """Return the ports on the database at ``url``; see ``from_engine``."""
        return cls.from_engine(open_engine(url, synchronous=synchronous), ledger_key)

    @classmethod
    def from_engine(cls, engine: Engine, ledger_key: bytes = b"") -> Self:
        """Return the ports on ``engine``, which is theirs from now on.

        Args:
            engine: The database.
            ledger_key: 32 bytes from outside it; without them no act can be performed.

        Connects to nothing and starts no thread before the first use, so that it may be
        called before a fork. The tables must be current (``schema.migrate``).
        """
        dialect, reader, writer = engine.dialect, Reader(engine), Writer(engine)
        ledger = SqlLedger(dialect, reader, writer, ledger_key)
        return cls(
            engine=engine,
            reader=reader,
            writer=writer,
            probe=WriteProbe(dialect, writer),
            verifications=SqlVerificationLog(dialect, reader, writer),
            refusals=SqlRefusalTally(dialect, writer),
            issuance=SqlIssuanceLog(dialect, writer),
            merchants=SqlMerchantDirectory(dialect, reader, ledger),
            merchant_states=SqlMerchantStates(dialect, ledger),
            citizen_tokens=SqlCitizenTokens(dialect, reader, writer),
            citizen_sessions=SqlSessionRows(dialect, reader, writer),
            consents=SqlConsentRows(dialect, reader, ledger),
            devices=SqlDeviceRows(dialect, reader, ledger),
            tills=SqlTillRows(dialect, reader, writer, ledger),
            own_statements=SqlOwnStatements(dialect, reader, writer),
            partners=SqlPartnerRows(dialect, reader, writer, ledger),
            revision=SqlTrustRevision(dialect, reader),
            ledger=ledger,
            staff=SqlStaffRows(dialect, reader, writer, ledger),
            staff_access=SqlStaffAccessRows(dialect, reader, writer, ledger),
            proposals=SqlProposalRows(dialect, reader, writer, ledger),
        )

    def close(self) -> None:
        """Write what waits, flush the tally if the database is there, close every connection."""
        try:
            self.refusals.flush()
        except DatabaseUnavailableError:
            # Counts of refusals are not worth an exit that fails.
            pass
        finally:
            self.writer.close()
            self.reader.close()
            self.engine.dispose()
