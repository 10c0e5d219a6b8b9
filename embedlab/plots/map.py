"""A map in three dimensions as an interactive figure and HTML file; any map as a table. Flat ones: webmap; paper: paper.py.

Texts are those of the drawn points, in the order of `projection.ids`; every point carries its row id as customdata.
"""

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.plots.labels import MARGIN, PlacedLabel, place_labels
from embedlab.plots.style import (
    CLEAR,
    FONT,
    INK,
    PAPER,
    SCENE_GRID,
    category_look,
    category_looks,
    escape,
    label_font,
    log_ticks,
    point_scale,
    shortened,
    style,
)
from embedlab.projections import Placed, Projection
from embedlab.projections.colouring.colours import Colour

LABEL_FONT = 11
ASIDE = {
    "middle right": ((1, 0), "left", "middle"),
    "middle left": ((-1, 0), "right", "middle"),
    "top center": ((0, 1), "center", "bottom"),
    "bottom center": ((0, -1), "center", "top"),
}
MOST_LABELS = 60
FEW = 400
RING = 7
CLEAR_OF = 0.05  # share of a line at either end
# The camera of a 3-D map at rest, and half the angle it sees (as plotly.js has it): labels are placed for this view.
EYE, CENTRE = (1.5, 1.5, 0.9), (0.0, 0.0, -0.12)
HALF_VIEW = np.tan(np.pi / 8)


def map_figure(
    projection: Projection,
    texts: Sequence[str],
    *,
    colour: Colour | None = None,
    counts: Sequence[int] | None = None,
    labels: Iterable[int] | None = None,
    highlight: Iterable[int] = (),
    links: tuple[int, Sequence[int]] | None = None,
    placed: Placed | None = None,
    width: int = 640,
    height: int = 650,
    dark: bool = False,
    max_labels: int = MOST_LABELS,
) -> go.Figure:
    """A map in 3-D: points in their colours, labels that do not overlap at rest, search hits ringed and named.

    labels: row ids that may carry their text, most important first; None takes the points as drawn, () none.
    highlight: row ids. placed: points put on the map afterwards, drawn hollow; links: (key, its true nearest neighbours),
    lines between them; keys are row ids, or those of `placed`. width and height: the least room the figure will have on
    the page. The turn survives a new figure of the same map. BadInput for a flat map: the browser's own component draws those (see `webmap`).
    """
    if projection.n_components != 3:
        raise BadInput("This figure shows maps in three dimensions; a flat map is drawn by the map component.")
    _check(projection, texts, colour, counts)
    highlight = list(highlight)
    hits = projection.positions(highlight)
    figure = go.Figure(
        _point_traces(projection, texts, colour, counts, dark)
        + _ring_trace(projection, hits, texts, counts, dark)
        + _placed_trace(projection, placed, dark)
        + _link_trace(projection, placed, links, dark)
    )
    labelled = map_labels(
        projection,
        texts,
        labels=labels,
        highlight=highlight,
        max_labels=max_labels,
        width=width,
        height=height - _furniture(colour),
    )
    style(figure, f"{projection.title} map", subtitle=projection.drawn, height=height, dark=dark)
    _set_scene(
        figure,
        projection,
        _annotations(projection, texts, labelled, set(hits.tolist()), dark) + _placed_names(projection, placed, dark),
        dark,
    )
    _set_legend(figure, colour)
    return figure.update_layout(
        dragmode="turntable",
        uirevision=_revision(projection),
        hovermode="closest",
        margin={"t": 64, "b": 8, "l": 8, "r": 8, "pad": 0},
    )


