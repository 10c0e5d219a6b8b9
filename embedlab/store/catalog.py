"""Catalog: what the workspace holds, in SQLite by default or PostgreSQL by URL, through the same code.

The catalog stores names, settings, states and scores; arrays and text stay in files that its ids point to.
"""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from embedlab.core.errors import BadSetting, NotFound

metadata = sa.MetaData()

corpora = sa.Table(
    "corpora",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
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
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("corpus_id", sa.String(32)),
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
    sa.Column("name", sa.Text, nullable=False),
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
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("benchmark", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("created", sa.String(32), nullable=False),
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
        _add_missing_columns(engine)
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

    def rows(self, table: sa.Table, *, newest_first: bool = True, **equal) -> list[dict]:
        """The rows whose columns equal the values given (a list or tuple means any of them), ordered by time."""
        where = [table.c[k].in_(v) if isinstance(v, list | tuple) else table.c[k] == v for k, v in equal.items()]
        order = table.c.created.desc() if newest_first else table.c.created
        with self.engine.connect() as connection:
            found = connection.execute(table.select().where(*where).order_by(order, *table.primary_key))
            return [dict(row._mapping) for row in found]

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


def _add_missing_columns(engine: sa.Engine) -> None:
    """Give a catalog made by an earlier version the columns it lacks; all of them may be null, so no row changes."""
    for table in metadata.sorted_tables:
        for column in [column for column in table.columns if column.name not in _columns(engine, table)]:
            wanted = sa.schema.CreateColumn(column).compile(dialect=engine.dialect)
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {wanted}")
            except sa.exc.DBAPIError as error:
                # Two processes may add it at once; the second finds it there.
                if column.name not in _columns(engine, table):
                    raise BadSetting(
                        f"The catalog at {engine.url.render_as_string()} is of an earlier version and cannot be "
                        f"brought up to date: {error.orig}. Check that it may be written."
                    ) from None


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
