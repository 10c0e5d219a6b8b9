"""What a training starts from: one control for random vectors, finished runs, pretrained models and paths."""

from dataclasses import dataclass, field

import streamlit as st

from embedlab.core.errors import BadSetting
from embedlab.core.settings import settings_of
from embedlab.data.corpus import Corpus
from embedlab.jobs.specs import grown
from embedlab.models import MODELS, VECTORS
from embedlab.models.encoders.hub import cached_models, local_folder
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.text import plain

NEW, BUNDLED = "", "minilm"
HELP = {
    VECTORS: "Continue a finished run of this family, or imported vectors. Known words keep what they learned, and "
    "words that are new in this corpus join them.",
    "encoder": "The model that training continues. Type the path of a folder, or a name on the hub (needs a network), "
    "to use another one.",
}


@dataclass(frozen=True, eq=False)
class Start:
    """What a training starts from: a finished run or None, the settings that say so, and why it cannot, or ""."""

    run: Run | None = None
    settings: dict = field(default_factory=dict)
    refused: str = ""


def key_of(model: str) -> str:
    """The key of the control of a family."""
    return f"train.{model}.from"


def pick_start(here: Workspace, model: str) -> Start:
    """The start that was chosen; an empty one for a family that always begins from random numbers."""
    family = MODELS[model]
    if not family.initialised_from:
        return Start()
    runs = {run.id: run for run in here.bases(model)}
    if family.initialised_from == VECTORS:
        id = st.selectbox(
            "Start from",
            [NEW, *runs],
            key=key_of(model),
            persist_state="session",
            format_func=lambda id: _offer(runs[id]) if id in runs else "Random vectors",
            help=HELP[VECTORS],
        )
        return Start(runs.get(id))
    names = {NEW: "A new, small model"} if _may_be_new(model) else {}
    names |= {BUNDLED: "MiniLM (bundled)"} | {run.id: _offer(run) for run in runs.values()}
    names |= {name: name for name in cached_models()}
    chosen = st.selectbox(
        "Start from",
        list(names),
        key=key_of(model),
        persist_state="session",
        format_func=lambda id: names.get(id, id),
        accept_new_options=True,
        help=HELP["encoder"],
    )
    return _of_encoder(model, chosen if chosen is not None else next(iter(names)), runs)


def _may_be_new(model: str) -> bool:
    """Whether a family can train a model from random weights, which its settings then say."""
    return bool(MODELS[model].base_settings)


def _of_encoder(model: str, chosen: str, runs: dict[str, Run]) -> Start:
    """The start that an option or a typed text stands for."""
    named = dict(MODELS[model].base_settings)
    if chosen in runs:
        return Start(runs[chosen], named | {"base": runs[chosen].name})
    if chosen == NEW:
        return Start(settings={s.name: s.default for s in settings_of(MODELS[model].config) if s.name in named})
    return Start(settings=named | {"base": chosen}, refused=_why_not(chosen))


def _why_not(base: str) -> str:
    """Why no model can be read from a typed path; "" for the bundled model, a folder with one, or a hub name."""
    if base == BUNDLED:
        return ""
    try:
        local_folder(base)
    except BadSetting as error:
        return str(error)
    return ""


def growth(base: Run, corpus: Corpus, settings: dict) -> None:
    """What becomes of the words of the run it begins from, in a sentence."""
    if base.encoder_folder:  # whose words are encoded, not learned one by one
        return
    shared, fresh, others = _growth(base.id, corpus.id, settings["min_count"], base, corpus)
    st.caption(
        f":material/info: {fresh:,} words are new and join the {shared + others:,} of {plain(base.name)}. Of those, "
        f"{shared:,} occur in this corpus and continue to learn. The other {others:,} stay as they are."
    )


@st.cache_data(show_spinner=False, max_entries=64)
def _growth(base_id: str, corpus_id: str, min_count: int, _base: Run, _corpus: Corpus) -> tuple[int, int, int]:
    return grown(_base, _corpus, min_count=min_count)


def _offer(run: Run) -> str:
    return f"{run.name} · {run.summary['words']:,} words · {run.summary['dim']} dimensions"