def map_labels(
    projection: Projection,
    texts: Sequence[str],
    *,
    labels: Iterable[int] | None = None,
    highlight: Iterable[int] = (),
    max_labels: int = MOST_LABELS,
    width: int = 640,
    height: int = 560,
    font: float = LABEL_FONT,
    flat: np.ndarray | None = None,
) -> list[PlacedLabel]:
    """The labels at rest: highlighted points first, then `labels` in their order, as many as fit.

    When `labels` is None all points may have one, in the order drawn, but English function words come last: they are
    the most frequent words and tell the least. flat: where the points of a 3-D map are seen, (n, 2) in pixels with y
    upwards; None for the view of `map_figure`.
    """
    if labels is None:
        labels = projection.ids
        if projection.what == "words":
            labels = labels[np.argsort(function_words(texts), kind="stable")]
    highlight = list(highlight)
    wanted = projection.positions([*highlight, *labels])
    importance = np.full(len(projection), -np.inf)
    importance[wanted[::-1]] = np.arange(len(wanted))
    sizes = np.full(len(projection), _size(projection))
    sizes[projection.positions(highlight)] += RING
    names = [""] * len(projection)
    for position in wanted:
        names[position] = shortened(texts[position])
    if projection.n_components == 2:
        places, ranges = projection.coords, None
    else:
        places = screen(projection.coords, width=width, height=height) if flat is None else flat
        ranges = ((0, width), (0, height))
    return place_labels(
        places,
        importance,
        names,
        width=width,
        height=height,
        font=font,
        limit=max_labels,
        marker=sizes,
        avoid_markers=len(projection) <= FEW,
        ranges=ranges,
    )


def screen(coords: np.ndarray, *, width: float, height: float) -> np.ndarray:
    """Where a 3-D map's points appear at rest, (n, 2) in pixels, y upwards: the perspective of the camera at EYE."""
    low, high = coords.min(axis=0), coords.max(axis=0)
    sides = np.maximum(high - low, 1e-9)
    scene = (coords - (low + high) / 2) / np.prod(sides) ** (1 / 3)
    forward = np.subtract(CENTRE, EYE) / np.linalg.norm(np.subtract(CENTRE, EYE))
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    depth = np.maximum((scene - EYE) @ forward, 1e-6)
    flat = np.stack([scene @ right, scene @ np.cross(right, forward)], axis=1) / depth[:, None]
    return flat / HALF_VIEW * height / 2 + [width / 2, height / 2]


def map_html(figure: go.Figure, *, title: str = "Map", dark: bool = False) -> str:
    """A page that holds the figure and plotly.js, and opens without a network."""
    page = go.Figure(figure).update_layout(paper_bgcolor=PAPER[dark], height=None, width=None, autosize=True)
    text = page.to_html(
        include_plotlyjs=True,
        include_mathjax=False,
        full_html=True,
        default_width="100%",
        default_height="97vh",
        config={
            "displaylogo": False,
            "responsive": True,
            "scrollZoom": True,
            "modeBarButtonsToRemove": ["sendChartToCloud"],
        },
    )
    head = f"<head><title>{escape(title)}</title><style>body {{margin: 0; background: {PAPER[dark]}}}</style>"
    return text.replace("<head>", head, 1)


def map_csv(
    projection: Projection, texts: Sequence[str], *, colour: Colour | None = None, counts: Sequence[int] | None = None
) -> str:
    """A table of the points: word or document, x, y, z in 3-D, count and colour value where there are any."""
    _check(projection, texts, colour, counts)
    columns = {projection.what.removesuffix("s"): texts}
    columns |= {
        axis: [f"{value:.6g}" for value in projection.coords[:, i]]
        for i, axis in enumerate("xyz"[: projection.n_components])
    }
    if counts is not None:
        columns["count"] = [int(count) for count in counts]
    if colour is not None and not (colour.name == "frequency" and counts is not None):
        columns[colour.name] = colour.texts()
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue()


def axis_titles(projection: Projection) -> list[str]:
    """The axes' names; those of PCA say how much of the variance they show, the others that they have no unit."""
    if projection.method == "pca" and projection.explained:
        return [f"PCA {i + 1} ({share:.1%} of variance)" for i, share in enumerate(projection.explained)]
    unit = "" if projection.method == "pca" else " (no unit)"
    return [f"{projection.title} {i + 1}{unit}" for i in range(projection.n_components)]


def groups(colour: Colour | None, n: int) -> list[tuple[str, np.ndarray, str, str, bool]]:
    """(name, positions, colour, symbol, muted) of each category that has points; grey ones first, below the others."""
    if colour is None:
        return [("", np.arange(n), category_look(0)[0], "circle", False)]
    found = []
    for code, (name, look) in enumerate(
        zip(colour.categories, category_looks(colour.categories, colour.muted), strict=True)
    ):
        positions = np.flatnonzero(colour.values == code)
        if len(positions):
            found.append((name, positions, *look, name in colour.muted))
    return sorted(found, key=lambda group: not group[4])


