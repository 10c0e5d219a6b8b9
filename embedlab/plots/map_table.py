"""A map as a table that joins back to the data: ids, whole texts, all attributes, and where each point is."""

import csv
import io
from collections.abc import Sequence

from embedlab.data.points import Points, cell_words
from embedlab.projections import Projection
from embedlab.projections.colouring.colours import Colour

# Colourings that say what a column of the table says already.
ALREADY_TOLD = {"frequency": {"count", "chosen"}, "pos": {"part of speech"}}


def map_csv(
    projection: Projection, points: Points, *, texts: Sequence[str] | None = None, colour: Colour | None = None
) -> str:
    """A table of the drawn points as CSV, nothing cut short.

    Columns: the word, or the number of the document from 1 and its whole text (`texts`); x, y, and z in 3-D; all
    attributes; and the value of the colouring, where no attribute says it. A column of ours that is named like an
    attribute gets "map " in front, so that attributes keep their names.
    """
    own = {points.noun: points.names} if texts is None else {points.noun: (projection.ids + 1).tolist(), "text": texts}
    own |= {
        axis: [f"{value:.6g}" for value in projection.coords[:, i]]
        for i, axis in enumerate("xyz"[: projection.n_components])
    }
    columns = {f"map {name}" if name in points.columns else name: values for name, values in own.items()}
    for name in points.columns:
        columns[name] = ["" if value is None else _cell(value) for value in points.column(name).to_pylist()]
    if colour is not None and not _told(colour, points):
        columns[f"map {colour.name}" if colour.name in columns else colour.name] = colour.texts()
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue()


def _told(colour: Colour, points: Points) -> bool:
    """Whether an attribute says what the colouring says."""
    if colour.name == "label":
        return points.label is not None
    return not {colour.title, *ALREADY_TOLD.get(colour.name, ())}.isdisjoint(points.columns)


def _cell(value) -> str:
    """A value in full."""
    return repr(value) if isinstance(value, float) else cell_words(value)
