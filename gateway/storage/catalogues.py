"""The versions of its catalogue that this city published."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from sqlalchemy import Dialect, select

from gateway.ids import Timestamp
from gateway.services.catalogue_ports import CatalogueRow
from gateway.storage.columns import ColumnError, declared, integer, text
from gateway.storage.reader import Reader
from gateway.storage.revision import Bump
from gateway.storage.session import Cursor, Row
from gateway.storage.statements import Values, generate, replace
from gateway.storage.tables import table_of
from gateway.storage.tables.catalogues import CatalogueVersion
from gateway.storage.writer import Writer

_COLUMNS = ("version", "content", "stated_from", "in_force_from", "published_at", "seal")


class SqlCatalogueRows:
    """``CatalogueRows`` on either database."""

    def __init__(self, dialect: Dialect, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._bump = Bump(dialect)
        table = table_of(CatalogueVersion)
        self._put = replace(dialect, CatalogueVersion, "version")
        columns = (declared(dialect, table.c[name]) for name in _COLUMNS)
        marks = (declared(dialect, table.c[name]) for name in ("version", "seal"))
        self._seals = generate(dialect, select(*marks))
        self._all = generate(dialect, select(*columns).order_by(table.c.version))

    def all(self) -> tuple[CatalogueRow, ...]:
        """Return them by version; one that cannot be read comes with no content."""
        return tuple(_row_of(row) for row in self._reader.all(self._all, {}))

    def seals(self) -> Mapping[str, bytes]:
        """Return the seal of each version."""
        found = dict[str, bytes]()
        for version, seal in self._reader.all(self._seals, {}):
            with suppress(ColumnError):
                found[text(version)] = seal if isinstance(seal, bytes) else b""
        return found

    def put(self, row: CatalogueRow) -> None:
        """Store one in place of the row of its version, and raise the trust revision."""
        values = {name: getattr(row, name) for name in _COLUMNS}
        self._writer.run(partial(self._store, values))

    def _store(self, values: Values, cursor: Cursor) -> None:
        self._put.run(cursor, values)
        self._bump.run(cursor)


def _row_of(row: Row) -> CatalogueRow:
    """Return a row; one that a hand spoiled has a seal that does not fit."""
    version, content, stated_from, in_force_from, published_at, seal = row
    try:
        return CatalogueRow(
            version=text(version),
            content=text(content),
            stated_from=Timestamp(integer(stated_from)),
            in_force_from=None if in_force_from is None else Timestamp(integer(in_force_from)),
            published_at=Timestamp(integer(published_at)),
            seal=seal if isinstance(seal, bytes) else b"",
        )
    except ColumnError:
        none = Timestamp(0)
        name = version.decode("utf-8", errors="replace") if isinstance(version, bytes) else ""
        return CatalogueRow(
            version=name,
            content="",
            stated_from=none,
            in_force_from=None,
            published_at=none,
            seal=b"",
        )
