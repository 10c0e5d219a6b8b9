"""Runs and corpora kept in memory between clicks, since reading them takes longer than answering."""

import streamlit as st

from embedlab.data.corpus import Corpus
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import workspace


def loaded(run: Run) -> tuple[Run, Corpus | None]:
    """The run with its vectors and its corpus with its vocabulary, read once and shared by all sessions."""
    return _loaded(run.id, run.name, run.finished)


@st.cache_resource(max_entries=4, show_spinner="Reading the vectors")
def _loaded(run_id: str, name: str, finished: str | None) -> tuple[Run, Corpus | None]:
    here = workspace()
    run = here.run(run_id)
    corpus = here.run_corpus(run)
    if len(run.embedding.unit) and corpus is not None:  # both are computed when first asked for: now
        len(corpus.vocabulary.ids)
    return run, corpus


@st.cache_resource(max_entries=2, show_spinner="Loading the transformer")
def encoder(folder: str, max_length: int):
    """The sentence-transformers model of a run."""
    from embedlab.models.encoders.load import open_encoder

    return open_encoder(folder, max_length)
