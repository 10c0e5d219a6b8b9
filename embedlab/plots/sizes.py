"""How small an embedding can be: the score at each size, before and after training."""

from collections.abc import Sequence

import plotly.graph_objects as go

from embedlab.plots.style import GREY, PALETTE, Frame, style


def size_curve(rows: Sequence[dict], metric: str, *, height: int = 300, dark: bool | None = None) -> go.Figure:
    """Score against the number of dimensions kept, start and end with 95 % intervals.

    rows: {"dim", "start", "end"}, each of the two [score, low, high]; metric: the name of the score.
    """
    figure = go.Figure()
    dims = [row["dim"] for row in rows]
    for name, key, colour in (("before training", "start", GREY), ("after training", "end", PALETTE[0])):
        score, low, high = zip(*(row[key] for row in rows), strict=True)
        figure.add_scatter(
            x=dims,
            y=score,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 7},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [h - s for h, s in zip(high, score, strict=True)],
                "arrayminus": [s - w for s, w in zip(score, low, strict=True)],
                "thickness": 1.2,
                "width": 3,
            },
            hovertemplate="%{x} dimensions: %{y:.3f}<extra>" + name + "</extra>",
        )
    style(
        figure,
        Frame("How small can the embedding be?", "Dimensions kept (logarithmic)", metric, height=height, dark=dark),
    )
    figure.update_xaxes(type="log", tickvals=dims, ticktext=[str(dim) for dim in dims])
    return figure.update_layout(showlegend=True, legend_y=-0.3)


def smallest_size(rows: Sequence[dict]) -> str:
    """One sentence on the smallest size whose score lies within the interval of the full size."""
    whole = rows[-1]
    enough = next(row for row in rows if row["end"][0] >= whole["end"][1])
    if enough is whole:
        return f"Every shorter size scores below the interval of all {whole['dim']} dimensions."
    share = round(100 * enough["dim"] / whole["dim"])
    return (
        f"{enough['dim']} of {whole['dim']} dimensions score {enough['end'][0]:.3f}, within the interval of the whole "
        f"({whole['end'][1]:.3f} to {whole['end'][2]:.3f}): {share}% of the size."
    )
