"""Losses and held-out metrics by epoch."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from embedlab.plots.style import DASHES, PALETTE, Frame, escape, style

# Metrics on held-out text: what they are called, and the share by which they must rise to say something.
HELD_OUT_TITLES = {"validation": "held-out loss", "ranking_error": "held-out ranking error"}
NOISE = {"validation": 0.002, "ranking_error": 0.02}


def loss_curve(
    history: Sequence[tuple[int, float]] | Mapping[str, Sequence[tuple[int, float]]],
    *,
    title: str = "Training loss",
    y: str = "Mean loss of the epoch",
    height: int = 340,
    dark: bool | None = None,
) -> go.Figure:
    """Loss by epoch of one run, or of several by name; epochs are whole numbers.

    Losses of different families measure different things: compare their shapes only.
    """
    runs = history if isinstance(history, Mapping) else {"": history}
    figure = go.Figure()
    for i, (name, points) in enumerate(runs.items()):
        epochs, losses = [int(epoch) for epoch, _ in points], [float(loss) for _, loss in points]
        line = {"color": PALETTE[i % len(PALETTE)], "dash": DASHES[i // len(PALETTE) % len(DASHES)], "width": 2}
        figure.add_scatter(
            x=epochs,
            y=losses,
            mode="lines+markers",
            name=escape(name),
            line=line,
            marker={"size": 6},
            hovertemplate="epoch %{x}: %{y:.4f}<extra>" + escape(name) + "</extra>",
        )
    style(figure, Frame(title, "Epoch", y, height=height, dark=dark))
    last = max((int(points[-1][0]) for points in runs.values() if len(points)), default=1)
    if last <= 1:
        figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(tickformat="d", tick0=0, dtick=_whole_step(last), range=[0.5, last + 0.5])
    return figure.update_layout(showlegend=len(runs) > 1, legend_y=-0.3 if height < 300 else -0.16)


def with_held_out(
    training: Sequence[tuple[int, float]], held_out: Sequence[tuple[int, float]]
) -> dict[str, Sequence[tuple[int, float]]]:
    """The losses of one run by name for `loss_curve`: on its training text, and on held-out text where measured."""
    return {"training text": training} | ({"held-out text": held_out} if held_out else {})


def ranking_curve(errors: Sequence[tuple[int, float]], *, height: int = 220, dark: bool | None = None) -> go.Figure:
    """The held-out ranking error by epoch.

    That is the share of held-out pairs that score lower than a random pair of words of similar frequency.
    """
    figure = loss_curve(
        errors, title="Held-out pairs ranked wrongly", y="Share (0.5 is chance)", height=height, dark=dark
    )
    return figure.update_yaxes(tickformat=".0%")


def validation_note(values: Sequence[tuple[int, float]], metric: str = "validation") -> str:
    """One sentence when a held-out metric has risen by more than its noise since its lowest epoch, else "".

    The model then overfits: further epochs improve the training text only.
    """
    if len(values) < 2:
        return ""
    epoch, lowest = min(values, key=lambda point: point[1])
    if values[-1][1] < lowest + NOISE[metric] * abs(lowest):
        return ""
    return (
        f"The {HELD_OUT_TITLES[metric]} has risen since epoch {epoch}: the model begins to overfit. "
        "Fewer epochs may do."
    )


def _whole_step(last: int) -> int:
    """Distance of whole-number ticks, 1, 2, 5, 10, 20 ..., so that about ten stand on the axis."""
    step = 1
    for factor in (2, 2.5, 2) * 6:
        if last / step <= 12:
            return step
        step = int(step * factor)
    return step
