"""What the Start page shows before anything is trained: the pretrained words, their map, and questions to them.

The map was drawn beforehand (bench/start_map.py), so that it stands as soon as the page does; nothing here needs the
libraries that draw one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from embedlab.core.errors import BadInput, UnknownWord
from embedlab.plots.webmap import PointCloud
from embedlab.projections.colouring.colours import Colour
from embedlab.ui.parts.word_box import words_file
from embedlab.vectors.embedding import Embedding, Neighbour, top_rows
from embedlab.vectors.pretrained import read_vectors, read_words

if TYPE_CHECKING:
    from embedlab.store.runs import Run

SOURCE = "GloVe 6B by Pennington, Socher and Manning (2014), public domain (PDDL)"
MAP = Path(__file__).with_name("glove-6b-50d-map.npz")
KNOWN = 50_000  # words that may be typed
DRAWN = 3000  # words of a run of one's own
NEAREST = 10
CLEAR = 0.05  # of a cosine between the first two answers, from which the first one stands out


@dataclass(frozen=True, eq=False)
class Ready:
    """The map of the start. words: those that may be typed; rows: the place in `words` of each point drawn.

    read: gives their embedding. learned_from: what it was learned from; source: who is to be named for it.
    """

    words: list[str]
    rows: np.ndarray
    cloud: PointCloud
    colour: Colour | None
    regions: list[tuple]
    read: Callable[[], Embedding]
    learned_from: str
    source: str

    @cached_property
    def points(self) -> dict[str, int]:
        """word -> its point on the map."""
        return {self.words[row]: point for point, row in enumerate(self.rows.tolist())}

    @cached_property
    def tall(self) -> Ready:
        """The same map on its side, for a window that is taller than wide."""
        cloud = PointCloud(self.cloud.coords[:, ::-1], self.cloud.names)
        return replace(self, cloud=cloud, regions=[(y, x, *others) for x, y, *others in self.regions])

    @cached_property
    def file(self) -> bytes:
        """What the box suggests from."""
        return words_file(self.words)

    @cached_property
    def embedding(self) -> Embedding:
        """The words that may be typed with their vectors, read when the first question is asked."""
        return self.read()


@dataclass(frozen=True)
class Answer:
    """An answer to show. asked: the words of the question, as they are written here; near: the words found, nearest
    first; sentence: what to say of it. unknown: what was typed, where no word is spelled so; near are then spellings.
    """

    asked: tuple[str, ...] = ()
    near: tuple[Neighbour, ...] = ()
    sentence: str = ""
    unknown: str = ""
    title: str = ""


@st.cache_resource(show_spinner=False)
def ready() -> Ready:
    """The pretrained words and their map. NotInstalled without the package of the words."""
    words = read_words(KNOWN)
    with np.load(MAP, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    rows = arrays["rows"].astype(np.int64)
    if len(rows) != len(arrays["places"]) or rows.max(initial=0) >= len(words):
        raise BadInput("The map of the Start page does not fit the pretrained words. Install embedlab again.")
    places = arrays["label_places"].tolist()
    return Ready(
        words,
        rows,
        PointCloud(arrays["places"].astype(np.float32), [words[row] for row in rows]),
        Colour("region", "category", arrays["codes"].astype(np.int32), "Region", tuple(arrays["names"].tolist())),
        [(x, y, str(name), weight, int(level)) for name, (x, y, weight, level) in zip(arrays["labels"], places)],
        lambda: Embedding(words, read_vectors(KNOWN)),
        "6 billion words of English",
        SOURCE,
    )


@st.cache_resource(show_spinner=False, max_entries=2)
def ready_of(run_id: str, _run: Run) -> Ready:
    """The words of a finished run, by their two principal components: the start where nothing pretrained is there."""
    embedding = _run.embedding
    words, unit = embedding.words[:KNOWN], embedding.unit[:DRAWN]
    centred = unit - unit.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    cloud = PointCloud(centred @ directions[:, :-3:-1], words[:DRAWN])
    known = embedding if len(words) == len(embedding) else Embedding(words, embedding.vectors[:KNOWN])
    return Ready(words, np.arange(len(unit)), cloud, None, [], lambda: known, f"the text of “{_run.name}”", "")


def nearest(here: Ready, typed: str) -> Answer:
    """The ten words on the map that are nearest to a word, or the spellings closest to what is no word."""
    embedding = here.embedding
    try:
        row = embedding.id(typed)
    except UnknownWord:
        near = tuple(Neighbour(word, 0.0) for word in embedding.closest_spellings(typed))
        return Answer(unknown=typed, near=near, title=typed)
    word = embedding.words[row]
    cosines = embedding.unit[here.rows] @ embedding.unit[row]
    if word in here.points:
        cosines[here.points[word]] = -2
    best = top_rows(cosines, NEAREST)
    near = tuple(Neighbour(here.cloud.names[point], float(cosines[point])) for point in best.tolist())
    apart = f"“{word}” is too rare to be drawn among these {len(here.rows):,} words; the nearest ones are marked."
    return Answer((word,), near, "" if word in here.points else apart, title=word)


def analogy(here: Ready, a: str, b: str, c: str) -> Answer:
    """The answers to “a is to b as c is to what?”, and how far the first one is ahead of the second."""
    near = here.embedding.analogy(a, b, c, 5)
    ahead = near[0].score - near[1].score
    verdict = "a clear answer" if ahead >= CLEAR else "a close call"
    sentence = f"“{near[0].word}” is {ahead:.2f} ahead of “{near[1].word}”: {verdict}."
    return Answer((b, a, c), tuple(near), sentence, title=f"{b} − {a} + {c}")
