"""Watching a model learn: what to film in the form, the live map while it trains, the replay afterwards."""

from itertools import combinations
from pathlib import Path

import streamlit as st

from embedlab import plots
from embedlab.core.errors import BadInput
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.jobs import Job
from embedlab.lab.examples import examples_in
from embedlab.models import family_of
from embedlab.models.training.film import (
    FRAMES_FOLDER,
    MOST_PAIRS,
    MOST_PROBES,
    MOST_WORDS,
    Film,
    pairs_of,
    words_of,
)
from embedlab.plots.film.figures import PLAYER, PLAYER_STYLE
from embedlab.projections.film_planes import follow, replay
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import dark
from embedlab.ui.parts.text import plain

_player = st.components.v2.component(
    "embedlab_film",
    html='<div class="film"></div>',
    css=PLAYER_STYLE.read_text(encoding="utf-8"),
    js=PLAYER.read_text(encoding="utf-8"),
)
HOW = "Switch on “Watch while it learns” under the settings and train. Its {} then move here while they are learned."
OFFERED = 1_000  # items that can be chosen to be followed, the most chosen ones
EVERY = 1.2  # seconds between two looks


# Before training


def watch_form(corpus: Corpus | Interactions, model: str, settings: dict) -> dict | None:
    """What to record of the next training, as film.callbacks takes it; None for nothing."""
    if not watchable(model):
        return None
    noun = family_of(model).noun
    with st.expander("Watch while it learns", icon=":material/movie:"):
        if not st.toggle(
            "Film this training",
            True,
            key="watch.on",
            persist_state="session",
            help="Keeps up to a hundred moments, at least 24. It takes three seconds at most, or less than a "
            "twentieth of the training time. Replay them at any time.",
        ):
            return None
        followed = _items(corpus) if isinstance(corpus, Interactions) else _words(corpus, settings)
        n_words = st.slider(
            f"{noun.capitalize()}s on the map",
            100,
            MOST_WORDS,
            1000,
            100,
            key="watch.words",
            persist_state="session",
            help="The most chosen ones."
            if noun == "item"
            else "The most frequent ones that say something; function words stay away.",
        )
    return {"words": n_words} | followed


def _items(data: Interactions) -> dict:
    """The items to follow, and the pairs of them: names have blanks and commas, so they are chosen, not typed."""
    probes, _ = suggested(data.id, data)
    chosen = st.multiselect(
        "Items to follow",
        data.vocabulary.words[:OFFERED],
        default=probes,
        key=f"watch.probes.{data.id}",
        persist_state="session",
        max_selections=MOST_PROBES,
        help=f"Their ten nearest items and their similarity to each other are followed. Up to {MOST_PROBES} of the "
        "most chosen items.",
    )
    return {"probes": chosen, "pairs": [list(pair) for pair in combinations(chosen, 2)][:MOST_PAIRS]}


def _words(corpus: Corpus, settings: dict) -> dict:
    """The words and pairs to follow, as typed."""
    known = corpus.vocabulary.head(min_count=settings.get("min_count", 1)).ids
    probes, pairs = suggested(corpus.id, corpus)
    typed = st.text_input(
        "Probe words",
        ", ".join(probes),
        key=f"watch.probes.{corpus.id}",
        persist_state="session",
        help=f"Their ten nearest words are followed. Up to {MOST_PROBES}, with commas or spaces between them.",
    )
    text = st.text_input(
        "Pairs",
        ", ".join(map(" ".join, pairs)),
        key=f"watch.pairs.{corpus.id}",
        persist_state="session",
        help=f"Their similarity is followed. Up to {MOST_PAIRS} pairs: king queen, bank river.",
    )
    try:
        found, close = _checked(words_of(typed), pairs_of(text), known)
    except BadInput as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return {"probes": words_of(typed)[:MOST_PROBES], "pairs": []}
    for sentence in close:
        st.warning(sentence, icon=":material/spellcheck:")
    return found


def watchable(model: str) -> bool:
    """Whether trainings of a family can be recorded."""
    return family_of(model).filmed


@st.cache_data(show_spinner=False, max_entries=16)
def suggested(corpus_id: str, _corpus: Corpus | Interactions) -> tuple[list[str], list[tuple[str, str]]]:
    """Probe words and pairs to begin with, of several themes as far as the corpus has them often enough.

    Of items the most chosen ones, without pairs.
    """
    if isinstance(_corpus, Interactions):
        return _corpus.vocabulary.words[:4], []
    words, pairs = examples_in(_corpus.vocabulary, 8)
    return words[:4], pairs[:3]


