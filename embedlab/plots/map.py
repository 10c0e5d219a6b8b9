"""A map in three dimensions as an interactive figure and HTML file. Flat maps: webmap; on paper: paper.

Texts are those of the drawn points, in the order of `projection.ids`; every point carries its row id as customdata.
"""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from embedlab.core.errors import BadInput
from embedlab.plots.drawing import (
    CENTRE,
    EYE,
    RING,
    Canvas,
    Drawing,
    axis_titles,
    groups,
    map_labels,
    point_size,
)
from embedlab.plots.labels import MARGIN, PlacedLabel, Room
from embedlab.plots.map_legend import colour_bar, height_beside_map, set_legend
from embedlab.plots.style import (
    CLEAR,
    FONT,
    GREY,
    INK,
    PAPER,
    SCENE_GRID,
    Frame,
    escape,
    label_font,
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
CLEAR_OF = 0.05  # share of a line at either end


def map_figure(projection: Projection, drawing: Drawing, canvas: Canvas = Canvas()) -> go.Figure:
    """A map in 3-D: points in their colours, labels that do not overlap at rest, search hits ringed and named.

    The turn survives a new figure of the same map. BadInput for a flat map, which the browser's own component draws.
    """
    if projection.n_components != 3:
        raise BadInput("This figure shows maps in three dimensions; a flat map is drawn by the map component.")
    drawing.check(projection)
    drawing = replace(drawing, highlight=list(drawing.highlight))
    dark, colour = canvas.dark, drawing.colour
    hits = projection.positions(drawing.highlight)
    figure = go.Figure(
        _point_traces(projection, drawing, dark)
        + _ring_trace(projection, drawing, hits, dark)
        + _placed_trace(projection, drawing.placed, dark)
        + _link_trace(projection, drawing, dark)
    )
    room = Room(canvas.width, canvas.height - height_beside_map(colour), LABEL_FONT)
    labelled = map_labels(projection, drawing, room)
    style(figure, Frame(f"{projection.title} map", subtitle=projection.drawn, height=canvas.height, dark=dark))
    names = _annotations(projection, drawing.texts, labelled, set(hits.tolist()), dark)
    _set_scene(figure, projection, names + _placed_names(projection, drawing.placed, dark), dark)
    set_legend(figure, colour)
    return figure.update_layout(
        dragmode="turntable",
        uirevision=_revision(projection),
        hovermode="closest",
        margin={"t": 64, "b": 8, "l": 8, "r": 8, "pad": 0},
    )


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


def _point_traces(projection: Projection, drawing: Drawing, dark: bool) -> list:
    colour = drawing.colour
    hover = _hover_texts(drawing.texts, drawing.counts)
    size, opacity = point_size(projection), 0.85 if len(projection) <= 10_000 else 0.6
    if colour is not None and colour.kind == "numeric":
        return _number_traces(projection, colour, hover, {"size": size, "opacity": opacity}, dark)
    traces = []
    names = () if colour is None else colour.categories
    for name, positions, ink, symbol, muted in groups(colour, len(projection)):
        marker = {"color": ink, "symbol": symbol, "size": size, "opacity": opacity * (0.55 if muted else 1)}
        shown = f"<br>{escape(colour.title)}: {escape(name)}" if colour is not None else ""
        trace = _points(projection, [hover[i] for i in positions], positions, marker, shown)
        trace.update(name=escape(name), showlegend=bool(name))
        traces.append(trace.update(legendrank=1000 + names.index(name) if name else None))
    return traces


def _number_traces(projection: Projection, colour: Colour, hover: list[str], look: dict, dark: bool) -> list:
    """The points with a number in the colours of its scale, and those without in grey below them."""
    known, gone = np.flatnonzero(~colour.missing), np.flatnonzero(colour.missing)
    scale = point_scale(dark=dark, low_stands_out=colour.low_stands_out)
    marker = look | {"color": colour.values[known], "colorscale": scale, "colorbar": colour_bar(colour)}
    texts = colour.texts() if colour.name != "frequency" else [""] * len(colour)
    lines = [
        f"{line}<br>{escape(colour.title)}: {text}" if text else line for line, text in zip(hover, texts, strict=True)
    ]
    traces = [_points(projection, [lines[i] for i in known], known, marker).update(showlegend=False)]
    if len(gone):
        grey = look | {"color": GREY, "opacity": look["opacity"] * 0.55}
        traces.insert(0, _points(projection, [lines[i] for i in gone], gone, grey).update(showlegend=False))
    return traces


def _hover_texts(texts, counts) -> list[str]:
    names = [f"<b>{escape(shortened(text, 80))}</b>" for text in texts]
    if counts is None:
        return names
    return [f"{name}<br>{int(count):,} times" for name, count in zip(names, counts, strict=True)]


def _points(
    projection: Projection, hover: list[str], positions: np.ndarray, marker: dict, shown: str = ""
) -> go.Scatter3d:
    return go.Scatter3d(
        **_axes_of(projection, positions),
        mode="markers",
        marker=marker,
        customdata=projection.ids[positions].astype(np.int32),
        hovertext=hover,
        hovertemplate="%{hovertext}" + shown + "<extra></extra>",
    )


def _axes_of(projection: Projection, positions) -> dict[str, np.ndarray]:
    return {axis: projection.coords[positions, i] for i, axis in enumerate("xyz")}


def _ring_trace(projection: Projection, drawing: Drawing, hits: np.ndarray, dark: bool) -> list:
    """Rings around the search hits, whose names are among the labels. A ring covers its point, so it has hover text."""
    if not len(hits):
        return []
    ring = {
        "symbol": "circle-open",
        "size": point_size(projection) + RING,
        "color": INK[dark],
        "line": {"width": 2},
        "opacity": 1,
    }
    counts = None if drawing.counts is None else np.asarray(drawing.counts)[hits]
    hover = _hover_texts([drawing.texts[i] for i in hits], counts)
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
    look = {"symbol": "circle-open", "size": point_size(projection) + 2, "color": INK[dark], "line": {"width": 2}}
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
            "xshift": point_size(projection) + MARGIN,
            **dict(zip("xyz", map(float, place), strict=True)),
        }
        for name, place in zip(names, placed.coords if names else (), strict=True)
    ]


def _link_trace(projection: Projection, drawing: Drawing, dark: bool) -> list:
    """Lines from a point to others as one trace; points that are neither drawn nor placed are left out."""
    links, placed = drawing.links, drawing.placed
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
    font, radius = label_font(LABEL_FONT, dark), point_size(projection) / 2
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


def _revision(projection: Projection) -> str:
    """Equal for figures of one map, whatever their colours, so that zoom and turn survive."""
    first = f"{projection.coords[0, 0]:g}"
    return f"{projection.method} {projection.n_components} {projection.seed} {len(projection)} {first}"
