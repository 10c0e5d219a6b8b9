"""The charts of a sweep; each gives back the number of the point that was clicked."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from embedlab import plots
from embedlab.core.sizes import duration
from embedlab.plots import Mark, Measure
from embedlab.sweeps import Board, Point, title_of
from embedlab.sweeps.reading import LOWER, seconds_of
from embedlab.sweeps.suggest import importance
from embedlab.ui.parts.frame import dark

Chart = Callable[[Board, str], int | None]
CONFIG = {"displayModeBar": False}


def views(board: Board, measure: str) -> dict[str, Chart]:
    """The charts that suit a sweep, by name, the most telling first."""
    names = board.names
    found: dict[str, Chart] = (
        {"Line": line} if len(names) == 1 else {"Heat map": heat, "Parallel": parallel, "Importance": importances}
    )
    return found | {"Score and cost": cost, "Table": table}


def _marks(board: Board, measure: str, points: list[Point] | None = None) -> list[Mark]:
    """The points that have a measure; x and y are still to be set."""
    found = []
    for point in points if points is not None else list(board.points):
        value = point.measure(measure)
        if value is not None:
            interval = (
                "" if value.low is None else f"\n95 % interval {value.low:.3f} to {value.high:.3f}, {value.n} seeds"
            )
            label = (
                f"{point.label}\n{title_of(measure)} {value.mean:.3f}{interval}\n{duration(seconds_of(point))} per seed"
            )
            found.append(Mark(point.number, None, None, value.mean, label, value.low, value.high))
    return found


def _shown(board: Board, figure, key: str) -> int | None:
    event = st.plotly_chart(
        figure, key=f"sweep_{key}_{board.id}", on_select="rerun", selection_mode="points", theme=None, config=CONFIG
    )
    for point in event.selection.points:
        number = point.get("customdata")
        number = number[0] if isinstance(number, list | tuple) and number else number
        if number is not None:
            return int(number)
    return None


def line(board: Board, measure: str) -> int | None:
    """A measure over the one setting that varies; the halves of a benchmark share a chart."""
    name, by_number = board.names[0], {point.number: point for point in board.points}
    family, kinds = measure.partition("/")[0], measure.startswith("same-")
    related = [measure]
    if "/" in measure or kinds:
        related = [
            other
            for other in board.measures
            if (other.startswith("same-") if kinds else other.partition("/")[0] == family)
        ]
    series = {
        title_of(each): [mark._replace(x=by_number[mark.number].get(name)) for mark in _marks(board, each)]
        for each in related
    }
    axis = board.spec.vary.get(name)
    levels = [mark.x for marks in series.values() for mark in marks]
    log = (
        axis is not None
        and all(isinstance(level, int | float) and level > 0 for level in levels)
        and max(levels) >= 20 * min(levels)
    )
    title = title_of(measure) if len(series) == 1 else "Kinds of neighbours" if kinds else title_of(family)
    return _shown(
        board,
        plots.sweep_lines(
            series,
            (board.title(name), "Share of neighbours" if kinds else title),
            title=f"{title} by {board.title(name).lower()}",
            log=log,
            dark=dark(),
        ),
        "line",
    )


def heat(board: Board, measure: str) -> int | None:
    """A measure over two settings; where others vary too, each cell shows its best point."""
    names = board.names
    left, right = st.columns(2)
    x = left.selectbox("Across", names, index=0, format_func=board.title, key=f"sweep_x_{board.id}")
    y = right.selectbox(
        "Up", [name for name in names if name != x], index=0, format_func=board.title, key=f"sweep_y_{board.id}_{x}"
    )
    by_number = {point.number: point for point in board.points}
    marks = [
        mark._replace(x=by_number[mark.number].get(x), y=by_number[mark.number].get(y))
        for mark in _marks(board, measure)
    ]
    low = measure in LOWER
    cells: dict[tuple, Mark] = {}
    for mark in marks:
        if None not in (mark.x, mark.y):
            held = cells.get((mark.x, mark.y))
            if held is None or (mark.value < held.value if low else mark.value > held.value):
                cells[mark.x, mark.y] = mark
    if not cells:
        st.caption("No run has both of these settings and a value yet.")
        return None
    if len(cells) < len(marks):
        st.caption("Other settings vary too: each cell shows the best of them.")
    return _shown(
        board,
        plots.sweep_heat(
            list(cells.values()),
            (board.title(x), board.title(y)),
            Measure(title_of(measure), low),
            dark=dark(),
        ),
        f"heat_{x}_{y}",
    )


def parallel(board: Board, measure: str) -> int | None:
    """Every point across all settings that vary."""
    points = [point for point in board.points if point.measure(measure) is not None]
    axes = {name: [point.get(name) for point in points] for name in board.names}
    log = [board.title(name) for name, column in axes.items() if _wide(column)]
    axes = {board.title(name): column for name, column in axes.items()}
    figure = plots.sweep_parallel(
        axes,
        [point.measure(measure).mean for point in points],
        Measure(title_of(measure), measure in LOWER),
        log=log,
        dark=dark(),
    )
    st.plotly_chart(figure, key=f"sweep_parallel_{board.id}", theme=None, config=CONFIG)
    return None


def _wide(column: list) -> bool:
    """Whether numbers span so much that only their logarithm shows them apart."""
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) and value > 0 for value in column
    ) and max(column) >= 20 * min(column)


def importances(board: Board, measure: str) -> int | None:
    """How much of the differences each setting explains, by the objective."""
    shares = importance(board.spec, board.past())
    if not shares:
        st.caption("Importance needs at least four finished settings that differ in two ways or more.")
        return None
    st.plotly_chart(
        plots.sweep_importance({board.title(name): share for name, share in shares.items()}, dark=dark()),
        key=f"sweep_importance_{board.id}",
        theme=None,
        config=CONFIG,
    )
    n = sum(tried.value is not None for tried in board.past())
    objective = title_of(board.objective)
    objective = objective if board.spec.larger_is_better else objective.lower()
    st.caption(
        f"Measured by {objective} over {n} settings within the values that were tried (fANOVA, Hutter et al. 2014). "
        "Shares do not show the direction of an effect, and with few settings they are rough."
    )
    return None


def cost(board: Board, measure: str) -> int | None:
    """A measure against the seconds that a training takes."""
    by_number = {point.number: point for point in board.points}
    marks = [mark._replace(x=seconds_of(by_number[mark.number])) for mark in _marks(board, measure)]
    return _shown(board, plots.sweep_cost(marks, Measure(title_of(measure), measure in LOWER), dark=dark()), "cost")


def table(board: Board, measure: str) -> int | None:
    """Every point with every measure, to sort and to take away."""
    rows = []
    for point in board.points:
        row = {"Number": point.number + 1} | {board.title(name): point.get(name) for name in board.names}
        for name in board.measures:
            value = point.measure(name)
            row[title_of(name)] = value.mean if value else None
            if name != "seconds":
                row[f"{title_of(name)}, interval"] = (
                    f"{value.low:.3f} to {value.high:.3f}" if value and value.low is not None else None
                )
        rows.append(
            row | {"Seeds": sum(trial.status == "done" for trial in point.trials), "Stopped early": point.pruned}
        )
    frame = pd.DataFrame(rows)
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"sweep_table_{board.id}",
        alt="Settings of the sweep",
    )
    st.download_button(
        "Download table",
        frame.to_csv(index=False),
        "sweep.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    chosen = event.selection.rows
    return board.points[chosen[0]].number if chosen and chosen[0] < len(board.points) else None
