"""Train a model on a corpus and watch it learn."""

import streamlit as st

from embedlab import jobs
from embedlab.jobs.specs import new_training
from embedlab.ui.parts.frame import page, pick_corpus, recall, remember
from embedlab.ui.parts.watch import watch
from embedlab.ui.train import film, form

st.session_state["page"] = "train"
with page(
    "Train", "Choose a corpus and a model, set it up, and watch the loss fall. Training goes on if you leave this page."
) as here:
    stage = st.container()
    form, side = st.columns([3, 2], gap="large")
    with form:
        corpus_id = pick_corpus(here)
        if corpus_id is None:
            st.stop()
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
    with side:
        form.cost(corpus, model, settings)
        if st.button("Train model", type="primary", icon=":material/play_arrow:", width="stretch"):
            run_id = new_training(here, corpus, model, settings, name=name, seed=seed, from_run=base)
            jobs.start_training(here, run_id, watch=watching)
            remember("watched", run_id)
        watched = recall("watched")
        if watched and here.has_run(watched):
            job = watch(watched, loss=True, log=True)
            form.after(job)
            film.curves(job)
        else:
            form.nothing_watched(here)
    if watched and here.has_run(watched):
        with stage:
            film.panel(here, job)
        form.results(here, job)
