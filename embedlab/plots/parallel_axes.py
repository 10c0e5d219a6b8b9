"""Parallel coordinates of a sweep: every setting as a line through its parameters to its value."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from embedlab.plots.style import GREY, INK, Frame, escape, point_scale, style
from embedlab.plots.sweeps import Measure, are_numbers, level_text, levels_of


def sweep_parallel(
    axes: Mapping[str, Sequence[Any]],
    values: Sequence[float],
    measure: Measure,
    *,
    log: Sequence[str] = (),
    dark: bool | None = None,
) -> go.Figure:
    """Parallel coordinates: one line a setting of the sweep; drag along an axis to keep a part.

    axes: parameter -> its value in each setting; those in `log` are drawn on a logarithmic scale.
    """
    dimensions = [_dimension(name, list(column), name in log) for name, column in axes.items()]
    dimensions.append({"label": escape(measure.title), "values": list(values)})
    ink = INK[bool(dark)] if dark is not None else GREY
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            labelfont={"color": ink, "size": 13},
            tickfont={"color": ink, "size": 11},
            rangefont={"color": "rgba(0,0,0,0)"},
            line={
                "color": list(values),
                "colorscale": point_scale(dark=bool(dark), low_stands_out=measure.low_is_good),
                "showscale": False,
            },
        )
    )
    style(
        figure,
        Frame(
            "Every setting and its value",
            subtitle="The best stand out. Drag along an axis to keep only the lines in that range.",
            height=380,
            dark=dark,
        ),
    )
    return figure.update_layout(margin={"l": 56, "r": 56, "t": 112, "b": 28})


def _dimension(name: str, column: list, log: bool) -> dict:
    levels = levels_of(value for value in column if value is not None)
    if not are_numbers(levels) or None in column:
        levels = levels + ([None] if None in column else [])
        return {
            "label": escape(name),
            "values": [levels.index(value) for value in column],
            "tickvals": list(range(len(levels))),
            "ticktext": [level_text(level) for level in levels],
            "range": [-0.3, max(len(levels) - 0.7, 0.3)],
        }
    scaled = [float(np.log10(value)) if log else float(value) for value in column]
    ticks = levels if len(levels) <= 8 else [levels[round(i * (len(levels) - 1) / 6)] for i in range(7)]
    return {
        "label": escape(name),
        "values": scaled,
        "tickvals": [float(np.log10(tick)) if log else float(tick) for tick in ticks],
        "ticktext": [level_text(tick) for tick in ticks],
    }
