"""The path from a text to a judgement: which steps this workspace has taken, and what comes next."""

from dataclasses import dataclass

import streamlit as st

from embedlab import jobs
from embedlab.core.errors import NotFound
from embedlab.models import DEFAULT, MODELS
from embedlab.store import catalog as tables
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.begin import train_and_watch
from embedlab.ui.parts.frame import link, recall
from embedlab.ui.parts.text import plain

SECONDS = 90  # of the training that one watches
EPOCHS = 10, 60
FILMED = "enwiki"  # among the bundled texts the one with most to see


@dataclass(frozen=True)
class Step:
    """One step of the path: its name, its page, whether it was taken, and what to do there next."""

    name: str
    page: str
    done: bool
    next: str


def steps(here: Workspace) -> list[Step]:
    """The five steps as they stand in this workspace."""
    texts = here.corpora()
    trained = [run for run in here.runs(sweep=None) if run.status == "done" and run.spec.corpus_id]
    newest = trained[0].name if trained else "it"
    return [
        Step("Data", "pages/corpora.py", bool(texts), "Choose a text or add your own."),
        Step("Train", "pages/train.py", bool(trained), f"Train on {texts[0]['name']}." if texts else "Train a model."),
        Step("Map", "pages/map.py", here.catalog.has(tables.maps), f"See the map of {newest}."),
        Step("Ask", "pages/neighbours.py", bool(recall("word")), f"Ask {newest} for neighbours."),
        Step("Judge", "pages/benchmarks.py", here.catalog.has(tables.scores), f"Score {newest}."),
    ]


def show(here: Workspace) -> None:
    """The steps with ticks, each a link, and what is next."""
    found = steps(here)
    with st.container(horizontal=True, gap="xsmall"):
        for i, step in enumerate(found, 1):
            link(step.page, f"{i} {step.name}{' ✓' if step.done else ''}", icon=None)
    ahead = next((step for step in found if not step.done), None)
    if ahead is None:
        link("pages/compare.py", "You have been all the way. Compare two runs.", icon=":material/arrow_forward:")
    else:
        link(ahead.page, f"Next: {plain(ahead.next)}", icon=":material/arrow_forward:")


def see_it_learn(here: Workspace) -> None:
    """Train on a bundled text for about a minute and a half, filmed, and show it on the Train page."""
    corpora = here.corpora()
    if not corpora:
        raise NotFound("The bundled texts are still being prepared. Try again in a few seconds.")
    chosen = next((row for row in corpora if FILMED in row["name"].lower()), corpora[-1])
    corpus = here.corpus(chosen["id"])
    cost = jobs.expected_cost(here, DEFAULT, corpus, {"epochs": EPOCHS[0]})
    epochs = min(max(round(EPOCHS[0] * SECONDS / cost.seconds), EPOCHS[0]), EPOCHS[1]) if cost else EPOCHS[0]
    train_and_watch(here, corpus, {"epochs": epochs}, f"{corpus.name}, {MODELS[DEFAULT].title}, filmed")


def go(page: str, **state) -> None:
    """Open another page, with these choices made on it."""
    for key, value in state.items():
        st.session_state[key] = value
    st.switch_page(page)
