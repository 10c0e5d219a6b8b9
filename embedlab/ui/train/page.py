"""The Train page: what to train, the button that starts it, and the training that is watched."""

from dataclasses import dataclass

import streamlit as st

from embedlab import jobs
from embedlab.data.corpus import Corpus
from embedlab.jobs import Job
from embedlab.jobs.specs import new_training
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import pick_corpus, recall, remember
from embedlab.ui.parts.watch import watch
from embedlab.ui.train import film, form


@dataclass(frozen=True)
class Wanted:
    """The training that the form describes."""

    corpus: Corpus
    model: str
    base: Run | None
    settings: dict
    watching: dict | None
    name: str
    seed: int


def set_up(here: Workspace) -> Wanted | None:
    """The training chosen in the form, with its advice; None where there is no corpus yet."""
    corpus_id = pick_corpus(here)
    if corpus_id is None:
        return None
    corpus = here.corpus(corpus_id)
    model = form.pick_family()
    base = form.pick_base(here, model)
    settings = form.settings_form(model, base)
    watching = film.watch_form(corpus, model, settings)
    name, seed = form.name_and_seed(corpus, model, settings, base)
    form.check(model, settings)
    if base and "min_count" in settings:
        form.growth(base, corpus, settings)
    form.advice(corpus, model, settings)
    return Wanted(corpus, model, base, settings, watching, name, seed)


def start(here: Workspace, wanted: Wanted) -> None:
    """What the training costs, and the button that starts it."""
    form.cost(wanted.corpus, wanted.model, wanted.settings)
    if st.button("Train model", type="primary", icon=":material/play_arrow:", width="stretch"):
        run_id = new_training(
            here,
            wanted.corpus,
            wanted.model,
            wanted.settings,
            name=wanted.name,
            seed=wanted.seed,
            from_run=wanted.base,
        )
        jobs.start_training(here, run_id, watch=wanted.watching)
        remember("watched", run_id)


def watched(here: Workspace) -> Job | None:
    """The training that this visitor started last, with its loss and log; None where there is none."""
    id = recall("watched")
    if not id or not here.has_run(id):
        form.nothing_watched(here)
        return None
    job = watch(id, loss=True, log=True)
    form.after(job)
    film.curves(job)
    return job
