"""One word, many senses: its occurrences as a transformer reads them, beside the one dot of a run of word vectors."""

from pathlib import Path

import numpy as np
import streamlit as st

from embedlab import jobs
from embedlab.core.errors import UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import dark, empty, recall, remember
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

METHODS = {"pca": "PCA", "umap": "UMAP"}
AUTO = "Found"  # the number of groups that the occurrences themselves suggest
OFTEN = 30  # occurrences from which a word serves as an example
QUIET = {"displayModeBar": False}


def senses(here: Workspace, run: Run) -> None:
    """Choose a word, encode its occurrences as a job, then their map by layer."""
    from embedlab.explain.concordance import corpus_row
    from embedlab.explain.transformer.senses import FEW, MOST, senses_path

    corpus = here.run_corpus(run)
    if corpus is None:
        empty("No corpus behind this run", "The sentences of a word come from the corpus that a run was trained on.")
        return
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    key = f"sense_word_{corpus.id}"  # a word of one corpus may be none of another
    word = left.text_input("Word", _example(run, corpus), key=key, persist_state="session").strip()
    method = middle.segmented_control(
        "Map", list(METHODS), default="pca", required=True, format_func=METHODS.get, key="sense_method"
    )
    try:
        row = corpus_row(corpus, word)
    except UnknownWord as error:
        st.warning(
            plain(
                str(error) if error.suggestions else f"{error} Check the spelling, or try “{_example(run, corpus)}”."
            ),
            icon=":material/spellcheck:",
        )
        return
    n = int(corpus.vocabulary.counts[row])
    if n < FEW:
        st.caption(
            f"“{plain(word)}” occurs {'once' if n == 1 else f'{n} times'}. Its senses can be told apart from {FEW} "
            "occurrences on. Choose a more frequent word."
        )
        return
    spec = {"run": run.id, "word": word, "limit": MOST, "method": method}
    path = senses_path(run.folder, corpus.id, word, MOST)
    if path.exists() and path.with_suffix(f".{method}.npy").exists():
        _show(here, run, str(path), method)
        return
    id = _job(here, spec)
    if right.button(
        "Read its sentences",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=id is not None and jobs.get(here, id).active,
    ):
        remember("senses_job", jobs.start(here, "senses", spec, title=f"“{word}” in {min(n, MOST):,} sentences"))
        st.rerun()
    reads = f"all {n:,}" if n <= MOST else f"{MOST:,} of them, drawn evenly"
    st.caption(
        f"“{plain(word)}” occurs {n:,} times. The transformer reads {reads}: about ten seconds to load it, then some "
        "hundred sentences a second. "
        "The answer is kept."
    )
    if id is not None:
        watch(id)


def _job(here: Workspace, spec: dict) -> str | None:
    """The job of this browser that reads the sentences of this word; None for another word or run, or before it."""
    id = recall("senses_job")
    if id and jobs.list_jobs(here, id=id) and dict(jobs.get(here, id).spec) == spec:
        return id
    return None


def _example(run: Run, corpus: Corpus) -> str:
    """A word to begin with: one of several senses if the corpus has it often, else a frequent one."""
    from embedlab.ui.parts.pickers import example

    ids, counts = corpus.vocabulary.ids, corpus.vocabulary.counts
    return next(
        (word for word in ("bank", "state", "play", "light") if word in ids and counts[ids[word]] >= OFTEN),
        example(run.embedding, 1)[0],
    )


@st.cache_data(max_entries=32, show_spinner="Grouping the occurrences")
def _groups(path: str, layer: int, k: int | None, _corpus) -> tuple[np.ndarray, tuple[str, ...]]:
    from embedlab.explain.transformer import sense_clusters, sense_names

    found = _senses(path)
    codes = sense_clusters(found, layer, k=k)
    return codes, sense_names(found, codes, _corpus)


@st.cache_resource(max_entries=4, show_spinner=False)
def _senses(path: str):
    from embedlab.explain.transformer import Senses

    return Senses.load(Path(path))


def _show(here: Workspace, run: Run, path: str, method: str) -> None:
    from embedlab.explain.transformer.senses import MOST
    from embedlab.plots.transformer import SensePoints, senses_figure

    found, maps = _senses(path), np.load(Path(path).with_suffix(f".{method}.npy"), mmap_mode="r")
    left, right = st.columns(2)
    layer = left.slider(
        "Layer",
        0,
        found.layers,
        found.layers,
        key="sense_layer",
        help="Layer 0 is the word before its sentence is mixed in: its dots coincide, or differ by position alone. "
        "Each "
        "layer mixes in more.",
    )
    groups = right.select_slider(
        "Groups",
        [AUTO, *range(1, 9)],
        AUTO,
        key="sense_k",
        help="“Found” takes the number, up to 6, that separates the occurrences most clearly; one group if none does.",
    )
    codes, names = _groups(path, layer, None if groups == AUTO else groups, here.run_corpus(run))
    cells = st.columns(2, gap="large")
    with cells[0]:
        title = f"“{found.word}” in {len(found):,} sentences, layer {layer}"
        axes = (f"{METHODS[method]} 1 (no unit)", f"{METHODS[method]} 2 (no unit)")
        st.plotly_chart(
            senses_figure(
                SensePoints(np.asarray(maps[layer]), found.texts, found.spans, codes, names),
                title=title,
                axes=axes,
                dark=dark(),
            ),
            key="senses",
            config=QUIET,
        )
        drawn = (
            f"{len(found):,} of {found.n_total:,} occurrences{', drawn evenly' if found.n_total > MOST else ''}."
            if len(found) < found.n_total
            else "All occurrences."
        )
        if left := min(found.n_total, MOST) - len(found):
            drawn += (
                f" {left:,} more {'is' if left == 1 else 'are'} left out: beyond what the transformer reads of a "
                "text, or "
                "changed by preprocessing."
            )
        st.caption(
            f"{drawn} Each dot is the word in one sentence; point at it to read the sentence. Groups are named by the "
            "words "
            "that their sentences have more often."
        )
    with cells[1]:
        _one_dot(here, found.word)


def _one_dot(here: Workspace, word: str) -> None:
    """The word as a run of word vectors has it: one dot, wherever it stands."""
    from embedlab.plots.transformer import static_figure
    from embedlab.projections import project

    runs = {
        run.id: run
        for run in here.runs(sweep=None)
        if run.status == "done" and not run.recommends and not family_of(run.spec.model).encodes_texts
    }
    if not runs:
        empty(
            "No run of word vectors to compare with",
            "There a word is one dot among its neighbours, whatever the sentence.",
            "pages/train.py",
            "Train a model",
        )
        return
    run = runs[st.selectbox("Beside it", list(runs), format_func=lambda id: runs[id].name, key="sense_words")]
    if word not in run.embedding:
        st.caption(
            f"“{plain(word)}” is not among the words of this run. Choose another run, or train one with a lower "
            "minimum "
            "count."
        )
        return
    near = [neighbour.word for neighbour in run.embedding.neighbours(word, k=15)]
    coords = project(np.stack([run.embedding[w] for w in (word, *near)]), "pca")
    st.plotly_chart(
        static_figure([word, *near], coords, title=f"“{word}”: one dot for all sentences", height=450, dark=dark()),
        key="sense_beside",
        config=QUIET,
    )
    st.caption(
        "The word and its 15 nearest in that run of word vectors, which has one vector for a word wherever it stands."
    )
