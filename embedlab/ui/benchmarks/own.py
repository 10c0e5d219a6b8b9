"""The Benchmarks page, one's own benchmarks: formats, upload, what is there."""

from pathlib import Path

import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation import load_benchmark
from embedlab.evaluation.files.loading import described
from embedlab.store.runs import Run
from embedlab.store.scores import add_benchmark, own_benchmarks, remove_benchmark
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import empty
from embedlab.ui.parts.reading import reading_choices, show_sentences
from embedlab.ui.parts.text import plain

FORMATS = """
| What it asks | What a file holds |
|---|---|
| Similarity of words | `word1 word2 score` a line, in any table |
| Analogies | four words a line, `: category` lines between; BATS folders; MSR |
| Word classes | word, tab, class |
| Association (bias) | `target: flowers = rose, tulip`, two such lines, and two of `attribute: pleasant = love, peace` |
| Similarity of sentences | two sentences and a score per row, in any table (STS-B, SICK) |
| Texts with labels | GLUE tables such as SST-2 or MRPC; one file, which is split, or train and dev files together |
| Retrieval | BEIR (corpus, queries and qrels as `.jsonl`, `.parquet` or `.csv`), TREC or Cranfield; also in a ZIP |
| Other systems | TREC result files beside a collection, ranked with the runs |
| Retrieval in one table | `query`, `text` and `relevance`; or `anchor`, `positive`, `negative` |
"""
TYPES = "txt tsv csv zip jsonl json parquet xlsx ods xml trec all qry que rel qrels run questions answers".split()


def manage(here: Workspace, run: Run) -> None:
    """Take in benchmarks, checked before they are kept, and list those that are there."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Add a benchmark", anchor=False)
        files = st.file_uploader(
            "Benchmark file, a ZIP, or files that belong together",
            type=TYPES,
            accept_multiple_files=True,
            key="own_benchmark",
        )
        with st.expander("How the file is read", icon=":material/table_view:"):
            said = reading_choices("own_reading")
        if files:
            take_in(here, files, said)
        with st.expander("Write an association test", icon=":material/edit:"):
            association_form(here)
    with right:
        st.subheader("Kept here", anchor=False)
        kept = own_benchmarks(here)
        if not kept:
            empty("No benchmark of your own yet", "Those you add can be chosen under This run and Compare runs.")
        for path in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(path.name)}**  \n{_about(str(path))}", width="stretch")
                st.button(
                    "Remove",
                    key=f"remove_{path.parent.name}",
                    icon=":material/delete:",
                    on_click=remove_benchmark,
                    args=(here, path),
                )
    st.subheader("Formats", anchor=False)
    st.caption("Files are told apart by what they hold.")
    st.markdown(FORMATS)


def take_in(here: Workspace, files: list, said: ReadOptions) -> None:
    """Keep what was uploaded, or say what is wrong with it; once, so that what is removed does not come back."""
    upload = (*(file.file_id for file in files), said)
    if st.session_state.get("own_taken", (None, None))[0] != upload:
        try:
            with st.spinner("Reading the benchmark"):
                st.session_state["own_taken"] = (
                    upload,
                    str(add_benchmark(here, [(file.name, file.getvalue()) for file in files], said)),
                )
        except EmbedLabError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    path = Path(st.session_state["own_taken"][1])
    if path.exists():
        st.success(f"Kept: {plain(path.name)}, {_about(str(path))}.", icon=":material/check_circle:")
        show_sentences(load_benchmark(path).said)


LISTS = (
    ("target", "First targets", "flowers", "rose, tulip, daisy"),
    ("target", "Second targets", "insects", "ant, wasp, moth"),
    ("attribute", "First attributes", "pleasant", "love, peace, joy"),
    ("attribute", "Second attributes", "unpleasant", "war, pain, dirt"),
)


def association_form(here: Workspace) -> None:
    """Four word lists typed in, kept as a benchmark like any other."""
    st.caption(
        "Are the first targets closer to the first attributes than the second targets are? "
        "A fair test needs ten words or more in each list."
    )
    with st.form("association", border=False):
        lines, lacking = [], []
        for i, (kind, label, name, words) in enumerate(LISTS):
            left, right = st.columns([1, 2])
            called = left.text_input(label, placeholder=name, key=f"association_name_{i}")
            listed = right.text_input("Words, with commas between", placeholder=words, key=f"association_words_{i}")
            lines.append(f"{kind}: {called.replace('=', ' ')} = {listed}")
            if not called.strip() or sum(bool(word.strip()) for word in listed.split(",")) < 2:
                lacking.append(label.lower())
        title = st.text_input("Name of the test", placeholder="flowers and insects", key="association_title")
        if st.form_submit_button("Keep this test", icon=":material/save:"):
            try:
                add_benchmark(here, [(f"{title or 'association'}.txt", "\n".join(lines).encode())])
            except EmbedLabError as error:
                fill_in = (
                    f" Give a name and two words or more, with commas between, for the {', '.join(lacking)}."
                    if lacking
                    else ""
                )
                st.error(plain(f"{error}{fill_in}"), icon=":material/error:")
            else:
                st.rerun()


@st.cache_data(max_entries=64, show_spinner=False)
def _about(path: str) -> str:
    """What a kept benchmark holds; its content never changes."""
    return described(load_benchmark(path))
