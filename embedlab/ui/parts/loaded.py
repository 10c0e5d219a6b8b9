"""Runs and their data kept in memory between clicks, since reading them takes longer than answering."""

import streamlit as st

from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.models.recommending import FILE as RECOMMENDER
from embedlab.models.recommending import Recommender
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


def choices_behind(run: Run) -> Interactions | None:
    """Who chose what, of a run that was trained on it, read once; None for other runs and where it was deleted."""
    return _choices(run.spec.corpus_id) if run.recommends and workspace().run_interactions(run) is not None else None


@st.cache_resource(max_entries=4, show_spinner="Reading the choices")
def _choices(id: str) -> Interactions:
    data = workspace().data_set(id)
    data.choices, data.users, data.vocabulary.words, data.item_ids  # noqa: B018  # read when first asked for: now
    return data


def recommender_of(run: Run) -> Recommender:
    """What a run recommends by, read once as long as its file stays the same."""
    return _recommender(run.id, (run.folder / RECOMMENDER).stat().st_mtime_ns)


@st.cache_resource(max_entries=4, show_spinner="Reading the recommender")
def _recommender(run_id: str, changed: int) -> Recommender:
    return workspace().run(run_id).recommender


@st.cache_resource(max_entries=2, show_spinner="Loading the transformer")
def encoder(folder: str, max_length: int):
    """The sentence-transformers model of a run."""
    from embedlab.models.encoders.load import open_encoder

    return open_encoder(folder, max_length)
