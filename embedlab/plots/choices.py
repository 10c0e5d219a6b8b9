"""Charts of interactions: how few items have most of the choices."""

from collections.abc import Sequence

import plotly.graph_objects as go

from embedlab.plots.style import GREY, PALETTE, Frame, style


def long_tail(items: Sequence[float], choices: Sequence[float], *, dark: bool | None = None) -> go.Figure:
    """The share of choices that the most chosen items have, and the line if all items were chosen alike.

    items, choices: shares from 0 to 1, rising together.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="all items alike",
        line={"color": GREY, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=list(items),
        y=list(choices),
        mode="lines",
        name="these choices",
        line={"color": PALETTE[0], "width": 2},
        hovertemplate="the most chosen %{x:.1%} of items: %{y:.1%} of choices<extra></extra>",
    )
    frame = Frame(
        "Share of choices of the most chosen items", "Share of items", "Share of choices", height=380, dark=dark
    )
    style(figure, frame)
    figure.update_yaxes(tickformat=".0%", range=[0, 1.03])
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.0]).update_layout(legend_y=-0.25)