def _checked(probes: list[str], pairs: list[tuple[str, str]], known: dict) -> tuple[dict, list[str]]:
    """What can be watched of what was typed, and a sentence for each thing that cannot."""
    probes, pairs = (
        [_spelled(word, known) for word in probes],
        [tuple(_spelled(word, known) for word in pair) for pair in pairs],
    )
    missing = dict.fromkeys(word for word in [*probes, *sum(pairs, ())] if word not in known)
    sentences = (
        [
            f"{', '.join(map(repr, missing))}: not among the {len(known):,} words that this training keeps, so not "
            "watched. Check the spelling, or lower the minimum count."
        ]
        if missing
        else []
    )
    for what, n, most in (("probe words", len(probes), MOST_PROBES), ("pairs", len(pairs), MOST_PAIRS)):
        if n > most:
            sentences.append(f"{n} {what} were typed; the first {most} are watched.")
    return {"probes": probes[:MOST_PROBES], "pairs": [list(pair) for pair in pairs[:MOST_PAIRS]]}, sentences


def _spelled(word: str, known: dict) -> str:
    """The word as the corpus has it: in lower case if only that is there."""
    return word.lower() if word not in known and word.lower() in known else word


# While it trains


def panel(here: Workspace, job: Job) -> None:
    """The film of a training: live while it trains, then played from its start."""
    if job.active:
        if job.spec.get("watch"):
            st.fragment(_live, run_every=EVERY)(job.id, str(job.folder), _nouns(here, job.id))
    elif (film := Film.open(job.folder)) is not None:
        if len(film) > 1:
            show_replay(job.folder, _nouns(here, job.id), autoplay=True)
    elif job.status == "done" and watchable(here.run(job.id).spec.model):
        st.caption(f":material/movie: The last run has no film. {HOW.format(_nouns(here, job.id))}")


def _nouns(here: Workspace, run_id: str) -> str:
    return f"{family_of(here.run(run_id).spec.model).noun}s"


def curves(job: Job) -> None:
    """The similarity of the watched pairs over training, growing while it trains."""
    if job.spec.get("watch"):
        st.fragment(_curves, run_every=EVERY if job.active else None)(job.id, str(job.folder))


def _live(id: str, folder: str, nouns: str) -> None:
    film = Film.open(Path(folder))
    if film is None:
        st.caption("The film begins as soon as training does; counting and preparing come first.")
        return
    frame = len(film) - 1
    _missing(film, nouns)
    _player(data=plots.film_data(film, _followed(id, film, frame)[None], [frame], id=id), key=f"film_{id}")
    st.caption(
        f"{_drawn(film, nouns)} at {film.done[frame]:.0%} of training, on the plane in which their directions "
        "differ most at this moment. The plane is turned to match the moment before, and the scale stays: what moves "
        "has been learned."
    )


def _followed(id: str, film: Film, frame: int):
    """Positions at a frame, as they follow from those this browser saw last."""
    seen_id, seen, before = st.session_state.get("followed", ("", -1, None))
    if (seen_id, seen) == (id, frame):
        return before
    goes_on = seen_id == id and seen < frame and len(before) == len(film.words)
    now = follow(film.vectors[frame], before if goes_on else None)
    st.session_state["followed"] = (id, frame, now)
    return now


def _curves(id: str, folder: str) -> None:
    film = Film.open(Path(folder))
    if film is not None and film.pairs:
        st.plotly_chart(plots.pair_curves(film, dark=dark()), key=f"pairs_{id}", config={"displayModeBar": False})


# After training


def replay_of(here: Workspace, run: Run) -> None:
    """The replay of any run, behind a switch; without a film, how to get one."""
    if not watchable(run.spec.model):
        return
    if not (run.folder / FRAMES_FOLDER / "film.json").exists():
        st.caption(f":material/movie: No film of its training. {HOW.format(_nouns(here, run.id))}")
    elif st.toggle("Replay training", key=f"replay_{run.id}"):
        show_replay(run.folder, _nouns(here, run.id), autoplay=True)
        _curves(run.id, str(run.folder))


def show_replay(folder: Path, nouns: str, *, autoplay: bool = False) -> None:
    """A film from the random start to its end, with a slider and a play button."""
    film = Film.open(folder)
    if film is None:
        st.caption("The film of this run has no whole frame: training ended before it began.")
        return
    written = (folder / FRAMES_FOLDER / "frames.jsonl").stat().st_mtime_ns
    _missing(film, nouns)
    _player(data=_whole(str(folder), written) | {"autoplay": autoplay}, key=f"film_{folder.name}")
    st.caption(
        f"{_drawn(film, nouns)} at {len(film):,} moments, all on one plane: that in which their directions differ most "
        "at the end. So a random start lies in a heap, and unfolds along what was learned."
    )


@st.cache_data(show_spinner="Developing the film", max_entries=4)
def _whole(folder: str, written: int) -> dict:
    film = Film.open(Path(folder))
    return plots.film_data(film, replay(film.vectors), range(len(film)), id=f"{Path(folder).name} {written}")


def _drawn(film: Film, nouns: str) -> str:
    return f"{len(film.words):,} of {film.total:,} {nouns}"


def _missing(film: Film, nouns: str) -> None:
    if film.missing:
        names = plain(", ".join(film.missing))
        st.caption(f":material/spellcheck: Not among the {nouns} of this run, so not watched: {names}.")
