"""Maps as files: a page, a table, a picture, or vectors for the Embedding Projector."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import write_bytes
from embedlab.lab.map_view import MapView
from embedlab.projections import PROJECTIONS
from embedlab.projections.colouring.colours import Colour
from embedlab.projections.sampling import drawn_sentence
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats import export_embedding

MAP_FILES = (".html", ".csv", ".png", ".svg", ".zip")
PRINTED_LABELS = 80
COLOURS_OF_A_PAGE = 24  # each takes two bytes a point


@dataclass(frozen=True, eq=False)
class Shade:
    """How a map is drawn in a file. colour: a colouring of all drawn points; shown: which of them are drawn, bool, None
    for all. dark: on a dark ground; halo: a radius for each point (see `webmap.View`); only pages use these two."""

    colour: Colour
    shown: np.ndarray | None = None
    dark: bool = False
    halo: np.ndarray | None = None


def map_file(view: MapView, kind: str, shade: Shade | None = None) -> bytes:
    """The map as the bytes of an .html, .csv, .png or .svg file, or its points' vectors as a .zip for the Projector.

    shade: coloured as the map opens by default.
    """
    from embedlab import plots

    shade = shade or Shade(view.colour(view.default_colour))
    if kind == ".html":
        return map_html(view, shade).encode("utf-8")
    rows = np.arange(len(view.projection)) if shade.shown is None else np.flatnonzero(shade.shown)
    if kind == ".zip":
        return projector_file(view, rows)
    projection, colour = drawn_part(view, rows), shade.colour.take(rows)
    points = view.points if shade.shown is None else view.points.take(rows)
    if kind == ".csv":
        texts = None if view.kind != "documents" else [view.documents.text(int(row)) for row in projection.ids]
        return plots.map_csv(projection, points, texts=texts, colour=colour).encode("utf-8")
    drawing = plots.Drawing(points.names, colour, most_labels=PRINTED_LABELS, kind=view.kind)
    return plots.static_map(projection, drawing, format=kind.removeprefix("."))


def drawn_part(view: MapView, rows: np.ndarray):
    """The map of some of its points, at their positions on the whole map."""
    whole = view.projection
    if len(rows) == len(whole):
        return whole
    return replace(whole, ids=whole.ids[rows], coords=whole.coords[rows], start=None)


def projector_file(view: MapView, rows: Sequence[int] | np.ndarray) -> bytes:
    """The full vectors, names and counts of drawn points as the bytes of an Embedding Projector .zip."""
    counts = None if view.counts is None else view.counts[rows]
    vectors = view.items.vectors[view.projection.ids[rows]]
    drawn = Embedding([view.texts[row] for row in rows], vectors, counts)
    with tempfile.TemporaryDirectory() as folder:
        return export_embedding(drawn, "projector", Path(folder) / "projector.zip").read_bytes()


def map_html(view: MapView, shade: Shade) -> str:
    """The map as an HTML page that needs no network.

    It has search, regions, the attributes of each point on hover, and a choice of colourings, the given one first. If a
    filter is set, the page holds the filtered points only.
    """
    from embedlab import plots
    from embedlab.plots.webmap import Axes, View, map_page

    rows = np.arange(len(view.projection)) if shade.shown is None else np.flatnonzero(shade.shown)
    projection, title = drawn_part(view, rows), f"{view.run.name}: {view.projection.title}"
    kept, titles = view.kept_counts(), plots.axis_titles(projection)
    return map_page(
        view.cloud if shade.shown is None else view.cloud.take(rows),
        View(
            title=f"{title} map",
            subtitle=drawn_sentence(len(projection), projection.n_total, view.kind),
            regions=view.regions,
            halo=None if shade.halo is None else shade.halo[rows],
            kept=None if kept is None else (kept[0][rows], kept[1]),
            axes=Axes(tuple(titles), PROJECTIONS[projection.method].linear),
        ),
        page_title=title,
        dark=shade.dark or None,
        colours=[shade.colour.take(rows), *(colour.take(rows) for colour in _others(view, shade.colour.name))],
    )


def _others(view: MapView, first: str) -> list[Colour]:
    """The further colourings of a page, without distance, which needs a chosen word."""
    names = [name for name in view.colours() if name not in ("distance", first)]
    return [view.colour(name) for name in names[: COLOURS_OF_A_PAGE - 1]]


def write_map(view: MapView, path: Path, shade: Shade | None = None) -> None:
    """Write the map to a file whose ending says the format; BadInput where that is not possible."""
    data = map_file(view, path.suffix, shade)
    try:
        write_bytes(path, data)
    except OSError as error:
        raise BadInput(
            f"The map could not be written to {str(path)!r}: {error.strerror}. Choose another place."
        ) from None
