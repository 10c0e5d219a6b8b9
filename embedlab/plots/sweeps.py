"""Charts of a sweep: heat map, lines over one setting, importance, score against cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from embedlab.plots.style import DASHES, PALETTE, SEQUENTIAL, Frame, escape, shortened, style

MANY_CELLS = 14  # columns beyond which cells have no room for their numbers


class Mark(NamedTuple):
    """One setting of a sweep on a chart: its number, position, value and hover text."""

    number: int
    x: Any
    y: Any
    value: float
    label: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measure:
    """What the values of a sweep are: their title, and whether a low value is good."""

    title: str
    low_is_good: bool

    def best(self, marks: Sequence[Mark]) -> Mark:
        return (min if self.low_is_good else max)(marks, key=lambda mark: mark.value)


def sweep_heat(
    marks: Sequence[Mark], axes: tuple[str, str], measure: Measure, *, dark: bool | None = None
) -> go.Figure:
    """A heat map over two settings: each cell shows its value, good cells are bright and the best one is framed.

    marks: one a cell; axes: the titles of the two settings. An invisible marker in each cell carries the number of the
    setting as customdata, for clicks.
    """
    xs, ys = levels_of(mark.x for mark in marks), levels_of(mark.y for mark in marks)
    table = np.full((len(ys), len(xs)), np.nan)
    for mark in marks:
        table[ys.index(mark.y), xs.index(mark.x)] = mark.value
    figure = go.Figure(
        go.Heatmap(
            z=table,
            x=list(range(len(xs))),
            y=list(range(len(ys))),
            colorscale=SEQUENTIAL,
            reversescale=measure.low_is_good,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            colorbar={"title": {"text": escape(measure.title), "side": "right"}, "thickness": 12, "outlinewidth": 0},
        )
    )
    figure.add_trace(_targets(marks, xs, ys, measure.low_is_good))
    best = measure.best(marks)
    bx, by = xs.index(best.x), ys.index(best.y)
    figure.add_shape(
        type="rect", x0=bx - 0.47, x1=bx + 0.47, y0=by - 0.46, y1=by + 0.46, line={"color": PALETTE[1], "width": 3}
    )
    style(
        figure,
        Frame(
            f"{measure.title} by {axes[0].lower()} and {axes[1].lower()}",
            *axes,
            subtitle="The best cell is framed; click a cell for its runs.",
            height=min(190 + 44 * len(ys), 640),
            dark=dark,
        ),
    )
    ticks = {"showgrid": False, "ticks": "", "showline": False}
    figure.update_yaxes(
        tickvals=list(range(len(ys))),
        ticktext=[level_text(level) for level in ys],
        range=[-0.5, len(ys) - 0.5],
        **ticks,
    )
    figure.update_xaxes(
        tickvals=list(range(len(xs))),
        ticktext=[level_text(level) for level in xs],
        range=[-0.5, len(xs) - 0.5],
        **ticks,
    )
    return figure.update_layout(showlegend=False, clickmode="event+select", dragmode=False)


def _targets(marks: Sequence[Mark], xs: list, ys: list, low_is_good: bool) -> go.Scatter:
    """The text and the click target of each cell of a heat map: dark ink on bright cells, white on dark ones."""
    values = np.array([mark.value for mark in marks])
    spread = float(np.ptp(values)) or 1.0
    bright = (values.max() - values if low_is_good else values - values.min()) / spread > 0.5
    size = max(14, min(40, 560 // max(len(xs), 1)))
    font = {"size": 12 if len(xs) <= 9 else 10, "color": ["#111111" if light else "#ffffff" for light in bright]}
    return go.Scatter(
        x=[xs.index(mark.x) for mark in marks],
        y=[ys.index(mark.y) for mark in marks],
        customdata=[mark.number for mark in marks],
        mode="markers+text" if len(xs) <= MANY_CELLS else "markers",
        text=[f"{mark.value:.3g}" for mark in marks],
        textfont=font,
        marker={"size": size, "symbol": "square", "opacity": 0},
        hovertext=[_hover(mark) for mark in marks],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def sweep_lines(
    series: Mapping[str, Sequence[Mark]],
    axes: tuple[str, str],
    *,
    title: str,
    log: bool = False,
    dark: bool | None = None,
) -> go.Figure:
    """Values over one setting with the intervals of their seeds as bars, one line a series.

    The customdata of a marker is the number of its setting.
    """
    figure = go.Figure()
    levels = levels_of(mark.x for marks in series.values() for mark in marks)
    place = {level: float(level) if are_numbers(levels) else i for i, level in enumerate(levels)}
    for i, (name, marks) in enumerate(series.items()):
        marks = sorted(marks, key=lambda mark: place[mark.x])
        colour = PALETTE[i % len(PALETTE)]
        figure.add_scatter(
            x=[place[mark.x] for mark in marks],
            y=[mark.value for mark in marks],
            customdata=[mark.number for mark in marks],
            name=escape(name),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": DASHES[i // len(PALETTE) % len(DASHES)]},
            marker={"size": 8, "color": colour},
            error_y=_arms(marks, colour),
            hovertext=[_hover(mark) for mark in marks],
            hovertemplate="%{hovertext}<extra>" + escape(name) + "</extra>",
        )
    style(figure, Frame(title, *axes, height=360, dark=dark))
    if not levels:
        return figure
    places = sorted(place.values())
    shown = _spaced(places, log)
    figure.update_xaxes(
        type="log" if log else "linear",
        tickvals=shown,
        ticktext=[level_text(levels[places.index(p)]) for p in shown],
        tickangle=0,
    )
    return figure.update_layout(showlegend=len(series) > 1, legend_y=-0.24, clickmode="event+select", dragmode=False)


def _spaced(places: list[float], log: bool) -> list[float]:
    """The places whose tick labels do not run into each other."""
    scale = [np.log(p) if log else p for p in places]
    gap, kept = (scale[-1] - scale[0]) / 14, [0]
    for i in range(1, len(places)):
        if scale[i] - scale[kept[-1]] >= gap:
            kept.append(i)
    return [places[i] for i in kept]


def sweep_importance(
    shares: Mapping[str, float],
    *,
    title: str = "Which setting mattered",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """Bars of the share of the differences that each setting explains, the largest at the top."""
    names = list(shares)
    figure = go.Figure(
        go.Bar(
            x=list(shares.values()),
            y=list(range(len(names))),
            orientation="h",
            marker={"color": PALETTE[0], "line": {"width": 0}},
            text=[f"{share:.0%}" for share in shares.values()],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    style(
        figure,
        Frame(
            title, "Share of the differences between settings", "", height=height or 130 + 34 * len(names), dark=dark
        ),
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[escape(shortened(name, 24)) for name in names],
        autorange="reversed",
        ticks="",
        showgrid=False,
    )
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.15], tickvals=[0, 0.25, 0.5, 0.75, 1])


def sweep_cost(
    marks: Sequence[Mark], measure: Measure, *, title: str = "Score against cost", dark: bool | None = None
) -> go.Figure:
    """The value of each setting against its seconds of training, with intervals, and the line of the Pareto front."""
    figure = go.Figure()
    front = _front(marks, measure.low_is_good)
    figure.add_scatter(
        x=[mark.x for mark in front],
        y=[mark.value for mark in front],
        mode="lines",
        name="nothing cheaper is better",
        line={"color": PALETTE[1], "width": 1.5, "shape": "hv", "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[mark.x for mark in marks],
        y=[mark.value for mark in marks],
        customdata=[mark.number for mark in marks],
        mode="markers",
        name="settings, with the interval of their seeds",
        marker={"size": 9, "color": PALETTE[0]},
        error_y=_arms(marks, PALETTE[0]),
        hovertext=[_hover(mark) for mark in marks],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    style(figure, Frame(title, "Training of one seed, seconds", measure.title, height=400, dark=dark))
    figure.update_xaxes(rangemode="tozero")
    return figure.update_layout(showlegend=True, legend_y=-0.2, clickmode="event+select", dragmode=False)


def _front(marks: Sequence[Mark], low_is_good: bool) -> list[Mark]:
    """The marks, cheapest first, each better than all before it."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.x):
        if not found or (mark.value < found[-1].value if low_is_good else mark.value > found[-1].value):
            found.append(mark)
    return found


def _arms(marks: Sequence[Mark], colour: str) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "color": colour,
        "thickness": 1.5,
        "width": 4,
        "array": [0 if mark.high is None else mark.high - mark.value for mark in marks],
        "arrayminus": [0 if mark.low is None else mark.value - mark.low for mark in marks],
    }


def _hover(mark: Mark) -> str:
    """What hovering shows, line by line."""
    return escape(mark.label).replace("\n", "<br>")


def levels_of(values) -> list:
    """The distinct values, in order; numbers before texts."""
    found = list(dict.fromkeys(values))
    return sorted(found) if are_numbers(found) else sorted(found, key=str)


def are_numbers(levels: Sequence[Any]) -> bool:
    return all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels)


def level_text(level: Any) -> str:
    if level is None:
        return "none"
    if isinstance(level, bool):
        return "yes" if level else "no"
    return f"{level:g}" if isinstance(level, float) else escape(shortened(str(level), 18))