def _check(projection: Projection, texts, colour, counts) -> None:
    for name, values in (("texts", texts), ("colour values", colour), ("counts", counts)):
        if values is not None and len(values) != len(projection):
            raise BadInput(f"The map has {len(projection):,} points but came with {len(values):,} {name}.")


def _point_traces(projection, texts, colour, counts, dark) -> list:
    hover = _hover_texts(texts, counts)
    size, opacity = _size(projection), 0.85 if len(projection) <= 10_000 else 0.6
    if colour is not None and colour.kind == "numeric":
        scale = point_scale(dark=dark, low_stands_out=colour.low_stands_out)
        marker = {
            "color": colour.values,
            "colorscale": scale,
            "size": size,
            "opacity": opacity,
            "colorbar": _colour_bar(colour),
        }
        shown = "" if colour.name == "frequency" else f"<br>{escape(colour.title)}: %{{marker.color:.3f}}"
        return [_points(projection, hover, np.arange(len(projection)), "", marker, shown)]
    traces = []
    names = () if colour is None else colour.categories
    for name, positions, ink, symbol, muted in groups(colour, len(projection)):
        marker = {"color": ink, "symbol": symbol, "size": size, "opacity": opacity * (0.55 if muted else 1)}
        shown = f"<br>{escape(colour.title)}: {escape(name)}" if colour is not None else ""
        trace = _points(projection, hover, positions, name, marker, shown)
        traces.append(trace.update(legendrank=1000 + names.index(name) if name else None))
    return traces


def _hover_texts(texts, counts) -> list[str]:
    names = [f"<b>{escape(shortened(text, 80))}</b>" for text in texts]
    if counts is None:
        return names
    return [f"{name}<br>{int(count):,} times" for name, count in zip(names, counts, strict=True)]


def _points(projection, hover, positions, name, marker, shown):
    return go.Scatter3d(
        **_axes_of(projection, positions),
        mode="markers",
        name=escape(name),
        showlegend=bool(name),
        marker=marker,
        customdata=projection.ids[positions].astype(np.int32),
        hovertext=[hover[i] for i in positions],
        hovertemplate="%{hovertext}" + shown + "<extra></extra>",
    )


def _axes_of(projection: Projection, positions) -> dict[str, np.ndarray]:
    return {axis: projection.coords[positions, i] for i, axis in enumerate("xyz")}


def _ring_trace(projection, hits, texts, counts, dark) -> list:
    """Rings around the search hits; their names are among the labels. A ring lies over its point, so it answers to the pointer too."""
    if not len(hits):
        return []
    ring = {
        "symbol": "circle-open",
        "size": _size(projection) + RING,
        "color": INK[dark],
        "line": {"width": 2},
        "opacity": 1,
    }
    hover = _hover_texts([texts[i] for i in hits], None if counts is None else np.asarray(counts)[hits])
    return [
        go.Scatter3d(
            **_axes_of(projection, hits),
            mode="markers",
            marker=ring,
            showlegend=False,
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
            customdata=projection.ids[hits].astype(np.int32),
        )
    ]


