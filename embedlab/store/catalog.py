"""Catalog: what the workspace holds, in SQLite by default or PostgreSQL by URL, through the same code.

The catalog stores names, settings, states and scores; arrays and text stay in files that its ids point to. A catalog
of an earlier version gets the columns and indexes it lacks when it is opened.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from embedlab.core.errors import BadSetting, NotFound

metadata = sa.MetaData()

corpora = sa.Table(
    "corpora",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("created", sa.String(32), nullable=False),
    sa.Column("meta", sa.JSON, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.String(32), nullable=False),
    sa.Column("started", sa.String(32)),
    sa.Column("finished", sa.String(32)),
    sa.Column("owner", sa.JSON),
    sa.Column("result", sa.JSON),
    sa.Column("digest", sa.String(32), index=True),  # of kind and spec: the same question has the same one
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("corpus_id", sa.String(32), index=True),
    sa.Column("model", sa.String(32), nullable=False),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
    sa.Column("summary", sa.JSON),
    sa.Column("base", sa.String(32)),
    sa.Column("sweep", sa.String(32)),
    sa.Column("point", sa.Integer),
)

sweeps = sa.Table(
    "sweeps",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    sa.Column("corpus_id", sa.String(32), nullable=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
)

maps = sa.Table(
    "maps",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("run_id", sa.String(32), nullable=False, index=True),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
)

scores = sa.Table(
    "scores",
    metadata,
    sa.Column("run_id", sa.String(32), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True, index=True),
    sa.Column("benchmark", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
)

trash = sa.Table(
    "trash",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("thing", sa.String(64), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # {"rows": by table, "folders": relative to the workspace}
)

ENDED = ("done", "failed", "cancelled", "interrupted", "paused", "pruned")


def now() -> str:
    """The present moment as ISO 8601 text, UTC, so that order by text is order by time."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Catalog:
    """The place where the workspace remembers; every method is one short transaction."""

    engine: sa.Engine

    @classmethod
    def open(cls, url: str) -> "Catalog":
        """The catalog at a SQLAlchemy URL, its tables made if they are missing."""
        try:
            engine = sa.create_engine(_with_driver(url), pool_pre_ping=not url.startswith("sqlite"))
        except (sa.exc.ArgumentError, ModuleNotFoundError, ValueError) as error:
            shown = re.sub(r"(://[^:/]*:)[^@]*@", r"\1***@", url)
            raise BadSetting(
                f"The catalog address {shown!r} cannot be used: {error}. Give sqlite:///FILE or "
                "postgresql://USER@HOST/NAME; PostgreSQL needs: pip install 'embedlab[postgres]'."
            ) from None
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _tune_sqlite)
        try:
            metadata.create_all(engine)
        except sa.exc.OperationalError as error:
            # Two processes may make the tables at once; the second finds them there.
            if "already exists" not in str(error):
                raise BadSetting(
                    f"The catalog at {engine.url.render_as_string()} cannot be opened: {error.orig}. "
                    "Check the address and that the folder may be written."
                ) from None
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError):
            metadata.create_all(engine)
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            raise BadSetting(
                f"The catalog at {engine.url.render_as_string()} is damaged or no catalog: "
                f"{getattr(error, 'orig', error)}. Move the file away, or give another folder."
            ) from None
        _bring_up_to_date(engine)
        return cls(engine)

    @classmethod
    def in_folder(cls, home: Path) -> "Catalog":
        """The SQLite catalog of a workspace folder."""
        return cls.open(f"sqlite:///{Path(home).absolute() / 'embedlab.db'}")

    @property
    def url(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)

    def insert(self, table: sa.Table, **values) -> None:
        """Add one row."""
        with self.engine.begin() as connection:
            connection.execute(table.insert().values(**values))

    def put(self, table: sa.Table, **values) -> None:
        """Add one row, in place of the row with the same primary key if there is one."""
        key = [column == values[column.name] for column in table.primary_key]
        with self.engine.begin() as connection:
            connection.execute(table.delete().where(*key))
            connection.execute(table.insert().values(**values))

    def update(self, table: sa.Table, id: str, *, only_if: Mapping[str, Any] | None = None, **values) -> bool:
        """Change the row `id` where the columns in `only_if` have those values; whether a row was changed."""
        conditions = [table.c[name] == value for name, value in (only_if or {}).items()]
        with self.engine.begin() as connection:
            done = connection.execute(table.update().where(table.c.id == id, *conditions).values(**values))
        return done.rowcount > 0

    def rows(
        self,
        table: sa.Table,
        *,
        newest_first: bool = True,
        columns: Iterable[str] = (),
        limit: int | None = None,
        **equal,
    ) -> list[dict]:
        """The rows whose columns equal the values given (a list or tuple means any of them), ordered by time.

        columns: the ones that are read, by default all. limit: how many rows at most.
        """
        chosen = sa.select(*([table.c[name] for name in columns] or table.c)).where(*_where(table, equal))
        return self._read(_by_time(chosen, table, newest_first).limit(limit))

    def first(self, table: sa.Table, **equal) -> dict | None:
        """The newest row whose columns equal the values given; None if there is none."""
        return next(iter(self.rows(table, limit=1, **equal)), None)

    def has(self, table: sa.Table, **equal) -> bool:
        """Whether there is a row whose columns equal the values given."""
        key = next(iter(table.primary_key))
        return bool(self._read(sa.select(key).where(*_where(table, equal)).limit(1)))

    def joined(
        self, table: sa.Table, other: sa.Table, columns: Iterable[str], **equal
    ) -> list[tuple[dict, dict | None]]:
        """(row, the `columns` of the row of `other` with the same id, or None) for each row, as of `rows`."""
        theirs = [other.c[name].label(f"other_{name}") for name in ("id", *columns)]
        both = sa.select(*table.c, *theirs).join_from(table, other, table.c.id == other.c.id, isouter=True)
        found = self._read(_by_time(both.where(*_where(table, equal)), table, True))
        parts = [({k: v for k, v in row.items() if k in table.c}, row) for row in found]
        return [
            (own, {name: row[f"other_{name}"] for name in columns} if row["other_id"] is not None else None)
            for own, row in parts
        ]

    def find(self, table: sa.Table, key: str, noun: str) -> dict:
        """The row with this id, this name (the newest), or the only id that begins with `key` of 4 characters or more.

        NotFound if there is none, or if several begin so.
        """
        found = self.first(table, id=key) or self.first(table, name=key)
        if found is not None:
            return found
        begins = self._beginning(table, key)
        if len(begins) == 1:
            return begins[0]
        nouns = {"corpus": "corpora"}.get(noun, f"{noun}s")
        if begins:
            raise NotFound(f"{len(begins)} {nouns} have an id that begins with {key!r}. Give more of the id.")
        have = ", ".join(repr(row["name"]) for row in self.rows(table, columns=("name",), limit=5))
        raise NotFound(
            f"There is no {noun} {key!r}. "
            + (f"The newest {nouns} are {have}." if have else f"There are no {nouns} yet.")
        )

    def _beginning(self, table: sa.Table, key: str) -> list[dict]:
        """The rows whose id begins with `key`. Ids are hexadecimal, so they lie between `key` and `key` with a g.

        Those of interactions have an i in front.
        """
        if not re.fullmatch(r"i?[0-9a-f]{4,}", key):
            return []
        return self._read(table.select().where(table.c.id > key, table.c.id < f"{key}g"))

    def _read(self, query: sa.Select) -> list[dict]:
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def row(self, table: sa.Table, id: str) -> dict:
        """The row with this id; NotFound if there is none."""
        with self.engine.connect() as connection:
            found = connection.execute(table.select().where(table.c.id == id)).first()
        if found is None:
            raise NotFound(f"The workspace holds no {table.name.rstrip('s')} {id!r}. It may have been deleted.")
        return dict(found._mapping)

    def delete(self, table: sa.Table, **equal) -> None:
        """Remove the rows whose columns equal the values given."""
        with self.engine.begin() as connection:
            connection.execute(table.delete().where(*[table.c[name] == value for name, value in equal.items()]))


