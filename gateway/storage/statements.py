"""SQL from the table classes, put into a dialect's words once, then run as plain DBAPI."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from operator import itemgetter
from typing import Final, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, Dialect, Table, and_, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Compiled
from sqlalchemy.sql.expression import ClauseElement
from sqlmodel import SQLModel

from gateway.storage.session import Cursor
from gateway.storage.tables import table_of

UpsertInsert = postgresql.Insert | sqlite.Insert

P = ParamSpec("P")
T = TypeVar("T")

_VALUES = " VALUES ("

Values = Mapping[str, object]
"""Named values of one statement."""


class Statement:
    """One statement in the words of one dialect, which are found when it is first run.

    A store knows more than a hundred, a command needs a few, and putting one into words costs
    more than running it.
    """

    def __init__(self, dialect: Dialect, clause: ClauseElement) -> None:
        self._dialect, self._clause = dialect, clause

    @cached_property
    def sql(self) -> str:
        """Text with positional parameters."""
        return str(self._compiled)

    @cached_property
    def pick(self) -> Callable[[Values], tuple[object, ...]]:
        """Puts named values into their positions."""
        return _picker(list(getattr(self._compiled, "positiontup", None) or ()))

    @cached_property
    def constants(self) -> Values:
        """Values that the statement itself brings along."""
        params = self._compiled.params or {}
        return {name: value for name, value in params.items() if value is not None}

    @cached_property
    def _compiled(self) -> Compiled:
        return self._clause.compile(dialect=self._dialect)

    def parameters(self, values: Values) -> tuple[object, ...]:
        """Return ``values`` in the order of the text."""
        return self.pick({**self.constants, **values} if self.constants else values)

    def run(self, cursor: Cursor, values: Values) -> int:
        """Run it and return how many rows were written."""
        cursor.execute(self.sql, self.parameters(values))
        return cursor.rowcount


@dataclass(frozen=True, slots=True)
class RowsInsert:
    """An insert of as many rows as come, in one statement.

    Attributes:
        before: Its text up to the first row.
        row: Parameters of one row, in brackets.
        after: Its text from the last row on.
        pick: Puts the named values of one row into their positions.
    """

    before: str
    row: str
    after: str
    pick: Callable[[Values], tuple[object, ...]]

    def run(self, cursor: Cursor, rows: Sequence[Values]) -> int:
        """Run it and return how many rows were written."""
        sql = self.before + ", ".join([self.row] * len(rows)) + self.after
        cursor.execute(sql, tuple(chain.from_iterable(map(self.pick, rows))))
        return cursor.rowcount


_ROWS: Final[dict[tuple[str, type[SQLModel]], RowsInsert]] = {}
"""What was made once, by the name of the dialect: each store has a dialect object of its own."""


def generate(dialect: Dialect, statement: ClauseElement) -> Statement:
    """Return ``statement`` in the words of ``dialect``, which must use positional parameters."""
    return Statement(dialect, statement)


def _picker(names: list[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    match names:
        case []:
            return lambda _values: ()
        case [only]:
            return lambda values: (values[only],)
        case _:
            return itemgetter(*names)


def made_once(make: Callable[P, T]) -> Callable[P, T]:
    """Return ``make`` with a memory, for clauses: they never change, and every store has them.

    A function of its own, since ``cache`` asks for arguments that are declared hashable.
    """
    return cast("Callable[P, T]", cache(make))


def upsert(dialect: Dialect, model: type[SQLModel]) -> UpsertInsert:
    """Return an insert of all columns that can be told what to do on conflict."""
    return _upsert(dialect.name, model)


@made_once
def _upsert(dialect: str, model: type[SQLModel]) -> UpsertInsert:
    table: Table = table_of(model)
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@made_once
def _insert_new(dialect: str, model: type[SQLModel]) -> UpsertInsert:
    return _upsert(dialect, model).on_conflict_do_nothing()


@made_once
def _replace(dialect: str, model: type[SQLModel], key: tuple[str, ...]) -> UpsertInsert:
    insert = _upsert(dialect, model)
    changed = {
        column.name: insert.excluded[column.name]
        for column in table_of(model).columns
        if column.name not in key
    }
    return insert.on_conflict_do_update(index_elements=list(key), set_=changed)


@made_once
def equal(model: type[SQLModel], *columns: str) -> ColumnElement[bool]:
    """Return the condition that ``columns`` equal the values of those names."""
    table = table_of(model)
    return and_(*(table.c[name] == bindparam(name) for name in columns))


def insert_new(dialect: Dialect, model: type[SQLModel]) -> Statement:
    """Return an insert that writes nothing if the key exists; the row count tells."""
    return generate(dialect, _insert_new(dialect.name, model))


def insert_new_rows(dialect: Dialect, model: type[SQLModel]) -> RowsInsert:
    """Return ``insert_new`` for many rows at once.

    SQLite could be asked as PostgreSQL is, but then a NOT NULL might stop it half-way, and it
    copies every page that it touches for the way back: more than twice the time. ``OR IGNORE``
    leaves such a row out as well, and the row count tells.
    """
    key = dialect.name, model
    if key not in _ROWS:
        _ROWS[key] = _rows_insert(dialect, model)
    return _ROWS[key]


def _rows_insert(dialect: Dialect, model: type[SQLModel]) -> RowsInsert:
    if dialect.name == "sqlite":
        single = generate(dialect, sqlite.insert(table_of(model)).prefix_with("OR IGNORE"))
    else:
        single = insert_new(dialect, model)
    before, found, rest = single.sql.partition(_VALUES)
    row, closed, after = rest.partition(")")
    if not (found and closed) or single.constants:
        raise ValueError(f"{model.__name__} is not inserted by parameters alone")
    return RowsInsert(before + found[:-1], f"({row})", after, single.pick)


def replace(dialect: Dialect, model: type[SQLModel], *key: str) -> Statement:
    """Return an insert that overwrites every other column of a row with the same key."""
    return generate(dialect, _replace(dialect.name, model, key))
