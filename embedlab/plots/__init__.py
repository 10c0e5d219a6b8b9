"""Figures from plain results, for pages, files and paper; no Streamlit."""

from embedlab.plots.charts import (
    analogy_parts,
    axes_plot,
    coverage,
    frequent_words,
    heatmap,
    loss_curve,
    scores_forest,
    zipf,
)
from embedlab.plots.labels import PlacedLabel, place_labels
from embedlab.plots.map import axis_titles, map_csv, map_figure, map_html
from embedlab.plots.paper import static_map
from embedlab.plots.style import style

__all__ = ["PlacedLabel", "analogy_parts", "axes_plot", "axis_titles", "coverage", "frequent_words", "heatmap", "loss_curve",
           "map_csv", "map_figure", "map_html", "place_labels", "scores_forest", "static_map", "style", "zipf"]
