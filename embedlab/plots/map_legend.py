"""The legend of a map in three dimensions: a colour bar for numbers, names for categories."""

import plotly.graph_objects as go

from embedlab.plots.style import (
    FONT,
    escape,
    log_ticks,
    plain_ticks,
)
from embedlab.projections.colouring.colours import Colour


def colour_bar(colour: Colour) -> dict:
    title = f"{colour.title} ({colour.unit})" if colour.unit else colour.title
    bar = {
        "title": {"text": escape(title), "side": "top", "font": {"size": FONT - 1}},
        "orientation": "h",
        "thickness": 10,
        "len": 260,
        "lenmode": "pixels",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "outlinewidth": 0,
        "ypad": 4,
    }
    if colour.log:
        bar["tickvals"], bar["ticktext"] = log_ticks(colour.values)
    elif colour.form != "number":
        bar["tickvals"], bar["ticktext"] = plain_ticks(colour)
    return bar


def set_legend(figure: go.Figure, colour: Colour | None) -> None:
    if colour is not None and colour.kind == "category":
        title = {"text": f"{escape(colour.title)}  ", "side": "left", "font": {"size": FONT - 1}}
        figure.update_layout(
            showlegend=True,
            legend={
                "title": title,
                "itemsizing": "constant",
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
                "font": {"size": FONT - 1},
            },
        )


def height_beside_map(colour: Colour | None) -> int:
    """Pixels that title, axis names and legend take from the height, on the generous side."""
    if colour is None:
        return 110
    if colour.kind == "numeric":
        return 170
    return 120 + 20 * (1 + sum(len(name) + 8 for name in colour.categories) // 90)
