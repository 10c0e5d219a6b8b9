"""What was deleted and can still be brought back: rows of the catalog as JSON, folders moved to trash/, for a day.

Whatever reads the workspace finds neither row nor folder, so a deleted thing is gone for everyone at once.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from embedlab.core.errors import NotFound
from embedlab.store import catalog as tables
from embedlab.store.catalog import Catalog, metadata, now

KEPT = timedelta(days=1)  # how long a deletion can be undone


class Place(Protocol):
    """What the trash needs of a workspace."""

    @property
    def home(self) -> Path: ...

    @property
    def catalog(self) -> Catalog: ...


@dataclass(frozen=True)
class Deleted:
    """A run, corpus, benchmark or sweep (`kind`) in the trash. thing: the id it had. created: when it was deleted."""

    id: str
    kind: str
    thing: str
    name: str
    created: str


def put_away(workspace: Place, what: Deleted, rows: Mapping[str, list[dict]], folders: Sequence[Path]) -> Deleted:
    """Take rows out of the catalog and folders out of the workspace, and keep them; what `restore` takes back.

    what: the thing without an id of its own, see `noted`. rows: by the name of their table. folders: inside the
    workspace; those that are not there are left out.
    """
    empty(workspace)
    own = [str(folder.relative_to(workspace.home)) for folder in folders if folder.exists()]
    workspace.catalog.insert(
        tables.trash,
        id=what.id,
        kind=what.kind,
        thing=what.thing,
        name=what.name,
        created=what.created,
        content={"rows": dict(rows), "folders": own},
    )
    for table, found in rows.items():
        for row in found:
            _remove(workspace, table, row)
    for number, folder in enumerate(own):
        _move(workspace.home / folder, _place(workspace, what.id) / str(number))
    return what


def noted(kind: str, thing: str, name: str) -> Deleted:
    """A thing about to be deleted, now, under an id of its own in the trash."""
    return Deleted(uuid.uuid4().hex[:12], kind, thing, name, now())


def deleted(workspace: Place, **equal) -> list[Deleted]:
    """What can be brought back, newest first, narrowed by column values (kind, thing, name)."""
    columns = ("id", "kind", "thing", "name", "created")
    return [Deleted(**row) for row in workspace.catalog.rows(tables.trash, columns=columns, **equal)]


def find(workspace: Place, kind: str, key: str) -> Deleted:
    """The newest deleted thing of a kind with this id or name; NotFound, with the names there are, otherwise."""
    there = deleted(workspace, kind=kind)
    found = next((each for each in there if key in (each.thing, each.name)), None)
    if found is None:
        names = ", ".join(repr(each.name) for each in there[:5])
        raise NotFound(
            f"No deleted {kind} {key!r} can be brought back. "
            + (f"There are {names}." if names else "Deleted things are kept for a day.")
        )
    return found


def restore(workspace: Place, id: str) -> Deleted:
    """Bring back what was deleted, as it was; NotFound when it is no longer kept."""
    row = workspace.catalog.first(tables.trash, id=id)
    if row is None:
        raise NotFound("This can no longer be brought back: what is deleted is kept for a day.")
    for number, folder in enumerate(row["content"]["folders"]):
        place, kept = workspace.home / folder, _place(workspace, id) / str(number)
        if kept.exists():
            shutil.rmtree(place, ignore_errors=True)  # what a job left there that ended after the deletion
            _move(kept, place)
    for table, rows in row["content"]["rows"].items():
        for each in rows:
            workspace.catalog.put(metadata.tables[table], **each)
    _forget(workspace, id)
    return Deleted(id, row["kind"], row["thing"], row["name"], row["created"])


def discard(workspace: Place, id: str) -> None:
    """Delete for good what lies in the trash."""
    _forget(workspace, id)


def empty(workspace: Place, *, kept: timedelta = KEPT) -> int:
    """Delete for good what was deleted longer ago than `kept`; how many things those were."""
    before = (datetime.now(UTC) - kept).isoformat(timespec="milliseconds")
    old = [each for each in deleted(workspace) if each.created <= before]
    for each in old:
        _forget(workspace, each.id)
    return len(old)


def _forget(workspace: Place, id: str) -> None:
    workspace.catalog.delete(tables.trash, id=id)
    shutil.rmtree(_place(workspace, id), ignore_errors=True)


def _place(workspace: Place, id: str) -> Path:
    return workspace.home / "trash" / id


def _remove(workspace: Place, table: str, row: Mapping) -> None:
    key = {column.name: row[column.name] for column in metadata.tables[table].primary_key}
    workspace.catalog.delete(metadata.tables[table], **key)


def _move(folder: Path, to: Path) -> None:
    """Move a folder inside the workspace; one that cannot be moved, because something has it open, stays."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        os.replace(folder, to)
