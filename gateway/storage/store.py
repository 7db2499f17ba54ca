"""All ports of one city's database, opened together."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Engine

from gateway.storage.catalogues import SqlCatalogueRows
from gateway.storage.citizens import SqlCitizenTokens
from gateway.storage.complaints import SqlComplaintRows
from gateway.storage.consents import SqlConsentRows
from gateway.storage.devices import SqlDeviceRows
from gateway.storage.documents import SqlOwnDocuments, SqlPartnerDocuments
from gateway.storage.engine import Synchronous, open_engine
from gateway.storage.errors import DatabaseUnavailableError
from gateway.storage.events import SqlEventRows
from gateway.storage.incidents import SqlIncidentRows
from gateway.storage.issuance import SqlIssuanceLog
from gateway.storage.ledger import SqlLedger
from gateway.storage.merchant_changes import SqlMerchantChanges
from gateway.storage.merchant_files import SqlMerchantFiles
from gateway.storage.merchant_notices import SqlNoticeRows
from gateway.storage.merchant_states import SqlMerchantStates
from gateway.storage.merchants import SqlMerchantDirectory
from gateway.storage.objections import SqlObjectionRows
from gateway.storage.own_statements import SqlOwnStatements
from gateway.storage.partners import SqlPartnerRows
from gateway.storage.pauses import SqlPauseRows
from gateway.storage.probe import WriteProbe
from gateway.storage.proposals import SqlProposalRows
from gateway.storage.reader import Reader
from gateway.storage.receipts import SqlReceiptRows
from gateway.storage.refusals import SqlRefusalTally
from gateway.storage.revision import SqlTrustRevision
from gateway.storage.rights import SqlRightsRows
from gateway.storage.seen_status import SqlSeenStatus
from gateway.storage.sessions import SqlSessionRows
from gateway.storage.staff import SqlStaffRows
from gateway.storage.staff_access import SqlStaffAccessRows
from gateway.storage.status_lists import SqlStatusRows
from gateway.storage.stops import SqlStopRows
from gateway.storage.tills import SqlTillRows
from gateway.storage.verifications import SqlVerificationLog
from gateway.storage.wishes import SqlRefreshWishes
from gateway.storage.worker import SqlJobStates, SqlWorkerLease
from gateway.storage.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The port implementations, and the connections below them. Close it when done."""

    engine: Engine
    reader: Reader
    writer: Writer
    probe: WriteProbe
    verifications: SqlVerificationLog
    receipts: SqlReceiptRows
    refusals: SqlRefusalTally
    issuance: SqlIssuanceLog
    merchants: SqlMerchantDirectory
    merchant_changes: SqlMerchantChanges
    merchant_files: SqlMerchantFiles
    merchant_states: SqlMerchantStates
    notices: SqlNoticeRows
    pauses: SqlPauseRows
    citizen_tokens: SqlCitizenTokens
    citizen_sessions: SqlSessionRows
    consents: SqlConsentRows
    rights: SqlRightsRows
    devices: SqlDeviceRows
    tills: SqlTillRows
    incidents: SqlIncidentRows
    own_statements: SqlOwnStatements
    partners: SqlPartnerRows
    events: SqlEventRows
    own_documents: SqlOwnDocuments
    catalogues: SqlCatalogueRows
    partner_documents: SqlPartnerDocuments
    revision: SqlTrustRevision
    ledger: SqlLedger
    staff: SqlStaffRows
    staff_access: SqlStaffAccessRows
    proposals: SqlProposalRows
    status_lists: SqlStatusRows
    seen_status: SqlSeenStatus
    worker_lease: SqlWorkerLease
    jobs: SqlJobStates
    wishes: SqlRefreshWishes
    stops: SqlStopRows
    complaints: SqlComplaintRows
    objections: SqlObjectionRows

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
        log = SqlVerificationLog(dialect, reader, writer)
        merchants = SqlMerchantDirectory(dialect, reader, ledger)
        return cls(
            engine=engine,
            reader=reader,
            writer=writer,
            probe=WriteProbe(dialect, writer),
            verifications=log,
            receipts=SqlReceiptRows(dialect, reader, log),
            refusals=SqlRefusalTally(dialect, writer),
            issuance=SqlIssuanceLog(dialect, reader, writer),
            merchants=merchants,
            merchant_changes=SqlMerchantChanges(dialect, ledger, merchants),
            merchant_files=SqlMerchantFiles(dialect, reader, writer, ledger, merchants),
            merchant_states=SqlMerchantStates(dialect, ledger),
            pauses=SqlPauseRows(dialect, ledger),
            notices=SqlNoticeRows(dialect, reader, ledger),
            citizen_tokens=SqlCitizenTokens(dialect, reader, writer),
            citizen_sessions=SqlSessionRows(dialect, reader, writer),
            consents=SqlConsentRows(dialect, reader, ledger),
            rights=SqlRightsRows(dialect, reader, writer, ledger),
            devices=SqlDeviceRows(dialect, reader, ledger),
            tills=SqlTillRows(dialect, reader, writer, ledger),
            incidents=SqlIncidentRows(dialect, reader, writer, ledger),
            own_statements=SqlOwnStatements(dialect, reader, writer, ledger),
            partners=SqlPartnerRows(dialect, reader, writer, ledger),
            events=SqlEventRows(dialect, reader, writer),
            catalogues=SqlCatalogueRows(dialect, reader, writer),
            own_documents=SqlOwnDocuments(dialect, reader, writer),
            partner_documents=SqlPartnerDocuments(dialect, reader, writer),
            revision=SqlTrustRevision(dialect, reader),
            ledger=ledger,
            staff=SqlStaffRows(dialect, reader, writer, ledger),
            staff_access=SqlStaffAccessRows(dialect, reader, writer, ledger),
            proposals=SqlProposalRows(dialect, reader, writer, ledger),
            status_lists=SqlStatusRows(dialect, reader, writer, ledger),
            seen_status=SqlSeenStatus(dialect, reader, writer),
            worker_lease=SqlWorkerLease(dialect, reader, writer),
            jobs=SqlJobStates(dialect, reader, writer),
            wishes=SqlRefreshWishes(dialect, reader, writer),
            stops=SqlStopRows(dialect, reader, ledger),
            complaints=SqlComplaintRows(dialect, reader, writer, ledger),
            objections=SqlObjectionRows(dialect, reader, writer, ledger),
        )

    def close(self) -> None:
        """Write what waits, flush the tallies if the database is there, close every connection."""
        try:
            self.refusals.flush()
            self.incidents.flush()
        except DatabaseUnavailableError:
            # Counts of refusals and incidents are not worth an exit that fails.
            pass
        finally:
            self.writer.close()
            self.reader.close()
            self.engine.dispose()
