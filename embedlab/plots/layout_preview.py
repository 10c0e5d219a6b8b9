"""A layout without names or colours: a map in progress or a map of noise, of a large one a sample."""

import numpy as np
import plotly.graph_objects as go

from embedlab.plots.style import GREY, Frame, style
from embedlab.projections.trust import sampled_rows

MOST = 5_000  # a figure that is sent again and again stays small


def layout_figure(coords: np.ndarray, *, title: str, height: int = 480, dark: bool = False) -> go.Figure:
    """Grey points (n, 2 or 3) without axes: the same 5,000 of them if there are more.

    Zoom survives a new figure of the same title.
    """
    n_all, dims = coords.shape
    coords = coords[sampled_rows(n_all, limit=MOST)]
    n = len(coords)
    trace = go.Scattergl if dims == 2 else go.Scatter3d
    look = {"size": float(np.clip(300 / np.sqrt(n), 2, 6)), "color": GREY, "opacity": 0.8}
    figure = go.Figure(trace(**dict(zip("xyz", coords.T, strict=False)), mode="markers", marker=look, hoverinfo="skip"))
    style(
        figure,
        Frame(
            title, subtitle=f"{n:,} points" if n == n_all else f"{n:,} of {n_all:,} points", height=height, dark=dark
        ),
    )
    bare = {"visible": False}
    figure.update_layout(
        xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"},
        scene={axis: bare for axis in ("xaxis", "yaxis", "zaxis")},
        margin={"t": 64, "b": 8, "l": 8, "r": 8, "pad": 0},
        uirevision=title,
        showlegend=False,
    )
    return figure
