"""Colourings of a map: one value a point, and what a legend needs to explain it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import CLASSES, MUTED, speech_codes
from embedlab.projections.colouring.clusters import cluster_codes
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.labels import document_labels, word_labels
from embedlab.projections.colouring.names import group_names
from embedlab.projections.distances import prepared
from embedlab.projections.trust import scored_k


@dataclass(frozen=True, eq=False)
class Colour:
    """One colouring of n points.

    kind "numeric": values float32 (n,), NaN for a point without one, on a log10 scale when `log` is set. kind
    "category": values int32 (n,), indices into `categories`; those in `muted` say "nothing special" and are drawn in
    grey. form: how numbers are written, "number", "whole", or "date" for days since 1970. low_stands_out: low numbers
    are the interesting ones. title: heads the legend; unit: follows a number; note: how the values were computed.
    target: the vector that a distance is measured to.
    """

    name: str
    kind: str
    values: np.ndarray
    title: str
    categories: tuple[str, ...] = ()
    unit: str = ""
    log: bool = False
    form: str = "number"
    low_stands_out: bool = False
    muted: tuple[str, ...] = ()
    note: str = ""
    target: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> np.ndarray:
        """Which points have no value, bool (n,)."""
        return np.isnan(self.values) if self.kind == "numeric" else np.zeros(len(self.values), bool)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest number."""
        return float(np.nanmin(self.values)), float(np.nanmax(self.values))

    def take(self, rows: np.ndarray) -> "Colour":
        """The colouring of some of the points, by their numbers or by a bool for each."""
        return replace(self, values=self.values[rows])

    def write(self, value: float) -> str:
        """A number of this colouring as text, "" for a missing one."""
        if np.isnan(value):
            return ""
        if self.log:
            return f"{round(10 ** float(value)):,}"
        if self.form == "date":
            return str(np.datetime64(round(float(value) * 1440), "m"))[:10]
        return f"{round(float(value))}" if self.form == "whole" else f"{value:.3f}"

    def texts(self) -> list[str]:
        """The value of each point in words, as hover text and tables show it."""
        if self.kind == "category":
            return [self.categories[code] for code in self.values]
        return [self.write(float(value)) for value in self.values]


def frequency_colour(counts: np.ndarray | None, *, title: str = "Occurrences in the corpus") -> Colour:
    """log10 of each point's count; a count of zero is shown as one."""
    if counts is None:
        raise BadSetting("This run has no word counts, so frequency cannot be shown. Colour by cluster instead.")
    values = np.log10(np.maximum(np.asarray(counts, np.float64), 1)).astype(np.float32)
    return Colour("frequency", "numeric", values, title, log=True)


def distance_colour(vectors: np.ndarray, target: np.ndarray, name: str) -> Colour:
    """Cosine distance, 0 to 2, of each vector to the vector `target` called `name`."""
    unit = prepared(np.asarray(vectors), "cosine")
    aim = prepared(np.asarray(target)[None, :], "cosine")[0]
    return Colour(
        "distance",
        "numeric",
        (1 - unit @ aim).clip(0, 2).astype(np.float32),
        f"Cosine distance to {name}",
        low_stands_out=True,
        target=target,
    )


def kept_colour(kept: np.ndarray) -> Colour:
    """The share of each point's true neighbours that the map keeps, from `trust.kept_neighbours`."""
    return Colour(
        "kept",
        "numeric",
        np.asarray(kept, np.float32),
        "Share of neighbours kept",
        low_stands_out=True,
        note=f"Of each point's {scored_k(len(kept))} true nearest neighbours. If the share of a point is low, "
        "its neighbours are elsewhere.",
    )


def stable_colour(stable: np.ndarray | None) -> Colour:
    """Seed stability: the overlap of each word's neighbours across trainings that differ only in the seed."""
    if stable is None:
        raise BadSetting("Seed stability is known once the run has been retrained with other seeds. Check it first.")
    return Colour(
        "seeds",
        "numeric",
        np.asarray(stable, np.float32),
        "Neighbours kept across seeds",
        low_stands_out=True,
        note="A word with a low value gets other neighbours in every training. Do not read much into those shown here.",
    )


def speech_colour(words: list[str]) -> Colour:
    """The most usual English part of speech of each word, from a dictionary; the sentence is not looked at."""
    return Colour(
        "pos",
        "category",
        speech_codes(words),
        "Part of speech",
        CLASSES,
        muted=MUTED,
        note="A dictionary guess for English: each word's most usual class, whatever its sentence.",
    )


def cluster_colour(drawn: Drawn, *, k: int | None = None) -> Colour:
    """k-means groups of the vectors at length one, largest first, each named by what is typical of it."""
    codes, centres = cluster_codes(drawn.vectors, k=k, seed=drawn.seed)
    return Colour(
        "cluster",
        "category",
        codes,
        "Cluster",
        group_names(drawn, codes, len(centres), "Cluster"),
        note=f"{len(centres)} groups by k-means in the full vectors, independent of the map.",
    )


