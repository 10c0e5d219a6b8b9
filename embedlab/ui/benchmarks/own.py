"""The Benchmarks page, one's own benchmarks: formats, upload, what is there."""

import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation import load_benchmark
from embedlab.evaluation.files.loading import described
from embedlab.store.runs import Run
from embedlab.store.scores import add_benchmark, own_benchmarks, remove_benchmark
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.delete import Removal, ask_any, delete_button, deleted_lately, undo_bar
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
        st.header("Add a benchmark", anchor=False)
        upload_form(here)
        with st.expander("Write an association test", icon=":material/edit:"):
            association_form(here)
    with right:
        st.header("Kept here", anchor=False)
        undo_bar(here, "benchmark")
        _kept(here)
        deleted_lately(here, "benchmark")
    st.header("Formats", anchor=False)
    st.caption("Files are told apart by what they hold.")
    st.markdown(FORMATS)


def _kept(here: Workspace) -> None:
    """The benchmarks of the user, each with the button that removes it."""
    kept = own_benchmarks(here)
    if not kept:
        empty("No benchmark of your own yet", "Those you add can be chosen under This run and Compare runs.")
    removals = [
        Removal(
            "benchmark",
            path.parent.name,
            path.name,
            "Scores that were made with it stay.",
            partial(remove_benchmark, here, path),
        )
        for path in kept
    ]
    ask_any(removals)
    for path, removal in zip(kept, removals, strict=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(path.name)}**  \n{_about(str(path))}", width="stretch")
            delete_button(removal)


def upload_form(here: Workspace) -> None:
    """Choose files and keep them; the form is empty again afterwards, so that the next file is one of its own."""
    files = st.file_uploader(
        "Benchmark file, a ZIP, or files that belong together",
        type=TYPES,
        accept_multiple_files=True,
        key=f"own_benchmark_{st.session_state.get(ROUND, 0)}",
    )
    with st.expander("How the file is read", icon=":material/table_view:"):
        said = reading_choices("own_reading")
    if len(files) == 1:
        take_in(here, [files], said)
    elif files:
        together = TOGETHER == st.segmented_control(
            "These files are",
            [TOGETHER, APART],
            default=APART if _each_alone(files, said) else TOGETHER,
            required=True,
            key=f"own_together_{st.session_state.get(ROUND, 0)}",
            help="Collections with queries and judgements, and train and dev files, belong together.",
        )
        if st.button("Add benchmark" if together else "Add benchmarks", type="primary", icon=":material/add:"):
            take_in(here, [files] if together else [[file] for file in files], said)
    for path in map(Path, st.session_state.get(TAKEN, ())):
        if path.exists():
            st.success(f"Kept: {plain(path.name)}, {_about(str(path))}.", icon=":material/check_circle:")
            show_sentences(load_benchmark(path).said)


def take_in(here: Workspace, groups: list[list], said: ReadOptions) -> None:
    """Keep what was uploaded, each group of files as one benchmark, or say what is wrong with it."""
    taken = []
    for files in groups:
        try:
            with st.spinner("Reading the benchmark"):
                taken.append(str(add_benchmark(here, [(file.name, file.getvalue()) for file in files], said)))
        except EmbedLabError as error:
            st.error(plain(str(error)), icon=":material/error:")
    st.session_state[TAKEN] = taken
    if len(taken) == len(groups):
        st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
        st.rerun()


def _each_alone(files: list, said: ReadOptions) -> bool:
    """Whether every one of several files is a benchmark by itself, and none is called a part of one."""
    if any(Path(file.name).stem.casefold() in PARTS for file in files):
        return False
    return _loads_alone(tuple(file.file_id for file in files), said, files)


@st.cache_data(max_entries=16, show_spinner="Reading the benchmarks")
def _loads_alone(ids: tuple[str, ...], said: ReadOptions, _files: list) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(_files):
            path = Path(folder) / str(number) / Path(file.name).name
            path.parent.mkdir()
            path.write_bytes(file.getvalue())
            try:
                load_benchmark(path, said)
            except EmbedLabError:
                return False
    return True


TOGETHER, APART = "one benchmark", "one benchmark each"
PARTS = frozenset("train dev test valid validation corpus queries qrels documents judgements".split())
TAKEN, ROUND = "own_taken", "own_round"  # in the state of the session: what was kept last, and how many times
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
