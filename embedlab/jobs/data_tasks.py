"""Work on data sets of items: a table of who chose what becomes interactions of the workspace."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from embedlab.core.progress import Report
from embedlab.data.interactions.build import Keeping, Wanted, add_bundled_items, add_choices
from embedlab.data.interactions.columns import ItemColumns
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.reading import HowToRead
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import second_name
from embedlab.store.workspace import Workspace


def take_in(workspace: Workspace, spec: Mapping, report: Report) -> dict:
    """Interactions from files or from a bundled set: {"dataset", "name", "users", "items", "interactions" ...}.

    spec: either `bundled` (a key) or `files` ([{"path", "name"}]); `name`; `user_column`, `item_column`, `time_column`,
    `strength_column`; `threshold`, `minimum_user`, `minimum_item`; `titles`, a list with the file that names the items;
    `reading` holds the fields of ReadOptions that are given; `upload` is the folder in uploads/ to clear away
    afterwards. The result holds `dropped`, the choices left out by reason, and `said`, what was done in sentences.
    """
    started = time.perf_counter()
    try:
        data = _made(workspace, spec, report)
    finally:
        clear_upload(workspace, spec)
    workspace.register_interactions(data, spec.get("name"))
    known = workspace.data_set(data.id).name
    return {
        "dataset": data.id,
        "name": known,
        "users": data.n_users,
        "items": data.n_items,
        "interactions": data.n_interactions,
        "dropped": data.meta["dropped"],
        "columns": data.meta["columns"],
        "sentence": data.meta["sentence"],
        "said": [*data.meta["said"], *second_name(known, spec.get("name"), what="data set")],
        "seconds": round(time.perf_counter() - started, 3),
    }


def _made(workspace: Workspace, spec: Mapping, report: Report) -> Interactions:
    if spec.get("bundled"):
        return add_bundled_items(spec["bundled"], workspace.corpora_folder, name=spec.get("name"), report=report)
    titles = [(Path(file["path"]), file["name"]) for file in spec.get("titles") or []]
    return add_choices(
        [(Path(file["path"]), file["name"]) for file in spec["files"]],
        workspace.corpora_folder,
        Wanted(
            HowToRead(ItemColumns.from_options(spec), ReadOptions(**spec.get("reading") or {})),
            Keeping(spec.get("threshold"), spec.get("minimum_user", 1), spec.get("minimum_item", 1)),
            titles[0] if titles else None,
        ),
        name=spec.get("name") or None,
        report=report,
    )


def clear_upload(workspace: Workspace, spec: Mapping) -> None:
    """Remove the uploaded files that a job has read."""
    if spec.get("upload"):
        shutil.rmtree(workspace.home / "uploads" / Path(spec["upload"]).name, ignore_errors=True)
