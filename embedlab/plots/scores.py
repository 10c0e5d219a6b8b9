"""Charts of benchmark scores: forest plot, accuracy by category, associations of words."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from embedlab.plots.style import FRAME, GREY, PALETTE, Frame, escape, shortened, style


def analogy_parts(
    parts: Sequence[Mapping[str, Any]],
    *,
    title: str = "Accuracy by category",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """Bars of accuracy by category, with the number of questions asked.

    parts: name, score, n_used, n_total of each, and low and high where there is an interval.
    """
    names = [f"{escape(shortened(part['name'], 34))}  ({part['n_used']:,} of {part['n_total']:,})" for part in parts]
    scores = [part["score"] for part in parts]
    arms = [_arms(part["score"], part.get("low"), part.get("high")) for part in parts]
    figure = go.Figure(
        go.Bar(
            x=[score or 0 for score in scores],
            y=list(range(len(parts))),
            orientation="h",
            marker={"color": PALETTE[0], "opacity": 0.55, "line": {"width": 0}},
            error_x={
                "type": "data",
                "array": [arm[1] for arm in arms],
                "arrayminus": [arm[0] for arm in arms],
                "color": PALETTE[0],
                "thickness": 2,
                "width": 4,
            },
            hovertext=[_percent(score) for score in scores],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    style(figure, Frame(title, "Share answered correctly", "", height=height or 110 + 26 * len(parts), dark=dark))
    figure.update_yaxes(
        tickvals=list(range(len(parts))), ticktext=names, range=[len(parts) - 0.5, -0.5], showgrid=False, ticks=""
    )
    figure.update_layout(bargap=0.35)
    for place, score in enumerate(scores):
        figure.add_annotation(x=1.02, y=place, text=_percent(score), showarrow=False, xanchor="left", xref="x")
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.16], tickvals=[0, 0.25, 0.5, 0.75, 1])


def scores_forest(
    results: Sequence[Any],
    *,
    names: Sequence[str] | None = None,
    title: str = "Scores with 95 % intervals",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """One line a result: the score with its interval; hollow marks show random vectors and scores without learning.

    results: BenchmarkResult or anything with title or benchmark, metric, score, low, high, baseline, n_used, n_total
    (and baseline_low, baseline_high, references). names: what to call each line, by default the benchmark.
    """
    names = list(names) if names is not None else [getattr(r, "title", "") or r.benchmark for r in results]
    rows = [
        f"{escape(shortened(name, 44))}<br><span style='font-size:11px'>{escape(r.metric)}, "
        f"{r.n_used:,} of {r.n_total:,}</span>"
        for name, r in zip(names, results, strict=True)
    ]
    places, arms = list(range(len(results))), [_arms(r.score, r.low, r.high) for r in results]
    figure = go.Figure()
    bases = [(i, r) for i, r in enumerate(results) if r.baseline is not None]
    base_arms = [
        _arms(r.baseline, getattr(r, "baseline_low", None), getattr(r, "baseline_high", None)) for _, r in bases
    ]
    if bases:
        figure.add_scatter(
            x=[r.baseline for _, r in bases],
            y=[i for i, _ in bases],
            mode="markers",
            name="random vectors",
            marker={"symbol": "diamond-open", "size": 10, "color": GREY, "line": {"width": 2}},
            error_x={
                "type": "data",
                "array": [arm[1] for arm in base_arms],
                "arrayminus": [arm[0] for arm in base_arms],
                "color": GREY,
                "thickness": 1.5,
                "width": 3,
            },
            hovertemplate="random vectors: %{x:.3f}<extra></extra>",
        )
    known = [(i, one) for i, r in enumerate(results) for one in getattr(r, "references", ())]
    if known:
        figure.add_scatter(
            x=[one["score"] for _, one in known],
            y=[i for i, _ in known],
            mode="markers",
            name="yardsticks"
            if all(getattr(r, "task", "") == "recommendation" for r in results)
            else "without learning",
            marker={"symbol": "square-open", "size": 9, "color": PALETTE[1], "line": {"width": 2}},
            hovertext=[escape(one["name"]) for _, one in known],
            hovertemplate="%{hovertext}: %{x:.3f}<extra></extra>",
        )
    figure.add_scatter(
        x=[r.score for r in results],
        y=places,
        mode="markers",
        name="score and 95 % interval",
        marker={"size": 10, "color": PALETTE[0]},
        hovertemplate="score: %{x:.3f}<extra></extra>",
        error_x={
            "type": "data",
            "array": [arm[1] for arm in arms],
            "arrayminus": [arm[0] for arm in arms],
            "color": PALETTE[0],
            "thickness": 2,
            "width": 5,
        },
    )
    style(figure, Frame(title, "Score", "", height=height or 180 + 46 * len(results), dark=dark))
    figure.update_yaxes(tickvals=places, ticktext=rows, range=[len(results) - 0.5, -0.5], showgrid=False, ticks="")
    for place, result in enumerate(results):
        if result.score is None:
            figure.add_annotation(x=0.5, xref="paper", y=place, text="no item could be used", showarrow=False)
    figure.update_xaxes(zeroline=True, zerolinecolor=FRAME)
    # Under the axis: beside the title there is no room for it on a phone.
    return figure.update_layout(showlegend=True, margin_b=84, legend={"yref": "container", "y": 0, "yanchor": "bottom"})


def association_bars(
    rows: Sequence[Mapping[str, Any]],
    towards: tuple[str, str],
    *,
    title: str = "Association of each word",
    dark: bool | None = None,
) -> go.Figure:
    """One bar a word, left or right of zero.

    rows: word, target, association of each. towards: what the right and the left end stand for.
    """
    order = sorted(rows, key=lambda row: row["association"])
    figure = go.Figure()
    for i, target in enumerate(dict.fromkeys(row["target"] for row in rows)):
        mine = [(place, row) for place, row in enumerate(order) if row["target"] == target]
        figure.add_bar(
            x=[row["association"] for _, row in mine],
            y=[place for place, _ in mine],
            orientation="h",
            name=escape(shortened(target)),
            marker={"color": PALETTE[i], "line": {"width": 0}},
            hovertext=[escape(row["word"]) for _, row in mine],
            hovertemplate="%{hovertext}: %{x:+.3f}<extra></extra>",
        )
    style(
        figure,
        Frame(
            title,
            f"Mean cosine: nearer to {towards[1]} (left) or to {towards[0]} (right)",
            "",
            height=150 + 20 * len(rows),
            dark=dark,
        ),
    )
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[escape(shortened(row["word"], 24)) for row in order],
        showgrid=False,
        ticks="",
    )
    figure.update_xaxes(zeroline=True, zerolinecolor=FRAME, tickformat="+.2f")
    return figure.update_layout(
        barmode="overlay",
        bargap=0.35,
        showlegend=True,
        margin_b=84,
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
    )


def _arms(score, low, high) -> tuple[float, float]:
    if score is None or low is None or high is None:
        return 0.0, 0.0
    return max(score - low, 0.0), max(high - score, 0.0)


def _percent(score: float | None) -> str:
    return "none asked" if score is None else f"{score:.1%}"
