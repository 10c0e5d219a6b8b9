"""A training with the settings that suit its data, filmed, begun by one click."""

from collections.abc import Mapping

import streamlit as st

from embedlab import jobs
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.jobs.specs import Training, new_training
from embedlab.models import DEFAULTS
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import remember


def train_and_watch(
    here: Workspace, data: Corpus | Interactions, settings: Mapping | None = None, name: str | None = None
) -> None:
    """Start the training of the default model for such data and open the Train page, which shows it learn.

    settings: those that are not to be the defaults; name: of the run, by default from data and model.
    """
    id = new_training(here, Training(data, DEFAULTS[data.kind], settings or {}, name))
    jobs.start_training(here, id, watch={})
    remember("watched", id)
    st.switch_page("pages/train.py")
