"""A stored comparison with everything needed to draw it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from embedlab.data.points import Points
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.explain.compare import Comparison
from embedlab.jobs.map_specs import CompareSpec
from embedlab.plots.webmap import PointCloud
from embedlab.projections.colouring.colours import Colour, colour_points
from embedlab.projections.colouring.drawn import Drawn
from embedlab.store.items import items_of, points_of
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import workspace


@dataclass(frozen=True, eq=False)
class Shown:
    """A comparison with what is needed to draw it."""

    made: Comparison
    runs: tuple[Run, Run]
    clouds: tuple[PointCloud, PointCloud]
    points: Points
    kept: Colour
    groups: Colour

    @property
    def noun(self) -> str:
        """What is compared: "word", "document" or "item"."""
        return self.points.noun


@st.cache_resource(max_entries=4, show_spinner="Reading the comparison")
def load(path: str, _spec: CompareSpec) -> Shown:
    """A stored comparison, kept for the sessions that look at it."""
    here, what = workspace(), _spec.what
    made, runs = Comparison.load(Path(path)), (here.run(_spec.a), here.run(_spec.b))
    words = made.movers.words
    quiet = np.flatnonzero(function_words(words)).tolist() if what == "words" else ()
    clouds = tuple(PointCloud(coords, words, quiet=quiet) for coords in (made.coords_a, made.coords_b))
    counted = np.rint(2 * made.movers.k * made.movers.overlap / (1 + made.movers.overlap)).astype(np.float32)
    kept = Colour("kept", "numeric", counted, "Neighbours kept", unit=f"of {made.movers.k}")
    items = items_of(here, runs[0], what)
    rows = items.rows(words)
    corpus = here.run_corpus(runs[0]) if what == "documents" else None
    points = points_of(here, runs[0], what, rows)
    drawn = Drawn(items.vectors[rows], points, corpus=corpus, ids=np.asarray(rows), seed=_spec.seed)
    return Shown(made, runs, clouds, points, kept, colour_points("cluster", drawn))


def mean_kept(overlap, k: int) -> float:
    """Mean number of shared neighbours behind Jaccard indices."""
    return float(np.mean(2 * k * np.asarray(overlap) / (1 + np.asarray(overlap))))