def question_digest(kind: str, spec: Mapping) -> str:
    """What equal questions to jobs share: 32 hex digits of the kind and the spec, whatever the order of its keys."""
    question = json.dumps([kind, dict(spec)], sort_keys=True, ensure_ascii=False)
    return blake2b(question.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _where(table: sa.Table, equal: Mapping[str, Any]) -> list:
    """The conditions that columns equal the values given; a list or tuple means any of them."""
    return [table.c[k].in_(v) if isinstance(v, list | tuple) else table.c[k] == v for k, v in equal.items()]


def _by_time(query: sa.Select, table: sa.Table, newest_first: bool) -> sa.Select:
    return query.order_by(table.c.created.desc() if newest_first else table.c.created, *table.primary_key)


def _bring_up_to_date(engine: sa.Engine) -> None:
    """Give a catalog made by an earlier version the columns, indexes and digests it lacks; no row loses anything."""
    for table in metadata.sorted_tables:
        columns, indexes = _columns(engine, table), _indexes(engine, table)
        for column in [column for column in table.columns if column.name not in columns]:
            wanted = sa.schema.CreateColumn(column).compile(dialect=engine.dialect)
            add = sa.text(f"ALTER TABLE {table.name} ADD COLUMN {wanted}")
            _change(engine, add, column.name, partial(_columns, engine, table))
        for index in [index for index in table.indexes if index.name not in indexes]:
            _change(engine, sa.schema.CreateIndex(index), index.name, partial(_indexes, engine, table))
    _add_digests(engine)


def _change(engine: sa.Engine, statement: sa.Executable, name: str | None, present: Callable[[], Set]) -> None:
    """Add what is called `name` to a table. Two processes may do so at once; the second finds it among `present`."""
    try:
        with engine.begin() as connection:
            connection.execute(statement)
    except sa.exc.DBAPIError as error:
        if name not in present():
            raise BadSetting(
                f"The catalog at {engine.url.render_as_string()} is of an earlier version and cannot be "
                f"brought up to date: {error.orig}. Check that it may be written."
            ) from None


def _add_digests(engine: sa.Engine) -> None:
    """Work out the digests of jobs that an earlier version stored."""
    with engine.connect() as connection:
        old = list(connection.execute(sa.select(jobs.c.id, jobs.c.kind, jobs.c.spec).where(jobs.c.digest.is_(None))))
    for id, kind, spec in old:
        with engine.begin() as connection:
            connection.execute(jobs.update().where(jobs.c.id == id).values(digest=question_digest(kind, spec)))


def _indexes(engine: sa.Engine, table: sa.Table) -> set[str | None]:
    return {index["name"] for index in sa.inspect(engine).get_indexes(table.name)}


def _columns(engine: sa.Engine, table: sa.Table) -> set[str]:
    return {column["name"] for column in sa.inspect(engine).get_columns(table.name)}


def _with_driver(url: str) -> str:
    """PostgreSQL through psycopg 3, whichever of the usual spellings was given."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _tune_sqlite(connection, record) -> None:
    """Readers never wait for the writer (WAL), and a second writer waits instead of failing."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
