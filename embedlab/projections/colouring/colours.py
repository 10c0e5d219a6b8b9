"""What the points of a map may be coloured by: one value a point, with what a legend needs to explain it."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import CLASSES, MUTED, speech_codes
from embedlab.projections.colouring.clusters import cluster_codes, cluster_names, document_cluster_names
from embedlab.projections.colouring.labels import document_labels, word_labels
from embedlab.projections.graph import prepared
from embedlab.projections.trust import scored_k


@dataclass(frozen=True, eq=False)
class Colour:
    """One colouring of n points.

    kind "numeric": values float32 (n,), on a log10 scale when `log` is set. kind "category": values int32 (n,), indices
    into `categories`; the categories named in `muted` say "nothing special" and are drawn in grey. `low_stands_out`:
    low numbers are the interesting ones. `title` heads the legend, `unit` follows a number, `note` says how the values
    came about. target: the vector that a distance is measured to.
    """

    name: str
    kind: str
    values: np.ndarray
    title: str
    categories: tuple[str, ...] = ()
    unit: str = ""
    log: bool = False
    low_stands_out: bool = False
    muted: tuple[str, ...] = ()
    note: str = ""
    target: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def texts(self) -> list[str]:
        """The value of each point in words, as hover text and tables show it."""
        if self.kind == "category":
            return [self.categories[code] for code in self.values]
        if self.log:
            return [f"{round(10 ** float(value)):,}" for value in self.values]
        return [f"{value:.3f}" for value in self.values]


@dataclass(frozen=True)
class Choice:
    """A colouring as a picker shows it, and whether it suits words, documents or both."""

    title: str
    about: str
    what: tuple[str, ...] = ("words", "documents")


COLOURS = {
    "frequency": Choice("Frequency", "How often the corpus has the word; for documents, how many words they have."),
    "cluster": Choice("Cluster", "Groups found by k-means in the full vectors, not on the map."),
    "label": Choice("Label", "The label of the document; for a word, the label in which it is most over-represented."),
    "pos": Choice("Part of speech", "An English dictionary guess: the most usual class of the word.", ("words",)),
    "kept": Choice(
        "Neighbours kept",
        "The share of each point's true nearest neighbours that are also its nearest on the map: of 15, or fewer on small maps.",
    ),
    "seeds": Choice(
        "Stability",
        "The share of each word's 10 nearest neighbours that trainings with other seeds find too.",
        ("words",),
    ),
    "distance": Choice("Distance to a word", "Cosine distance in the full vectors to the word you choose."),
}


def colour_points(
    name: str,
    vectors: np.ndarray,
    *,
    words: list[str] | None = None,
    counts: np.ndarray | None = None,
    corpus: Corpus | None = None,
    ids: np.ndarray | None = None,
    what: str = "words",
    target: np.ndarray | None = None,
    target_name: str = "",
    kept: np.ndarray | None = None,
    stable: np.ndarray | None = None,
    seed: int = 1,
) -> Colour:
    """The colouring `name` of COLOURS for the points that are drawn, in their order.

    vectors (n, dim), words (or titles of documents) and counts are those of the drawn points; ids are the numbers of
    the drawn documents. `target` is the vector to measure distance to, `kept` what `trust.kept_neighbours` gives,
    `stable` the overlap of each word's neighbours across seeds.
    BadSetting when the colouring does not suit what is drawn.
    """
    if name not in COLOURS or what not in COLOURS[name].what:
        names = ", ".join(key for key, choice in COLOURS.items() if what in choice.what)
        raise BadSetting(f"{what.capitalize()} cannot be coloured by {name!r}; choose one of {names}.")
    if name == "cluster":
        names = words if what == "words" else None
        return cluster_colour(vectors, words=names, counts=counts, corpus=corpus, ids=ids, seed=seed)
    if name == "kept":
        if kept is None:
            raise BadSetting("Draw the map first: how many neighbours it keeps is known then.")
        return kept_colour(kept)
    if name == "seeds":
        return stable_colour(stable)
    if name == "distance":
        if target is None:
            raise BadSetting("Choose the word that distance is measured to.")
        return distance_colour(vectors, target, target_name)
    if name == "pos":
        return speech_colour(words or [])
    if name == "label":
        return label_colour(corpus, words=words if what == "words" else None, ids=ids)
    if what == "documents" and corpus is not None:
        bounds = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
        counts = np.diff(bounds)[ids]
    return frequency_colour(counts, **{"title": "Words in the document"} if what == "documents" else {})


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
        note=f"Of each point's {scored_k(len(kept))} true nearest neighbours. Points with a low share stand among strangers: the map has "
        "their neighbours elsewhere.",
    )


def stable_colour(stable: np.ndarray | None) -> Colour:
    """The overlap of each word's neighbours across trainings that differ in their seed alone, from `Retrained.kept`."""
    if stable is None:
        raise BadSetting(
            "Train this run again with other seeds first: which words keep their neighbours is known then."
        )
    return Colour(
        "seeds",
        "numeric",
        np.asarray(stable, np.float32),
        "Neighbours kept across seeds",
        low_stands_out=True,
        note="A word with a low value has other neighbours after every training: do not read much into those it has here.",
    )


def speech_colour(words: list[str]) -> Colour:
    """The most usual English part of speech of each word: a guess from a dictionary that never sees the sentence."""
    return Colour(
        "pos",
        "category",
        speech_codes(words),
        "Part of speech",
        CLASSES,
        muted=MUTED,
        note="A dictionary guess for English: each word's most usual class, whatever its sentence.",
    )


def cluster_colour(
    vectors: np.ndarray,
    *,
    words: list[str] | None = None,
    counts: np.ndarray | None = None,
    corpus: Corpus | None = None,
    ids: np.ndarray | None = None,
    k: int | None = None,
    seed: int = 1,
) -> Colour:
    """k-means groups of the vectors at length one, largest first, each named by three words.

    Words give their group the names of its most central frequent members; documents (corpus and ids) those of
    greatest class TF-IDF. Without either, groups are numbered.
    """
    codes, centres = cluster_codes(vectors, k=k, seed=seed)
    if words is not None:
        names = cluster_names(prepared(np.asarray(vectors), "cosine"), codes, centres, words, counts)
    elif corpus is not None and ids is not None:
        names = document_cluster_names(corpus, ids, codes, len(centres))
    else:
        names = tuple(f"Cluster {i + 1}" for i in range(len(centres)))
    return Colour(
        "cluster",
        "category",
        codes,
        "Cluster",
        names,
        note=f"{len(centres)} groups by k-means in the full vectors; the map itself plays no part.",
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
