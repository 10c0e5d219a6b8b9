"""Charts of chosen words: their similarities as a heat map, their positions along two axes."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.plots.labels import Markers, Room, padded_ranges, place_labels
from embedlab.plots.style import FRAME, PALETTE, SEQUENTIAL, Frame, escape, label_font, shortened, style

MOST_CELLS_WITH_NUMBERS = 24
AXES_SIZE = (700, 520)  # pixels that labels of a plot of two axes are placed for


def heatmap(
    words: Sequence[str],
    matrix: np.ndarray,
    *,
    title: str = "Cosine similarity",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """A square of similarities, with their values where there is room for them."""
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (len(words), len(words)):
        raise BadInput(f"{len(words)} words need a {len(words)} x {len(words)} matrix; got {matrix.shape}.")
    places, names = list(range(len(words))), [escape(shortened(word, 20)) for word in words]
    written = len(words) <= MOST_CELLS_WITH_NUMBERS
    low = min(0.0, float(matrix.min(initial=0)))
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=places,
            y=places,
            zmin=low,
            zmax=1.0,
            colorscale=SEQUENTIAL,
            xgap=1,
            ygap=1,
            text=[[f"{a} and {b}" for b in names] for a in names],
            hovertemplate="%{text}: %{z:.3f}<extra></extra>",
            colorbar={"title": {"text": "Cosine"}, "thickness": 12, "outlinewidth": 0},
        )
    )
    if written:
        figure.add_traces(_cell_numbers(matrix, low, 11 if len(words) <= 12 else 9))
    style(figure, Frame(title, "", "", height=height or min(140 + 34 * len(words), 800), dark=dark))
    ticks = {
        "ticklabelstandoff": 4,
        "range": [-0.5, len(words) - 0.5],
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
        "ticks": "",
        "showline": False,
    }
    figure.update_yaxes(**ticks | {"range": [len(words) - 0.5, -0.5]})
    return figure.update_xaxes(side="bottom", tickangle=-45 if len(words) > 4 else 0, **ticks)


def _cell_numbers(matrix: np.ndarray, low: float, size: int) -> list[go.Scatter]:
    """The values of a heat map in its cells, white on the dark half of the scale and black on the light one."""
    light = (matrix - low) / (1 - low) > 0.55
    traces = []
    for chosen, ink in ((light, "#111111"), (~light, "#ffffff")):
        rows, columns = np.nonzero(chosen)
        traces.append(
            go.Scatter(
                x=columns,
                y=rows,
                mode="text",
                text=[f"{value:.2f}" for value in matrix[chosen]],
                textfont={"size": size, "color": ink},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces


def axes_plot(
    words: Sequence[str],
    coords: np.ndarray,
    axes: tuple[str, str],
    *,
    title: str = "Words along two axes",
    dark: bool | None = None,
) -> go.Figure:
    """Words by their projections (n, 2) on two axes, with a label each that fits; the rest show their name on hover."""
    coords = np.asarray(coords, np.float64)
    ranges = padded_ranges(np.vstack([coords, [[0, 0]]]), 0.12)
    placed = place_labels(
        coords,
        -np.arange(len(words)),
        [shortened(word) for word in words],
        Room(AXES_SIZE[0] - 90, AXES_SIZE[1] - 130, 12, ranges, equal=False, limit=len(words)),
        Markers(8, avoided=True),
    )
    names, sides = [""] * len(words), ["middle right"] * len(words)
    for label in placed:
        names[label.index], sides[label.index] = escape(shortened(words[label.index])), label.side
    figure = go.Figure(
        go.Scatter(
            x=coords[:, 0],
            y=coords[:, 1],
            mode="markers+text",
            text=names,
            textposition=sides,
            textfont=label_font(12, dark),
            marker={"size": 8, "color": PALETTE[0]},
            hovertext=[escape(word) for word in words],
            hovertemplate="<b>%{hovertext}</b><br>%{x:.3f}, %{y:.3f}<extra></extra>",
            showlegend=False,
        )
    )
    style(figure, Frame(title, *axes, height=AXES_SIZE[1], dark=dark))
    zero = {"zeroline": True, "zerolinecolor": FRAME, "zerolinewidth": 1}
    figure.update_yaxes(range=ranges[1], **zero)
    return figure.update_xaxes(range=ranges[0], **zero)
