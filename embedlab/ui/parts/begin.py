"""A training with the settings that suit its corpus, filmed, begun by one click."""

from collections.abc import Mapping

import streamlit as st

from embedlab import jobs
from embedlab.data.corpus import Corpus
from embedlab.jobs.specs import Training, new_training
from embedlab.models import DEFAULT
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import remember


def train_and_watch(here: Workspace, corpus: Corpus, settings: Mapping | None = None, name: str | None = None) -> None:
    """Start the training of a default model and open the Train page, which shows it learn.

    settings: those that are not to be the defaults; name: of the run, by default from corpus and model.
    """
    id = new_training(here, Training(corpus, DEFAULT, settings or {}, name))
    jobs.start_training(here, id, watch={})
    remember("watched", id)
    st.switch_page("pages/train.py")
