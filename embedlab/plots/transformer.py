"""Figures of the inside of a transformer: learning curves, predictions, attention, the senses of a word."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from embedlab.plots.labels import Markers, Room, padded_ranges, place_labels
from embedlab.plots.style import FONT, GREY, PALETTE, SEQUENTIAL, SYMBOLS, Frame, escape, shortened, style


def perplexity_figure(
    curve: Sequence[Sequence], unigram: float | None, *, height: int = 320, dark: bool | None = None
) -> go.Figure:
    """Perplexity by step on a logarithmic axis, from mean losses in nats [(step, training, held out)].

    unigram: the perplexity of a model that knows word counts alone, drawn as a dashed line.
    """
    figure = go.Figure()
    for place, name, colour in ((1, "training text", PALETTE[0]), (2, "held-out text", PALETTE[1])):
        points = [(point[0], float(np.exp(min(point[place], 30)))) for point in curve if point[place] is not None]
        figure.add_scatter(
            x=[step for step, _ in points],
            y=[value for _, value in points],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 6},
            hovertemplate="step %{x:,}: %{y:,.1f}<extra>" + name + "</extra>",
        )
    if unigram is not None and curve:
        figure.add_scatter(
            x=[0, curve[-1][0]],
            y=[unigram, unigram],
            name="word counts alone",
            mode="lines",
            line={"color": GREY, "dash": "dash", "width": 1.5},
            hovertemplate="%{y:,.1f}<extra>word counts alone</extra>",
        )
    style(
        figure,
        Frame(
            "Perplexity while it learned",
            "Step (batches learned from)",
            "Perplexity (choices left)",
            height=height,
            dark=dark,
        ),
    )
    ticks = [digit * 10**power for power in range(7) for digit in (1, 2, 5)]
    return figure.update_yaxes(type="log", tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks]).update_layout(
        legend_y=-0.3
    )


def predictions_figure(
    before: Sequence[tuple[str, float]],
    after: Sequence[tuple[str, float]],
    *,
    truth: str | None = None,
    title: str = "Predictions",
    dark: bool | None = None,
) -> go.Figure:
    """Bars of the most probable pieces after training, and before it where known; the true piece is outlined."""
    pieces = [piece for piece, _ in after]
    earlier = dict(before)
    figure = go.Figure()
    for name, values, colour in (
        ("before training", [earlier.get(piece, 0.0) for piece in pieces] if earlier else [], GREY),
        ("after training", [share for _, share in after], PALETTE[0]),
    ):
        if not values:
            continue
        edge = [2 if piece == truth else 0 for piece in pieces]
        figure.add_bar(
            y=list(range(len(pieces))),
            x=values,
            name=name,
            orientation="h",
            hovertemplate="%{x:.2%}<extra>" + name + "</extra>",
            marker={"color": colour, "line": {"width": edge, "color": PALETTE[1]}},
        )
    style(figure, Frame(title, "Probability", height=360, dark=dark))
    names = [f"<b>{escape(piece)}</b>" if piece == truth else escape(piece) for piece in pieces]
    figure.update_yaxes(
        tickvals=list(range(len(pieces))), ticktext=names, autorange="reversed", ticks="", showgrid=False
    )
    return figure.update_xaxes(tickformat="~%", rangemode="tozero").update_layout(
        barmode="group", bargap=0.25, legend_traceorder="reversed", legend_y=-0.2
    )


def attention_figure(
    pieces: Sequence[str], weights: np.ndarray, *, title: str, height: int | None = None, dark: bool | None = None
) -> go.Figure:
    """A square: how much each piece (row) looks at each other (column), rows summing to one."""
    places, names = list(range(len(pieces))), [escape(shortened(piece, 14)) for piece in pieces]
    said = [[f"{a} looks at {b}" for b in names] for a in names]
    shares = np.asarray(weights, np.float64).round(4)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=places,
            y=places,
            zmin=0,
            zmax=float(shares.max()),
            colorscale=SEQUENTIAL,
            text=said,
            xgap=1,
            ygap=1,
            hovertemplate="%{text}: %{z:.1%}<extra></extra>",
            colorbar={"title": {"text": "Share"}, "thickness": 12, "outlinewidth": 0, "tickformat": ".0%"},
        )
    )
    style(figure, Frame(title, "Looked at", "Looking", height=height or min(180 + 26 * len(pieces), 820), dark=dark))
    ticks = {
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
        "ticks": "",
        "showline": False,
        "ticklabelstandoff": 6,
    }
    figure.update_yaxes(**ticks, autorange="reversed")
    return figure.update_xaxes(tickangle=-45, side="bottom", **ticks)


@dataclass(frozen=True, eq=False)
class SensePoints:
    """Occurrences of a word in groups: coords (n, 2), texts (n,), spans (n, 2) of the word in each text.

    codes (n,): the group of each occurrence; names: of the groups.
    """

    coords: np.ndarray
    texts: Sequence[str]
    spans: np.ndarray
    codes: np.ndarray
    names: Sequence[str]


def senses_figure(
    points: SensePoints, *, title: str, axes: tuple[str, str], height: int = 520, dark: bool | None = None
) -> go.Figure:
    """One dot an occurrence, coloured by group, with its sentence on hover."""
    figure = go.Figure()
    for code, name in enumerate(points.names):
        rows = np.flatnonzero(points.codes == code)
        label = escape(f"{len(rows):,}: {name}")
        figure.add_scattergl(
            x=points.coords[rows, 0],
            y=points.coords[rows, 1],
            mode="markers",
            name=label,
            marker={
                "size": 7,
                "opacity": 0.75,
                "color": PALETTE[code % len(PALETTE)],
                "symbol": SYMBOLS[code // len(PALETTE) % len(SYMBOLS)],
            },
            hovertext=[_marked(points.texts[i], *points.spans[i]) for i in rows.tolist()],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    style(figure, Frame(title, *axes, height=height, dark=dark))
    return figure.update_layout(
        legend={"orientation": "h", "y": -0.16, "itemsizing": "constant"}, showlegend=True, hovermode="closest"
    )


def _marked(text: str, first: int, last: int, around: int = 110) -> str:
    """The sentence around a word that is set in bold, in lines."""
    left, right = text[max(0, first - around) : first], text[last : last + around]
    before, after = "…" if first > around else "", "…" if last + around < len(text) else ""
    lines = textwrap.wrap(f"{before}{left}\x02{text[first:last]}\x03{right}{after}", 64)
    return "<br>".join(escape(line) for line in lines).replace("\x02", "<b>").replace("\x03", "</b>")


def static_figure(
    names: Sequence[str], coords: np.ndarray, *, title: str, height: int = 520, dark: bool | None = None
) -> go.Figure:
    """A word of a run of static vectors, one large dot, among its neighbours.

    names: the word, then its neighbours; coords: (n, 2), in that order.
    """
    placed = {
        label.index: label.side
        for label in place_labels(
            coords,
            -np.arange(len(names)),
            names,
            Room(340, height - 110, FONT, equal=False),
            Markers(np.array([12] + [6] * (len(names) - 1))),
        )
    }
    figure = go.Figure()
    for rows, marker in (
        (range(1, len(names)), {"size": 6, "color": GREY}),
        (range(1), {"size": 12, "color": PALETTE[1]}),
    ):
        shown = [escape(names[i]) for i in rows]
        figure.add_scatter(
            x=coords[rows, 0],
            y=coords[rows, 1],
            mode="markers+text",
            marker=marker,
            hovertext=shown,
            hoverinfo="text",
            cliponaxis=False,
            text=[
                "" if i not in placed else name if i else f"<b>{name}</b>" for i, name in zip(rows, shown, strict=True)
            ],
            textposition=[placed.get(i, "top center") for i in rows],
        )
    style(figure, Frame(title, "PCA 1 (no unit)", "PCA 2 (no unit)", height=height, dark=dark))
    for update, (low, high) in zip((figure.update_xaxes, figure.update_yaxes), padded_ranges(coords), strict=True):
        update(range=[low, high])
    return figure.update_layout(showlegend=False)
