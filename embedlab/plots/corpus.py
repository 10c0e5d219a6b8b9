"""Charts of a corpus: Zipf plot, coverage by minimum count, most frequent words."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.plots.style import FONT, FRAME, GREY, PALETTE, Frame, escape, shortened, style

POINTS_OF_A_CURVE = 400
HEIGHT = 380


def zipf(
    rank: Sequence[int],
    count: Sequence[int],
    *,
    words: Sequence[str] | None = None,
    title: str = "Zipf plot",
    dark: bool | None = None,
) -> go.Figure:
    """Count against rank on logarithmic axes, and the straight line that Zipf's law predicts."""
    rank, count = np.asarray(rank), np.asarray(count)
    kept = _log_spaced(len(rank))
    rank, count = rank[kept], count[kept]
    figure = go.Figure()
    if len(rank):
        figure.add_scatter(
            x=rank[[0, -1]],
            y=[int(count[0]), float(count[0] * rank[0] / rank[-1])],
            mode="lines",
            name="count proportional to 1 / rank",
            line={"color": GREY, "dash": "dash", "width": 1.5},
            hoverinfo="skip",
        )
    names = [f"<b>{escape(words[i])}</b><br>" for i in kept] if words is not None else [""] * len(kept)
    figure.add_scatter(
        x=rank,
        y=count,
        mode="lines+markers",
        name="this corpus",
        hovertext=names,
        marker={"size": 4},
        line={"color": PALETTE[0], "width": 2},
        hovertemplate="%{hovertext}rank %{x:,}, %{y:,} times<extra></extra>",
    )
    style(figure, Frame(title, "Rank of the word", "Count", height=HEIGHT, dark=dark))
    low = np.log10(max(min(count.min(initial=1), count[-1] if len(count) else 1), 1))
    figure.update_yaxes(
        type="log", dtick=1, tickformat=",d", range=[low - 0.15, np.log10(max(count.max(initial=1), 1)) + 0.25]
    )
    return figure.update_xaxes(type="log", dtick=1, tickformat=",d").update_layout(legend_y=-0.25)


def coverage(
    min_counts: Sequence[int],
    types_kept: Sequence[int],
    tokens_covered: Sequence[float],
    *,
    chosen: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """Share of types (distinct words) and of tokens kept at each minimum count; `chosen` marks the one in use.

    types_kept: numbers of types, starting with the smallest minimum count; tokens_covered: shares from 0 to 1.
    """
    types_kept, shares = np.asarray(types_kept, np.float64), np.asarray(tokens_covered, np.float64)
    if len(shares) and shares.max() > 1:
        raise BadInput(f"Token coverage is a share from 0 to 1; got {shares.max():g}.")
    figure = go.Figure()
    figure.add_scatter(
        x=list(min_counts),
        y=shares,
        name="of all tokens",
        mode="lines+markers",
        marker={"size": 6},
        line={"color": PALETTE[0], "width": 2},
        hovertemplate="%{y:.1%} of all tokens<extra></extra>",
    )
    figure.add_scatter(
        x=list(min_counts),
        y=types_kept / max(types_kept.max(initial=1), 1),
        name="of all types (distinct words)",
        mode="lines+markers",
        line={"color": PALETTE[1], "width": 2, "dash": "dash"},
        marker={"size": 7, "symbol": "diamond"},
        customdata=types_kept.astype(int),
        hovertemplate="%{y:.1%}, %{customdata:,} types<extra></extra>",
    )
    style(figure, Frame("What each minimum count keeps", "Minimum count", "Share kept", height=HEIGHT, dark=dark))
    figure.update_yaxes(tickformat=".0%", range=[0, 1.05])
    ends = np.log10([max(min(min_counts, default=1), 1), max(max(min_counts, default=1), chosen or 1, 2)])
    figure.update_xaxes(
        type="log",
        tickvals=list(min_counts),
        ticktext=[f"{n:,}" for n in min_counts],
        tickangle=0,
        range=[ends[0] - 0.05, ends[1] + 0.05],
    )
    if chosen:
        figure.add_shape(
            type="line", x0=chosen, x1=chosen, y0=0, y1=1, yref="paper", line={"color": FRAME, "dash": "dot"}
        )
        # On a logarithmic axis an annotation, unlike a shape, is placed by the logarithm.
        figure.add_annotation(
            x=float(np.log10(chosen)),
            y=0.04,
            yref="paper",
            text=f"minimum count {chosen:,}",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            xshift=4,
            font={"size": FONT - 1},
        )
    return figure.update_layout(hovermode="x unified", legend_y=-0.25)


def frequent_words(
    words: Sequence[str],
    counts: Sequence[int],
    *,
    title: str = "Most frequent words",
    dark: bool | None = None,
) -> go.Figure:
    """Bars of counts, the most frequent word at the top."""
    figure = go.Figure(
        go.Bar(
            x=[int(count) for count in counts],
            y=list(range(len(words))),
            orientation="h",
            marker={"color": PALETTE[0], "line": {"width": 0}},
            text=[f"{int(count):,}" for count in counts],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    style(figure, Frame(title, "Count", "", height=110 + 22 * len(words), dark=dark))
    figure.update_yaxes(
        tickvals=list(range(len(words))),
        ticktext=[escape(shortened(word, 24)) for word in words],
        autorange="reversed",
        ticks="",
        showgrid=False,
    )
    return figure.update_xaxes(rangemode="tozero", tickformat=",d", range=[0, 1.12 * max([1, *map(int, counts)])])


def _log_spaced(n: int) -> np.ndarray:
    """Positions of at most some POINTS_OF_A_CURVE of n points, evenly spaced on a logarithmic axis, ends included."""
    if n <= POINTS_OF_A_CURVE:
        return np.arange(n)
    return np.unique(np.geomspace(1, n, POINTS_OF_A_CURVE).round().astype(np.int64) - 1)
