"""The citizens' use cases of one city, put together."""

from gateway.app.cases import complaints_of, objections_of
from gateway.app.composition import OpenCity
from gateway.app.printing import issue_sheet
from gateway.app.revoking import revoking
from gateway.services.consent_stop import StopConsent
from gateway.services.explain import Explain
from gateway.services.issue import IssueCode
from gateway.services.issue_pack import PACK_CODE_LIFE_S, IssuePack
from gateway.services.objections import Objections
from gateway.services.own_copy import CopyOwn
from gateway.services.own_erasure import EraseOwn
from gateway.services.own_only import RefuseOthers
from gateway.services.persons import Persons
from gateway.services.sessions import CitizenSessions
from gateway.web.citizen_desk import CitizenDesk, Rights


def citizen_desk(city: OpenCity, issue: IssueCode | None, sessions: CitizenSessions) -> CitizenDesk:
    """Return what citizens can do at ``city``; where it only verifies, complain."""
    complaints, issuing = complaints_of(city), city.settings.issuing
    if issue is None or issuing is None:
        return CitizenDesk(complaints=complaints)
    # Partners refuse what lives longer than this city says.
    packed = issuing.lifetimes.code_lifetime_max_s >= PACK_CODE_LIFE_S
    objections = objections_of(city, issue.standings)
    return CitizenDesk(
        complaints=complaints,
        objections=objections,
        packs=IssuePack(issue=issue) if packed else None,
        rights=_rights(city, issue, sessions, objections, issuing.hotline),
        sheets=issue_sheet(city, issue),
    )


def _rights(
    city: OpenCity,
    issue: IssueCode,
    sessions: CitizenSessions,
    objections: Objections,
    hotline: str | None,
) -> Rights:
    rows, publish = city.store.rights, revoking(city).publish
    persons = Persons(consents=city.consents, sessions=sessions, tags=city.tags)
    stop = StopConsent(rows=rows, persons=persons, live_s=issue.live_s, publish=publish)
    return Rights(
        stop=stop,
        copies=CopyOwn(
            rows=rows,
            persons=persons,
            consents=city.consents,
            sessions=sessions,
            objections=objections,
        ),
        erasure=EraseOwn(stop=stop),
        explain=Explain(standings=issue.standings, scales=issue.standings.scales, hotline=hotline),
        others=RefuseOthers(ledger=city.store.ledger),
    )