def label_colour(corpus: Corpus | None, *, words: list[str] | None = None, ids: np.ndarray | None = None) -> Colour:
    """The label of each document, or of each word the label it is most over-represented in."""
    if corpus is None or not corpus.has_labels:
        raise BadSetting("This corpus has no labels. Add it again with a label column, or colour by cluster.")
    if words is None:
        codes, names, muted = document_labels(corpus, np.arange(corpus.n_documents) if ids is None else ids)
        return Colour("label", "category", codes, "Label", names, muted=muted)
    codes, names, muted = word_labels(corpus, words)
    return Colour(
        "label",
        "category",
        codes,
        "Most over-represented in",
        names,
        muted=muted,
        note="The label whose documents use the word most, compared with how much text each label has.",
    )


def _frequency(drawn: Drawn) -> Colour:
    if drawn.points.kind == "items":
        return frequency_colour(drawn.counts, title="Users who chose it")
    if drawn.documents is None:
        return frequency_colour(drawn.counts)
    bounds = np.asarray(drawn.corpus.sentences)[np.asarray(drawn.corpus.documents)]
    return frequency_colour(np.diff(bounds)[drawn.documents], title="Words in the document")


def _region(drawn: Drawn) -> Colour:
    if drawn.regions is None or not len(drawn.regions.coarse.codes):
        raise BadSetting("This map has too few points for regions. Colour by frequency instead.")
    layer = drawn.regions.coarse
    return Colour(
        "region",
        "category",
        layer.codes,
        "Region",
        layer.names,
        note=f"{len(layer.names)} parts of the map whose points are alike in the full vectors, named by what is "
        "typical of each.",
    )


def _kept(drawn: Drawn) -> Colour:
    if drawn.kept is None:
        raise BadSetting("The neighbours that a map keeps are known once it is drawn. Draw it first.")
    return kept_colour(drawn.kept)


def _distance(drawn: Drawn) -> Colour:
    if drawn.target is None:
        raise BadSetting("Choose the word that distance is measured to.")
    return distance_colour(drawn.vectors, drawn.target, drawn.target_name)


EVERY = ("words", "documents", "items", "users")


@dataclass(frozen=True)
class Choice:
    """A colouring as a picker shows it, how it is made, and the kinds of points it suits.

    called: what it is called for some kinds of points instead of `title`.
    """

    title: str
    about: str
    make: Callable[[Drawn], Colour]
    what: tuple[str, ...] = EVERY
    called: Mapping[str, str] = field(default_factory=dict)

    def title_for(self, kind: str) -> str:
        """The title for points of this kind."""
        return self.called.get(kind, self.title)


COLOURS = {
    "region": Choice("Region", "Parts of this map whose points are alike in the full vectors.", _region),
    "frequency": Choice(
        "Frequency",
        "How often a word occurs in the corpus. For documents, their number of words; for items, how many chose them.",
        _frequency,
        ("words", "documents", "items"),
        {"items": "Popularity"},
    ),
    "cluster": Choice("Cluster", "Groups found by k-means in the full vectors, not on the map.", cluster_colour),
    "label": Choice(
        "Label",
        "The label of the document; for a word, the label in which it is most over-represented.",
        lambda drawn: label_colour(drawn.corpus, words=drawn.words, ids=drawn.ids),
        ("words", "documents"),
    ),
    "pos": Choice(
        "Part of speech",
        "The most usual class of the word, from an English dictionary.",
        lambda drawn: speech_colour(drawn.words or []),
        ("words",),
    ),
    "kept": Choice(
        "Neighbours kept",
        "The share of each point's true nearest neighbours that are also its nearest on the map: of 15, or fewer on "
        "small maps.",
        _kept,
    ),
    "seeds": Choice(
        "Stability",
        "The share of each word's 10 nearest neighbours that survive retraining with other seeds.",
        lambda drawn: stable_colour(drawn.stable),
        ("words", "items"),
    ),
    "distance": Choice(
        "Distance to a word",
        "Cosine distance in the full vectors to the word or item you choose.",
        _distance,
        ("words", "documents", "items"),
        {"items": "Distance to an item"},
    ),
}


def colour_points(name: str, drawn: Drawn) -> Colour:
    """The colouring `name` of COLOURS; BadSetting when it does not suit what is drawn."""
    what = drawn.points.kind
    if name not in COLOURS or what not in COLOURS[name].what:
        names = ", ".join(key for key, choice in COLOURS.items() if what in choice.what)
        raise BadSetting(f"{what.capitalize()} cannot be coloured by {name!r}; choose one of {names}.")
    return COLOURS[name].make(drawn)
