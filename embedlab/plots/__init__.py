"""Figures from plain results, for pages, files and paper; no Streamlit."""

from embedlab.plots.choices import long_tail
from embedlab.plots.classifier import confusion, probabilities
from embedlab.plots.corpus import coverage, frequent_words, zipf
from embedlab.plots.curves import loss_curve, ranking_curve, validation_note, with_held_out
from embedlab.plots.drawing import Drawing, axis_titles
from embedlab.plots.film.figures import film_data, pair_curves
from embedlab.plots.labels import Markers, PlacedLabel, Room, place_labels
from embedlab.plots.layout_preview import layout_figure
from embedlab.plots.map_table import map_csv
from embedlab.plots.paper import static_map
from embedlab.plots.parallel_axes import sweep_parallel
from embedlab.plots.scores import analogy_parts, association_bars, scores_forest
from embedlab.plots.style import Frame, style
from embedlab.plots.sweeps import Mark, Measure, sweep_cost, sweep_heat, sweep_importance, sweep_lines
from embedlab.plots.words import axes_plot, heatmap

__all__ = [
    "Drawing",
    "Frame",
    "Mark",
    "Markers",
    "Measure",
    "PlacedLabel",
    "Room",
    "analogy_parts",
    "association_bars",
    "axes_plot",
    "axis_titles",
    "confusion",
    "coverage",
    "film_data",
    "frequent_words",
    "heatmap",
    "layout_figure",
    "long_tail",
    "loss_curve",
    "map_csv",
    "pair_curves",
    "place_labels",
    "probabilities",
    "scores_forest",
    "static_map",
    "style",
    "sweep_cost",
    "sweep_heat",
    "sweep_importance",
    "sweep_lines",
    "sweep_parallel",
    "ranking_curve",
    "validation_note",
    "with_held_out",
    "zipf",
]
