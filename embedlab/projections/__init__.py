"""Maps: vectors laid out in two or three dimensions by a method of PROJECTIONS, and how far to trust them."""

from embedlab.projections.layout import Layout, LayoutOptions
from embedlab.projections.methods import PROJECTIONS, Method, layout, method_named, project
from embedlab.projections.out_of_sample import Placed, kept_by_placed, place, transform
from embedlab.projections.projection import Projection, Sample, projection_of
from embedlab.projections.sampling import choose, choose_documents, choose_words, drawn_sentence
from embedlab.projections.stability import Stability, noise_map, stability
from embedlab.projections.trust import kept_neighbours, trust_scores

__all__ = [
    "PROJECTIONS",
    "Layout",
    "LayoutOptions",
    "Method",
    "Placed",
    "Projection",
    "Sample",
    "Stability",
    "choose",
    "choose_documents",
    "choose_words",
    "drawn_sentence",
    "kept_by_placed",
    "kept_neighbours",
    "layout",
    "method_named",
    "noise_map",
    "place",
    "project",
    "projection_of",
    "stability",
    "transform",
    "trust_scores",
]
