"""Interactions of the Lab: tables of who chose what are taken in, and a data set is found by whatever names it."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from embedlab.core.errors import BadInput, EmbedLabError
from embedlab.core.progress import Report
from embedlab.data.interactions.build import Keeping
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.data.interactions.columns import ItemColumns, names_choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.reading import preview
from embedlab.data.reading.options import ReadOptions
from embedlab.jobs.data_tasks import take_in
from embedlab.store.workspace import Workspace, checked_name

FilesOrKey = str | Path | Iterable[str | Path]


def item_sources(files: FilesOrKey) -> dict:
    """Where `take_in` finds the choices: {"bundled": key} or {"files": [{"path", "name"}]}.

    BadInput for a file that does not exist.
    """
    if isinstance(files, str) and files in BUNDLED_ITEMS and not Path(files).exists():
        return {"bundled": files}
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    for path in paths:
        if not path.exists():
            raise BadInput(
                f"There is no file {str(path)!r}. Check the path; bundled data sets of items are "
                f"{', '.join(BUNDLED_ITEMS)}."
            )
    return {"files": [{"path": str(path), "name": path.name or str(path)} for path in paths]}


def add_items(
    here: Workspace,
    files: FilesOrKey,
    how: tuple[ItemColumns, Keeping, ReadOptions],
    *,
    name: str | None,
    titles: str | Path | None,
    report: Report,
) -> Interactions:
    """The interactions in these files or of a bundled set, listed in the workspace; their meta says how they were read.

    how: which columns, what is kept, and how the files are read.
    """
    columns, keeping, reading = how
    spec = {"name": checked_name(name) if name else None, "reading": reading.to_dict()}
    if titles is not None:
        spec |= {"titles": item_sources([titles])["files"]}
    made = take_in(here, spec | asdict(keeping) | columns.options() | item_sources(files), report)
    data = cast(Interactions, here.data_set(made["dataset"]))
    fresh = {key: made[key] for key in ("dropped", "columns", "sentence", "said")}
    return replace(data, meta=data.meta | fresh)


def holds_choices(path: Path) -> bool:
    """Whether a file looks like a table of who chose what: it says so, or has codes with a time or a number."""
    try:
        found = preview([(path, path.name)])
    except EmbedLabError:
        return False
    if found.detected is None or found.layout != "table":
        return False
    if names_choices(found.columns):
        return True
    columns = found.detected
    coded = all(" " not in row[column or ""] for row in found.rows for column in (columns.user, columns.item))
    return not found.reading.header and coded and bool(columns.time or columns.strength)