def _placed_trace(projection, placed: Placed | None, dark) -> list:
    """The points put on the map afterwards, hollow; their keys are their customdata."""
    if placed is None or not len(placed):
        return []
    look = {"symbol": "circle-open", "size": _size(projection) + 2, "color": INK[dark], "line": {"width": 2}}
    return [
        go.Scatter3d(
            **dict(zip("xyz", placed.coords.T, strict=True)),
            mode="markers",
            marker=look,
            showlegend=False,
            customdata=placed.keys.astype(np.int32),
            hovertext=[f"<b>{escape(shortened(name, 80))}</b><br>placed afterwards" for name in placed.names],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    ]


def _placed_names(projection, placed: Placed | None, dark) -> list[dict]:
    names = () if placed is None else placed.names
    return [
        {
            "text": escape(shortened(name)),
            "showarrow": False,
            "font": label_font(LABEL_FONT, dark) | {"weight": 700},
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": _size(projection) + MARGIN,
            **dict(zip("xyz", map(float, place), strict=True)),
        }
        for name, place in zip(names, placed.coords if names else (), strict=True)
    ]


def _link_trace(projection, placed: Placed | None, links, dark) -> list:
    """Lines from a point to others as one trace; points that are neither drawn nor placed are left out."""
    if links is None:
        return []
    where = dict(zip(projection.ids.tolist(), projection.coords, strict=True))
    where |= {} if placed is None else dict(zip(placed.keys.tolist(), placed.coords, strict=True))
    ends = [where[key] for key in links[1] if key in where]
    if links[0] not in where or not ends:
        return []
    start, gap = where[links[0]], np.full(3, np.nan)
    # Lines stop short of their points, which would else not answer to the pointer.
    corners = np.array(
        [corner for end in ends for corner in (start + CLEAR_OF * (end - start), end - CLEAR_OF * (end - start), gap)]
    )
    return [
        go.Scatter3d(
            **dict(zip("xyz", corners.T, strict=True)),
            mode="lines",
            line={"color": INK[dark], "width": 3},
            opacity=0.6,
            hoverinfo="skip",
            showlegend=False,
        )
    ]


def _annotations(projection, texts, placed: list[PlacedLabel], hits, dark) -> list[dict]:
    """The labels as annotations: text traces would lie underneath WebGL points."""
    font, radius = label_font(LABEL_FONT, dark), _size(projection) / 2
    found = []
    for label in placed:
        (dx, dy), x_anchor, y_anchor = ASIDE[label.side]
        hit = label.index in hits
        strong, gap = ({"weight": 700}, radius + RING / 2 + MARGIN) if hit else ({}, radius + MARGIN)
        place = dict(zip("xyz", map(float, projection.coords[label.index]), strict=False))
        found.append(
            {
                "text": escape(shortened(texts[label.index])),
                "showarrow": False,
                "font": font | strong,
                **place,
                "xanchor": x_anchor,
                "yanchor": y_anchor,
                "xshift": dx * gap,
                "yshift": dy * gap,
                "borderpad": 0,
            }
        )
    return found


def _size(projection: Projection) -> float:
    steps = ((300, 9), (2_000, 7), (10_000, 5), (float("inf"), 3.5))
    size = next(size for most, size in steps if len(projection) <= most)
    return size if projection.n_components == 2 else size * 0.6


def _set_scene(figure: go.Figure, projection: Projection, annotations: list[dict], dark: bool) -> None:
    axis = {
        "showbackground": False,
        "gridcolor": SCENE_GRID[dark],
        "zerolinecolor": SCENE_GRID[dark],
        "showticklabels": projection.method == "pca",
        "linecolor": SCENE_GRID[dark],
        "showspikes": False,
    }
    axes = {
        f"{name}axis": {**axis, "title": {"text": title, "font": {"size": FONT - 1}}}
        for name, title in zip("xyz", axis_titles(projection), strict=True)
    }
    camera = {name: dict(zip("xyz", place, strict=True)) for name, place in (("eye", EYE), ("center", CENTRE))}
    figure.update_layout(
        scene={**axes, "aspectmode": "data", "bgcolor": CLEAR, "camera": camera, "annotations": annotations}
    )


def _colour_bar(colour: Colour) -> dict:
    title = f"{colour.title} ({colour.unit})" if colour.unit else colour.title
    bar = {
        "title": {"text": escape(title), "side": "top", "font": {"size": FONT - 1}},
        "orientation": "h",
        "thickness": 10,
        "len": 260,
        "lenmode": "pixels",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "outlinewidth": 0,
        "ypad": 4,
    }
    if colour.log:
        bar["tickvals"], bar["ticktext"] = log_ticks(colour.values)
    return bar


def _set_legend(figure: go.Figure, colour: Colour | None) -> None:
    if colour is not None and colour.kind == "category":
        title = {"text": f"{escape(colour.title)}  ", "side": "left", "font": {"size": FONT - 1}}
        figure.update_layout(
            showlegend=True,
            legend={
                "title": title,
                "itemsizing": "constant",
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
                "font": {"size": FONT - 1},
            },
        )


def _furniture(colour: Colour | None) -> int:
    """Pixels that title, axis names and legend take from the height, on the generous side."""
    if colour is None:
        return 110
    if colour.kind == "numeric":
        return 170
    return 120 + 20 * (1 + sum(len(name) + 8 for name in colour.categories) // 90)


def _revision(projection: Projection) -> str:
    """Equal for figures of one map, whatever their colours, so that zoom and turn survive."""
    first = f"{projection.coords[0, 0]:g}"
    return f"{projection.method} {projection.n_components} {projection.seed} {len(projection)} {first}"
