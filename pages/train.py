"""Train a model on a corpus and watch it learn."""

import streamlit as st

from embedlab import jobs
from embedlab.specs import new_training
from embedlab.ui import live, training
from embedlab.ui.frame import page, pick_corpus, recall, remember
from embedlab.ui.watch import watch

st.session_state["page"] = "train"
with page("Train", "Choose a corpus and a model, set it up, and watch the loss fall. Training goes on if you leave this page.") as here:
    stage = st.container()
    form, side = st.columns([3, 2], gap="large")
    with form:
        corpus_id = pick_corpus(here)
        if corpus_id is None:
            st.stop()
        corpus = here.corpus(corpus_id)
        model = training.pick_family()
        base = training.pick_base(here, model)
        settings = training.settings_form(model, base)
        watching = live.watch_form(corpus, model, settings)
        name, seed = training.name_and_seed(corpus, model, settings, base)
        training.check(model, settings)
        if base and "min_count" in settings:
            training.growth(base, corpus, settings)
        training.advice(corpus, model, settings)
    with side:
        training.cost(corpus, model, settings)
        if st.button("Train model", type="primary", icon=":material/play_arrow:", width="stretch"):
            run_id = new_training(here, corpus, model, settings, name=name, seed=seed, from_run=base)
            jobs.start_training(here, run_id, watch=watching)
            remember("watched", run_id)
        watched = recall("watched")
        if watched and here.has_run(watched):
            job = watch(watched, loss=True, log=True)
            training.after(job)
            live.curves(job)
        else:
            training.nothing_watched(here)
    if watched and here.has_run(watched):
        with stage:
            live.panel(here, job)
        training.results(here, job)
