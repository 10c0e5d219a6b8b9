"""The form of the Train page: data set, model, where it starts, settings, name and film."""

from dataclasses import dataclass

import streamlit as st

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.settings import from_dict
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.jobs.specs import Training, name_of, new_training
from embedlab.models import DEFAULTS, MODELS, TEXTS, families_for
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.forms import Shown, config_form
from embedlab.ui.parts.frame import pick_data, remember
from embedlab.ui.train import film
from embedlab.ui.train.begin import Start, growth, pick_start


@dataclass(frozen=True)
class Order:
    """A training as the form describes it, everything that the button starts.

    film: what to record, or None. refused: why these settings cannot be trained, or "".
    """

    corpus: Corpus | Interactions
    model: str
    settings: dict
    base: Run | None
    name: str
    seed: int
    film: dict | None
    refused: str = ""


def order_form(here: Workspace) -> Order | None:
    """The training that the form describes; None, with the way out shown, while there is no data set."""
    data_id = pick_data(here)
    if data_id is None:
        return None
    corpus = here.data_set(data_id)
    model = pick_family(corpus.kind)
    MODELS[model].check_installed()
    start = pick_start(here, model)
    settings = settings_form(model, corpus, start)
    if start.run and "min_count" in settings and isinstance(corpus, Corpus):
        growth(start.run, corpus, settings)
    name, seed = name_and_seed(corpus, model, settings, start.run)
    recorded = film.watch_form(corpus, model, settings)
    refused = start.refused or _why_not(model, settings)
    return Order(corpus, model, settings, start.run, name, seed, recorded, refused)


def start(here: Workspace, order: Order) -> None:
    """Hand the training to the workers, and show it on this page from now on."""
    asked = Training(order.corpus, order.model, order.settings, order.name, order.seed, order.base)
    run_id = new_training(here, asked)
    jobs.start_training(here, run_id, watch=order.film)
    remember("watched", run_id)


def pick_family(kind: str) -> str:
    """The model family chosen of those that learn from data of this kind, with a sentence on what it does."""
    model = st.pills(
        "Model",
        list(families_for(kind)),
        default=DEFAULTS[kind],
        required=True,
        persist_state="session",
        key="train.model" if kind == TEXTS else f"train.model.{kind}",
        wrap=True,
        format_func=lambda name: MODELS[name].title + ("" if MODELS[name].installed else " (not installed)"),
    )
    st.caption(MODELS[model].about)
    return model


def settings_form(model: str, corpus: Corpus | Interactions, start: Start) -> dict:
    """The settings chosen for a family, with those that say where it starts; the dimension is that of the run."""
    family, base = MODELS[model], start.run
    fixed = {}
    if base and not start.settings:
        fixed = {"dim": (base.summary["dim"], f"As long as the vectors of {base.name}, which this training continues.")}
    shown = Shown(given=start.settings, fixed=fixed, automatic=family.automatic(corpus, {}))
    return config_form(family.config, key=f"train.{model}", shown=shown)


def name_and_seed(corpus: Corpus | Interactions, model: str, settings: dict, base: Run | None) -> tuple[str, int]:
    """The name of the run (a telling one if none is typed) and its seed."""
    left, right = st.columns([3, 1])
    seed = right.number_input(
        "Seed",
        0,
        2**31 - 1,
        1,
        persist_state="session",
        key="train.seed",
        help=MODELS[model].seed_note or "The same seed starts from the same random numbers.",
    )
    suggestion = name_of(Training(corpus, model, settings, seed=int(seed), from_run=base))
    name = left.text_input(
        "Name of the run", placeholder=suggestion, help="Shown in every list; the settings are kept anyway."
    )
    return name or suggestion, int(seed)


def _why_not(model: str, settings: dict) -> str:
    """Why settings cannot go together, or ""."""
    try:
        from_dict(MODELS[model].config, settings)
    except BadSetting as error:
        return str(error)
    return ""
