"""Files in and out: texts of a corpus, runs in the formats of other programs."""

import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Report, silent
from embedlab.data.attributes import save_attributes
from embedlab.data.bundled import BUNDLED
from embedlab.models.family import Trained
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace, checked_name
from embedlab.vectors.formats import EXPORTS, Imported, VectorOptions, export_embedding, read_vectors


def sources(files: str | Path | Iterable[str | Path]) -> dict:
    """Where `jobs.tasks.encode` finds the texts: {"bundled": key} or {"files": [{"path", "name"}]}.

    files: one file, several, or the key of a bundled corpus. BadInput for a file that does not exist.
    """
    if isinstance(files, str) and files in BUNDLED and not Path(files).exists():
        return {"bundled": files}
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    for path in paths:
        if not path.exists():
            raise BadInput(f"There is no file {str(path)!r}. Check the path; bundled corpora are {', '.join(BUNDLED)}.")
    return {"files": [{"path": str(path), "name": path.name or str(path)} for path in paths]}


def export_run(run: Run, format: str, path: Path, *, report: Report = silent) -> Path:
    """The file or folder written, in one of the formats of EXPORTS."""
    if format not in EXPORTS:
        raise BadSetting(f"There is no export format {format!r}. Choose one of {', '.join(EXPORTS)}.")
    return export_embedding(run.embedding, format, path, encoder_folder=run.encoder_folder, report=report)


def import_run(
    workspace: Workspace,
    path: Path,
    *,
    name: str | None = None,
    options: Mapping | None = None,
    report: Report = silent,
) -> Run:
    """A finished run without a corpus, from vectors trained elsewhere; options: the fields of VectorOptions."""
    if not path.exists():
        raise BadInput(f"There is no file {str(path)!r}. Check the path.")
    started = time.perf_counter()
    read = read_vectors(path, options=VectorOptions(**options or {}), report=report)
    return store_import(workspace, read, name or path.stem or str(path), seconds=time.perf_counter() - started)


def store_import(
    workspace: Workspace, read: Imported, name: str, *, seconds: float, notes: Mapping | None = None
) -> Run:
    """The finished run of imported vectors. Files are written before the catalog, so no run is incomplete.

    notes: more to keep with the run, such as who made the vectors.
    """
    embedding, name, id = read.embedding, checked_name(name), uuid.uuid4().hex[:12]
    if read.attributes is not None:
        save_attributes(read.attributes, workspace.run_folder(id))
    workspace.catalog.insert(
        tables.runs, id=id, name=name, corpus_id=None, model="imported", config={}, seed=0, created=now(), summary=None
    )
    summary = {
        "run": id,
        "words": len(embedding),
        "dim": embedding.dim,
        "loss": [],
        "words_per_second": 0,
        "seconds": round(seconds, 3),
        "notes": {"source": read.reading.file, "reading": read.reading.to_dict(), **(notes or {})},
    }
    workspace.finish_run(id, Trained(embedding), summary)
    return workspace.run(id)
