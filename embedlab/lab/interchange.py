"""Runs to files of other programs, and back."""

import time
import uuid
from pathlib import Path

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Report, silent
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace, checked_name
from embedlab.vectors.formats import EXPORTS, export_embedding, import_embedding


def export_run(run: Run, format: str, path: Path, *, report: Report = silent) -> Path:
    """The file or folder written, in one of the formats of EXPORTS."""
    if format not in EXPORTS:
        raise BadSetting(f"There is no export format {format!r}. Choose one of {', '.join(EXPORTS)}.")
    return export_embedding(run.embedding, format, path, encoder_folder=run.encoder_folder, report=report)


def import_run(workspace: Workspace, path: Path, *, name: str | None = None, report: Report = silent) -> Run:
    """A finished run without a corpus, from vectors trained elsewhere."""
    if not path.exists():
        raise BadInput(f"There is no file {str(path)!r}. Check the path.")
    started = time.perf_counter()
    name = checked_name(name or path.stem or str(path))
    embedding = import_embedding(path, report=report)
    id = uuid.uuid4().hex[:12]
    workspace.catalog.insert(
        tables.runs, id=id, name=name, corpus_id=None, model="imported", config={}, seed=0, created=now(), summary=None
    )
    summary = {
        "run": id,
        "words": len(embedding),
        "dim": embedding.dim,
        "loss": [],
        "words_per_second": 0,
        "seconds": round(time.perf_counter() - started, 3),
        "notes": {"source": path.name},
    }
    workspace.finish_run(id, embedding, summary)
    return workspace.run(id)
