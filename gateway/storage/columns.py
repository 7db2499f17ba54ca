"""Columns as they were declared, whatever a hand wrote into them.

SQLite keeps a value of any type in any column, and its driver fails a whole read for one text
that is not UTF-8. So that one odd row costs no other row, odd values arrive as NULL or are
refused here, one by one. PostgreSQL keeps the types itself.
"""

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    LargeBinary,
    case,
    cast,
    func,
    literal_column,
)

from gateway.services.ports import StorageError
from gateway.storage.statements import made_once


class ColumnError(StorageError):
    """A column holds no value of its declared type: somebody edited the database."""

    code = "storage_column"


def declared(dialect: Dialect, column: ColumnElement[object]) -> ColumnElement[object]:
    """Return ``column`` for a select: NULL where its value is not of the declared type.

    On SQLite a text comes as bytes, for ``text`` to decode.
    """
    return column if dialect.name != "sqlite" else _declared_on_sqlite(column)


@made_once
def _declared_on_sqlite(column: ColumnElement[object]) -> ColumnElement[object]:
    kind = func.typeof(column)
    if isinstance(column.type, Integer):
        return case((kind == literal_column("'integer'"), column))
    if isinstance(column.type, LargeBinary):
        return case((kind == literal_column("'blob'"), column))
    return case((kind == literal_column("'text'"), cast(column, LargeBinary)))


def text(value: object) -> str:
    """Return the text that a column holds.

    Raises:
        ColumnError: it holds none, or one that is not UTF-8.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        raise ColumnError("no text")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ColumnError("a text that is not UTF-8") from error


def integer(value: object) -> int:
    """Return the integer that a column holds.

    Raises:
        ColumnError: it holds none.
    """
    if type(value) is not int:
        raise ColumnError("no integer")
    return value
