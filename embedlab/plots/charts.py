"""Every chart but the map, each from plain results."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.plots.labels import Room, padded_ranges, place_labels
from embedlab.plots.style import DASHES, FONT, FRAME, GREY, PALETTE, SEQUENTIAL, escape, label_font, shortened, style

MOST_CELLS_WITH_NUMBERS = 24
POINTS_OF_A_CURVE = 400
# Metrics on held-out text: what they are called, and the share by which they must rise to say something.
HELD_OUT_TITLES = {"validation": "held-out loss", "ranking_error": "held-out ranking error"}
NOISE = {"validation": 0.002, "ranking_error": 0.02}

AXES_SIZE = (700, 520)  # pixels that labels of a plot of two axes are placed for


def loss_curve(
    history: Sequence[tuple[int, float]] | Mapping[str, Sequence[tuple[int, float]]],
    *,
    validation: Sequence[tuple[int, float]] = (),
    title: str = "Training loss",
    y: str = "Mean loss of the epoch",
    height: int = 340,
    dark: bool | None = None,
) -> go.Figure:
    """Loss by epoch of one run, or of several by name; epochs are whole numbers. Losses of different kinds of model
    measure different things, and only their shapes compare. validation: the same mean over held-out text, of one run.
    """
    runs = history if isinstance(history, Mapping) else {"": history}
    if len(validation):
        runs = {"training text": runs[""], "held-out text": validation}
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
    style(figure, title, "Epoch", y, height=height, dark=dark)
    last = max((int(points[-1][0]) for points in runs.values() if len(points)), default=1)
    if last <= 1:
        figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(tickformat="d", tick0=0, dtick=_whole_step(last), range=[0.5, last + 0.5])
    return figure.update_layout(showlegend=len(runs) > 1, legend_y=-0.3 if height < 300 else -0.16)


def ranking_curve(errors: Sequence[tuple[int, float]], *, height: int = 220, dark: bool | None = None) -> go.Figure:
    """The held-out ranking error by epoch: the share of held-out pairs ranked below a pair of like frequency not seen."""
    figure = loss_curve(
        errors, title="Held-out pairs ranked wrongly", y="Share (0.5 is chance)", height=height, dark=dark
    )
    return figure.update_yaxes(tickformat=".0%")


def validation_note(values: Sequence[tuple[int, float]], metric: str = "validation") -> str:
    """One sentence when a held-out metric has risen by more than its noise since its lowest epoch, else "".

    A model then begins to fit what only its own text has, and further epochs do not serve other texts.
    """
    if len(values) < 2:
        return ""
    epoch, lowest = min(values, key=lambda point: point[1])
    if values[-1][1] < lowest + NOISE[metric] * abs(lowest):
        return ""
    return (
        f"The {HELD_OUT_TITLES[metric]} has risen since epoch {epoch}: the model begins to learn the text by heart. "
        "Fewer epochs may do."
    )


def zipf(
    rank: Sequence[int],
    count: Sequence[int],
    *,
    words: Sequence[str] | None = None,
    title: str = "Zipf plot",
    height: int = 380,
    dark: bool | None = None,
) -> go.Figure:
    """Count against rank, both on logarithmic axes, beside the straight line that Zipf's law would be."""
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
    style(figure, title, "Rank of the word", "Count", height=height, dark=dark)
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
    title: str = "What each minimum count keeps",
    height: int = 380,
    dark: bool | None = None,
) -> go.Figure:
    """Share of types (words) and of tokens kept at each minimum count; `chosen` marks the one in use.

    types_kept are numbers of types, the first that of the smallest minimum count; tokens_covered are shares, 0 to 1.
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
        name="of all types (different words)",
        mode="lines+markers",
        line={"color": PALETTE[1], "width": 2, "dash": "dash"},
        marker={"size": 7, "symbol": "diamond"},
        customdata=types_kept.astype(int),
        hovertemplate="%{y:.1%}, %{customdata:,} types<extra></extra>",
    )
    style(figure, title, "Minimum count", "Share kept", height=height, dark=dark)
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
    height: int | None = None,
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
    style(figure, title, "Count", "", height=height or 110 + 22 * len(words), dark=dark)
    figure.update_yaxes(
        tickvals=list(range(len(words))),
        ticktext=[escape(shortened(word, 24)) for word in words],
        autorange="reversed",
        ticks="",
        showgrid=False,
    )
    return figure.update_xaxes(rangemode="tozero", tickformat=",d", range=[0, 1.12 * max([1, *map(int, counts)])])


def heatmap(
    words: Sequence[str],
    matrix: np.ndarray,
    *,
    title: str = "Cosine similarity",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """A square of similarities, with their values where there is room for them."""
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (len(words), len(words)):
        raise BadInput(f"{len(words)} words need a {len(words)} x {len(words)} matrix; got {matrix.shape}.")
    places, names = list(range(len(words))), [escape(shortened(word, 20)) for word in words]
    written = len(words) <= MOST_CELLS_WITH_NUMBERS
    low = min(0.0, float(matrix.min(initial=0)))
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=places,
            y=places,
            zmin=low,
            zmax=1.0,
            colorscale=SEQUENTIAL,
            xgap=1,
            ygap=1,
            text=[[f"{a} and {b}" for b in names] for a in names],
            hovertemplate="%{text}: %{z:.3f}<extra></extra>",
            colorbar={"title": {"text": "Cosine"}, "thickness": 12, "outlinewidth": 0},
        )
    )
    if written:
        figure.add_traces(_cell_numbers(matrix, low, 11 if len(words) <= 12 else 9))
    style(figure, title, "", "", height=height or min(140 + 34 * len(words), 800), dark=dark)
    ticks = {
        "ticklabelstandoff": 4,
        "range": [-0.5, len(words) - 0.5],
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
        "ticks": "",
        "showline": False,
    }
    figure.update_yaxes(**ticks | {"range": [len(words) - 0.5, -0.5]})
    return figure.update_xaxes(side="bottom", tickangle=-45 if len(words) > 4 else 0, **ticks)


def _cell_numbers(matrix: np.ndarray, low: float, size: int) -> list[go.Scatter]:
    """The values of a heat map in its cells, white on the dark half of the scale and black on the light one."""
    light = (matrix - low) / (1 - low) > 0.55
    traces = []
    for chosen, ink in ((light, "#111111"), (~light, "#ffffff")):
        rows, columns = np.nonzero(chosen)
        traces.append(
            go.Scatter(
                x=columns,
                y=rows,
                mode="text",
                text=[f"{value:.2f}" for value in matrix[chosen]],
                textfont={"size": size, "color": ink},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces


def axes_plot(
    words: Sequence[str],
    coords: np.ndarray,
    axes: tuple[str, str],
    *,
    title: str = "Words along two axes",
    dark: bool | None = None,
) -> go.Figure:
    """Words by their projections (n, 2) on two axes, with a label each that fits; the rest show their name on hover."""
    coords = np.asarray(coords, np.float64)
    ranges = padded_ranges(np.vstack([coords, [[0, 0]]]), 0.12)
    placed = place_labels(
        coords,
        -np.arange(len(words)),
        [shortened(word) for word in words],
        Room(AXES_SIZE[0] - 90, AXES_SIZE[1] - 130, 12, ranges, equal=False),
        limit=len(words),
        marker=8,
        avoid_markers=True,
    )
    names, sides = [""] * len(words), ["middle right"] * len(words)
    for label in placed:
        names[label.index], sides[label.index] = escape(shortened(words[label.index])), label.side
    figure = go.Figure(
        go.Scatter(
            x=coords[:, 0],
            y=coords[:, 1],
            mode="markers+text",
            text=names,
            textposition=sides,
            textfont=label_font(12, dark),
            marker={"size": 8, "color": PALETTE[0]},
            hovertext=[escape(word) for word in words],
            hovertemplate="<b>%{hovertext}</b><br>%{x:.3f}, %{y:.3f}<extra></extra>",
            showlegend=False,
        )
    )
    style(figure, title, *axes, height=AXES_SIZE[1], dark=dark)
    zero = {"zeroline": True, "zerolinecolor": FRAME, "zerolinewidth": 1}
    figure.update_yaxes(range=ranges[1], **zero)
    return figure.update_xaxes(range=ranges[0], **zero)


def analogy_parts(
    parts: Sequence[Mapping[str, Any]],
    *,
    title: str = "Accuracy by category",
    height: int | None = None,
    dark: bool | None = None,
) -> go.Figure:
    """Bars of accuracy by category with how many questions could be asked; parts: name, score, n_used, n_total
    and, where there are any, low and high."""
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
    style(figure, title, "Share answered correctly", "", height=height or 110 + 26 * len(parts), dark=dark)
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
    """One line a result: the score, its interval, and as hollow marks random vectors and what is reached without learning.

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
            name="without learning",
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
    style(figure, title, "Score", "", height=height or 180 + 46 * len(results), dark=dark)
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
    """Bars to the left and right of zero, one a word; rows: word, target, association. towards: what the two ends mean."""
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
        title,
        f"Mean cosine: nearer to {towards[1]} (left) or to {towards[0]} (right)",
        "",
        height=150 + 20 * len(rows),
        dark=dark,
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


def _whole_step(last: int) -> int:
    """Distance of whole-number ticks, 1, 2, 5, 10, 20 ..., so that about ten stand on the axis."""
    step = 1
    for factor in (2, 2.5, 2) * 6:
        if last / step <= 12:
            return step
        step = int(step * factor)
    return step


def _log_spaced(n: int) -> np.ndarray:
    """Positions of at most some POINTS_OF_A_CURVE of n points, evenly spaced on a logarithmic axis, ends included."""
    if n <= POINTS_OF_A_CURVE:
        return np.arange(n)
    return np.unique(np.geomspace(1, n, POINTS_OF_A_CURVE).round().astype(np.int64) - 1)
