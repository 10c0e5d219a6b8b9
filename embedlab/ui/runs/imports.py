"""Vectors trained elsewhere: what a file holds is shown before anything is stored."""

import tempfile
import time
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.data.reading.encodings import COMMON
from embedlab.lab.interchange import store_import
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import link, remember
from embedlab.ui.parts.text import plain
from embedlab.vectors.formats import Imported, VectorOptions, read_vectors

SHOWN_ROWS = 5
DETECTED = "Detected"
JUST, ROUND = "just_imported", "import_round"  # in the state of the session


def import_form(here: Workspace) -> None:
    """Take in vectors trained elsewhere: files, how they are understood, a name, and a button."""
    with st.expander("Import vectors", icon=":material/file_open:"):
        st.caption(
            "word2vec, GloVe or fastText files; JSON Lines, CSV, Parquet or spreadsheets with a vector in each row; "
            "npy or npz with names, Embedding Projector, safetensors, sentence-transformers; also compressed. "
            "Pickled files are refused, because reading one can run code."
        )
        files = st.file_uploader(
            "Files of vectors", key=f"import_file_{st.session_state.get(ROUND, 0)}", accept_multiple_files=True
        )
        if not files:
            return
        read = _understood(files)
        if read is None:
            return
        name = st.text_input("Name of the run", key="import_name", placeholder=Path(files[0].name).stem)
        if st.button("Import", type="primary", key="import_run"):
            started = time.perf_counter()
            name = name.strip() or Path(files[0].name).stem
            run = store_import(here, read, name, seconds=time.perf_counter() - started)
            remember("run", run.id)
            st.session_state[JUST] = {"run": run.id, "files": [file.name for file in files]}
            st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # an empty form for the next files
            st.rerun()


def imported_bar(here: Workspace) -> None:
    """What has just been imported in this session, and the ways on; until it is closed or deleted."""
    just = st.session_state.get(JUST)
    if not just or not here.has_run(just["run"]):
        return
    run = here.run(just["run"])
    with st.container(border=True):
        st.markdown(
            f":material/check_circle: **“{plain(run.name)}” is imported** from "
            f"{plain(' and '.join(just['files'][:3]))}: {len(run.embedding):,} vectors of "
            f"{run.embedding.dim} dimensions."
        )
        with st.container(horizontal=True):
            link("pages/map.py", "See its map", icon=":material/scatter_plot:")
            link("pages/neighbours.py", "Ask it", icon=":material/hub:")
            st.button("Close", key="close_imported", on_click=st.session_state.pop, args=(JUST, None), type="tertiary")


def _understood(files) -> Imported | None:
    """What the files hold, with what can be chosen otherwise; None, with the reason on the page, if it is nothing."""
    left, right = st.columns(2)
    encoding = left.selectbox(
        "Encoding", [DETECTED, *COMMON], key="import_encoding", format_func=lambda codec: COMMON.get(codec, codec)
    )
    column = right.text_input("Name column", key="import_names", placeholder="chosen for you")
    options = VectorOptions(None if encoding == DETECTED else encoding, column.strip() or None)
    try:
        read = _read(tuple(file.file_id for file in files), options, files)
    except EmbedLabError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    for sentence in read.reading.sentences():
        st.caption(plain(sentence))
    table = {"Name": read.embedding.words[:SHOWN_ROWS]}
    if read.attributes is not None:
        table |= {
            column: read.attributes[column].slice(0, SHOWN_ROWS).to_pylist() for column in read.attributes.column_names
        }
    st.dataframe(pd.DataFrame(table), hide_index=True)
    return read


@st.cache_resource(max_entries=2, show_spinner="Reading the vectors")
def _read(ids: tuple[str, ...], options: VectorOptions, _files) -> Imported:
    """The vectors in uploaded files; several files are read as one folder."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file in _files:
            (folder / Path(file.name).name).write_bytes(file.getbuffer())
        inside = list(folder.iterdir())
        path = inside[0] if len(inside) == 1 else folder
        more = f" and {len(_files) - 1} more" if len(_files) > 1 else ""
        return read_vectors(path, name=f"{_files[0].name}{more}", options=options)
