"""The table [assessment]: a file, or a service of the city."""

from pathlib import Path

from gateway.policy.tables import Key, Table
from gateway.settings import schema
from gateway.settings.values import AssessmentKind, AssessmentService, AssessmentSource

_FILE_NEEDS: tuple[Key[str], ...] = (schema.ASSESSMENT_PATH,)
_HTTP_NEEDS = (schema.ASSESSMENT_URL, schema.TOKEN_URL, schema.ASSESSMENT_CLIENT_ID)
_HTTP_ALONE = (*_HTTP_NEEDS, schema.ASSESSMENT_SCOPE, schema.CA_FILE)


def read_assessment(table: Table, state_dir: Path) -> AssessmentSource:
    """Return what the table says, noting what its kind lacks or has no use for."""
    kind = table.read(schema.ASSESSMENT_KIND)
    is_file = kind is AssessmentKind.FILE
    for key in _FILE_NEEDS if is_file else _HTTP_NEEDS:
        if key not in table:
            table.note("policy_missing", key.name, "is missing", key.allowed)
    for key in _HTTP_ALONE if is_file else _FILE_NEEDS:
        if key in table:
            what = f'has no use with kind = "{kind}"'
            table.note("policy_not_allowed", key.name, what, "nothing here")
    return AssessmentSource(
        kind=kind,
        path=state_dir / (table.find(schema.ASSESSMENT_PATH) or "") if is_file else None,
        service=None if is_file else _service(table, state_dir),
        max_age_days=table.read(schema.MAX_AGE_DAYS),
    )


def _service(table: Table, state_dir: Path) -> AssessmentService:
    ca_file = table.find(schema.CA_FILE)
    return AssessmentService(
        url=table.find(schema.ASSESSMENT_URL) or "",
        token_url=table.find(schema.TOKEN_URL) or "",
        client_id=table.find(schema.ASSESSMENT_CLIENT_ID) or "",
        scope=table.find(schema.ASSESSMENT_SCOPE),
        ca_file=None if ca_file is None else state_dir / ca_file,
        secret_file=None,
    )
