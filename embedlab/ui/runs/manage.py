"""One run of the Runs page: open, rename, resume, export or delete it, and what it has to show."""

import re
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.lab.interchange import export_run
from embedlab.models import MODELS
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.delete import Removal, ask, delete_button
from embedlab.ui.parts.frame import describe, remember
from embedlab.ui.parts.text import memory, plain
from embedlab.ui.parts.watch import STATES, start_again
from embedlab.ui.runs.page import FIRST, began_from, names_of, settings_shown
from embedlab.ui.sweeps import stability
from embedlab.ui.train import film, results
from embedlab.ui.train.sizes import sizes
from embedlab.ui.train.start_end import how_trained, start_end
from embedlab.vectors.formats import EXPORTS

GOES = "Its vectors, checkpoints, maps and scores go with it."


def manage(here: Workspace, run: Run) -> None:
    """Everything about one run, what can be done with it first."""
    st.header(plain(run.name), anchor=False)
    st.caption(" · ".join(map(plain, _facts(here, run))))
    ended = run.status not in ("queued", "running")
    if ended and run.status != "done":
        if run.message:
            (st.error if run.status == "failed" else st.info)(plain(run.message))
        if run.spec.model in MODELS:
            start_again(run)
    removal = Removal("run", run.id, run.name, GOES, lambda: here.delete_run(run.id))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if run.status == "done":
            if run.has_vectors:
                _open(run, "pages/map.py", "Show its map", ":material/scatter_plot:")
                _open(run, "pages/neighbours.py", "Ask it", ":material/hub:")
            if run.recommends:
                _open(run, "pages/recommend.py", "Recommend", ":material/recommend:")
            _open(run, "pages/benchmarks.py", "Score it", ":material/leaderboard:")
        delete_button(removal, disabled=not ended, why=None if ended else "Cancel the training first.")
    ask(removal)
    if run.status == "done":
        how_trained(run)
        start_end(run, key=run.id)
    left, right = st.columns(2, gap="large")
    with left:
        _rename(here, run)
        with st.expander("Settings"):
            st.dataframe(
                pd.Series(settings_shown(run, names_of(here)), name="Value"),
                alt="Settings of the run",
                column_config=FIRST,
            )
    with right:
        if run.status == "done":
            sizes(run, key=run.id)
            export_form(run)
        elif log := jobs.get(here, run.id).log_tail():
            with st.expander("Log", expanded=run.status in ("failed", "interrupted")):
                st.code(log, language=None, height=240)
    stability.panel(here, run)
    film.replay_of(here, run)
    results.show(run)


def _open(run: Run, page: str, label: str, icon: str) -> None:
    if st.button(label, icon=icon):
        remember("run", run.id)
        st.switch_page(page)


def _rename(here: Workspace, run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", run.name, key=f"name_{run.id}")
        st.button(
            "Rename",
            on_click=here.rename_run,
            args=(run.id, name),
            disabled=name == run.name or not name.strip(),
            icon=":material/edit:",
        )


def _facts(here: Workspace, run: Run) -> list[str]:
    """What the caption of a run says."""
    base = began_from(run, {other.id: other.name for other in here.runs()}) if run.spec.base else None
    facts = [describe(run)] if run.status == "done" else [STATES[run.status][0]]
    return facts + ([f"started from {base}"] if base else []) + [f"{memory(run.size)} on disk", f"id {run.id}"]


def export_form(run: Run) -> None:
    """Choose a format, then download; a sentence for a run without vectors, of which nothing can be exported."""
    if not run.has_vectors:
        st.caption(
            f":material/info: {MODELS[run.spec.model].title} gives items no vectors, so there is nothing to export: "
            "formats hold vectors."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        format = st.selectbox(
            "Export as", list(EXPORTS), format_func=lambda name: EXPORTS[name].title, key=f"format_{run.id}"
        )
        prepare = st.button("Prepare file", icon=":material/upload_file:", key=f"prepare_{run.id}")
    st.caption(EXPORTS[format].about)
    if prepare:
        with tempfile.TemporaryDirectory() as folder, st.spinner("Writing vectors"):
            name, data = packed(run, format, Path(folder))
        st.download_button(
            f"Download {plain(name)}", data, name, icon=":material/download:", on_click="ignore", type="primary"
        )


def packed(run: Run, format: str, folder: Path) -> tuple[str, bytes]:
    """One file to download: its name, that of the run and the format, and its bytes; a folder becomes a zip."""
    stem = f"{file_stem(run.name)}.{format}"
    written = export_run(run, format, folder / (stem + EXPORTS[format].extension))
    if written.is_dir():
        written = Path(shutil.make_archive(str(folder / "packed"), "zip", written))
        return f"{stem}.zip", written.read_bytes()
    return written.name, written.read_bytes()


def file_stem(name: str) -> str:
    """A name that people gave, as the beginning of a file name: letters, digits and single marks between them."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-. ")[:60].rstrip("-. ") or "vectors"
