"""Charts of a classifier: confusion matrix, and probabilities of labels."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.core.intervals import share_interval
from embedlab.plots.style import INK, PALETTE, Frame, escape, shortened, style

MOST_CELLS_WITH_NUMBERS, MOST_WITH_INTERVALS, MOST_BARS = 20, 6, 8
BLUES = ((0.0, "rgba(31, 119, 196, 0.06)"), (1.0, PALETTE[0]))


def confusion(
    labels: Sequence[str],
    matrix: Sequence[Sequence[int]],
    *,
    title: str = "Confusion matrix",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """A row for each label with the shares of the answers its documents got, and their numbers where there is room.

    Each share comes with its exact 95 % interval, on hover, and of up to six labels in the cell as well.
    """
    counts = np.asarray(matrix, np.int64)
    if counts.shape != (len(labels), len(labels)):
        raise BadInput(f"{len(labels)} labels need a {len(labels)} x {len(labels)} matrix; got {counts.shape}.")
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    places, names = list(range(len(labels))), [escape(shortened(label, 18)) for label in labels]
    ends = [[share_interval(n, total) for n in row] for row, total in zip(counts.tolist(), counts.sum(1), strict=True)]
    hover = [
        [
            f"{a}: {n:,} of {sum(row):,} answered {b}, {n / max(sum(row), 1):.1%} "
            f"(95 % interval {low:.1%} to {high:.1%})"
            for b, n, (low, high) in zip(names, row, found, strict=True)
        ]
        for a, row, found in zip(names, counts.tolist(), ends, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=places,
            y=places,
            zmin=0,
            zmax=1,
            colorscale=BLUES,
            xgap=2,
            ygap=2,
            text=hover,
            hovertemplate="%{text}<extra></extra>",
            colorbar={
                "title": {"text": "Share of the label", "side": "right"},
                "tickformat": ".0%",
                "thickness": 12,
                "outlinewidth": 0,
            },
        )
    )
    if len(labels) <= MOST_CELLS_WITH_NUMBERS:
        figure.add_traces(
            _numbers(_written(counts, ends), share, 14 if len(labels) <= MOST_WITH_INTERVALS else 10, dark)
        )
    style(
        figure,
        Frame(
            title,
            "Answer of the model",
            "Label in the corpus",
            height=height or int(np.clip(150 + 52 * len(labels), 330, 760)),
            dark=dark,
        ),
    )
    ticks = {"tickvals": places, "ticktext": names, "showgrid": False, "ticks": "", "showline": False}
    figure.update_yaxes(**ticks | {"range": [len(labels) - 0.5, -0.5]})
    return figure.update_xaxes(tickangle=-45 if len(labels) > 4 else 0, **ticks | {"range": [-0.5, len(labels) - 0.5]})


def _written(counts: np.ndarray, ends: list) -> np.ndarray:
    """What is written in each cell: its count, and of few labels the interval of its share below."""
    if len(counts) > MOST_WITH_INTERVALS:
        return np.array([[f"{n:,}" for n in row] for row in counts.tolist()], object)
    small = "<br><span style='font-size:11px'>"
    return np.array(
        [
            [f"{n:,}{small}{low:.0%} to {high:.0%}</span>" for n, (low, high) in zip(row, found, strict=True)]
            for row, found in zip(counts.tolist(), ends, strict=True)
        ],
        object,
    )


def _numbers(written: np.ndarray, share: np.ndarray, size: int, dark: bool | None) -> list[go.Scatter]:
    """The texts of cells in their places, white on the strong ones."""
    traces = []
    for chosen, ink in ((share > 0.5, "#ffffff"), (share <= 0.5, INK[bool(dark)] if dark is not None else None)):
        rows, columns = np.nonzero(chosen)
        font = {"size": size} | ({"color": ink} if ink else {})
        traces.append(
            go.Scatter(
                x=columns,
                y=rows,
                mode="text",
                text=written[chosen].tolist(),
                textfont=font,
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces


def probabilities(
    shares: Mapping[str, float], *, title: str = "How probable each label is", dark: bool | None = None
) -> go.Figure:
    """Bars of the labels, the most probable at the top; of many labels the first few."""
    shown = sorted(shares.items(), key=lambda pair: -pair[1])[:MOST_BARS]
    if len(shares) > len(shown):
        title = f"The {len(shown)} most probable of {len(shares):,} labels"
    values = [value for _, value in shown]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(shown))),
            orientation="h",
            hoverinfo="skip",
            cliponaxis=False,
            marker={"color": [PALETTE[0]] + ["rgba(31, 119, 196, 0.45)"] * (len(shown) - 1), "line": {"width": 0}},
            text=[f"{value:.1%}" for value in values],
            textposition="outside",
        )
    )
    style(figure, Frame(title, "Probability", "", height=120 + 34 * len(shown), dark=dark))
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[escape(shortened(label, 20)) for label, _ in shown],
        range=[len(shown) - 0.5, -0.5],
        showgrid=False,
        ticks="",
    )
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.18], tickvals=[0, 0.25, 0.5, 0.75, 1])
