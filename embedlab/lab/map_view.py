"""Views: what is needed to draw a map of a run, gathered from workspace, corpus and vectors; pages and files share it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, UnknownWord
from embedlab.core.files import write_bytes
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.explain.seed_stability import FILE, Retrained
from embedlab.lab.placing import place_on
from embedlab.projections import Placed, Projection, kept_by_placed, kept_neighbours
from embedlab.projections.colouring.clusters import map_regions
from embedlab.projections.colouring.colours import COLOURS, Colour, colour_points, distance_colour, frequency_colour
from embedlab.projections.graph import Neighbours
from embedlab.projections.trust import scored_k
from embedlab.store.items import items_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding, top_rows
from embedlab.vectors.formats import export_embedding

if TYPE_CHECKING:
    from embedlab.plots.webmap import Points

MAP_FILES = (".html", ".csv", ".png", ".svg", ".zip")
PLACED = "Placed afterwards"
KEPT_UP_TO = 20_000  # points of which it is told at once how much of its neighbourhood each keeps
BLOCK = 65_536  # rows whose distances are taken at a time


@dataclass(frozen=True, eq=False)
class MapView:
    """A map with the names, vectors and counts of the points it draws, in their order."""

    run: Run
    corpus: Corpus | None
    projection: Projection
    items: Embedding

    @cached_property
    def texts(self) -> list[str]:
        """The names of the drawn points."""
        return [self.items.words[row] for row in self.projection.ids]

    @cached_property
    def points(self) -> Points:
        """The drawn points of a flat map as the browser takes them; English function words are named last."""
        from embedlab.plots.webmap import Points

        quiet = np.flatnonzero(function_words(self.texts)).tolist() if self.projection.what == "words" else ()
        return Points(self.projection.coords, self.texts, self.counts, quiet)

    @cached_property
    def regions(self) -> list[tuple[float, float, str, float]]:
        """(x, y, name, points) of the dense regions of a flat map, largest first."""
        found = map_regions(
            self.projection.coords,
            self.items.vectors[self.projection.ids],
            counts=self.counts,
            ids=self.projection.ids,
            words=self.texts if self.projection.what == "words" else None,
            corpus=self.corpus,
            seed=self.projection.seed,
        )
        return [
            (float(x), float(y), name, float(n))
            for (x, y), name, n in zip(found.centres, found.names, found.sizes, strict=True)
        ]

    @property
    def counts(self) -> np.ndarray | None:
        """The counts of the drawn points, None for documents."""
        return None if self.items.counts is None else self.items.counts[self.projection.ids]

    def colour(self, name: str, target: str = "") -> Colour:
        """The colouring `name` of the drawn points; `target` is the word that "distance" is measured to."""
        vector = None
        if name == "distance" and target:
            if self.projection.what == "documents" and self.run.has_documents:
                raise BadInput("Documents of this run have no distance to a word. Choose another colour.")
            vector = self.run.embedding[target]
        kept = self.kept if name == "kept" else None
        stable = self.stable if name == "seeds" else None
        return colour_points(
            name,
            self.items.vectors[self.projection.ids],
            words=self.texts,
            counts=self.counts,
            corpus=self.corpus,
            ids=self.projection.ids,
            what=self.projection.what,
            target=vector,
            target_name=target,
            kept=kept,
            stable=stable,
            seed=self.projection.seed,
        )

    @cached_property
    def kept(self) -> np.ndarray:
        """The share of each drawn point's true neighbours that the map keeps, float32, from the graph of the map."""
        vectors, metric = self.items.vectors[self.projection.ids], self.projection.params.get("metric", "cosine")
        return kept_neighbours(
            vectors,
            self.projection.coords,
            metric=metric,
            neighbours=Neighbours(vectors, metric, self.run.folder / "graphs"),
        )

    def kept_counts(self, placed: Placed | None = None) -> tuple[np.ndarray, int] | None:
        """(how many true neighbours each drawn point keeps on the map, and each placed one; of how many); None for a map where that takes long."""
        if len(self.projection) > KEPT_UP_TO and "kept" not in self.__dict__:
            return None
        k = scored_k(len(self.projection))
        shares = (
            self.kept
            if placed is None
            else np.concatenate([self.kept, kept_by_placed(placed, self.items, self.projection)])
        )
        return np.rint(shares * k).astype(np.int64), k

    @cached_property
    def stable(self) -> np.ndarray | None:
        """The overlap of each drawn word's neighbours across seeds, float32; None where that is not known of all of them."""
        path = self.run.folder / FILE
        if self.projection.what != "words" or not path.exists():
            return None
        found = Retrained.load(path)
        value = dict(zip(found.words, found.kept.tolist(), strict=True))
        return (
            np.array([value[text] for text in self.texts], np.float32)
            if all(text in value for text in self.texts)
            else None
        )

    @property
    def metric(self) -> str:
        """How the map measures the distance of two vectors: "cosine" or "euclidean"."""
        return self.projection.params.get("metric", "cosine")

    def neighbours(self, item: int | np.ndarray, k: int = 10) -> list[tuple[int, float]]:
        """(row, closeness) of the `k` items nearest to a row or a vector, drawn or not, as the map measures: cosine or distance."""
        if self.metric == "cosine":
            found = self.items.neighbours(self.items.words[item] if isinstance(item, int) else item, k)
            return [(self.items.ids[n.word], n.score) for n in found]
        vector, vectors = self.items.vectors[item] if isinstance(item, int) else item, self.items.vectors
        gaps = np.concatenate(
            [np.linalg.norm(vectors[first : first + BLOCK] - vector, axis=1) for first in range(0, len(vectors), BLOCK)]
        )
        if isinstance(item, int):
            gaps[item] = np.inf
        return [(int(row), float(gaps[row])) for row in top_rows(-gaps, min(k, len(gaps) - 1))]

    def find(self, text: str) -> tuple[list[int], list[str]]:
        """(rows of the words in `text`, set apart by commas or blanks; those that the run does not have)."""
        rows, unknown = [], []
        for part in filter(None, map(str.strip, text.split(","))):
            for name in [part] if part in self.items else part.split():
                row = self.items.ids.get(name, self.items.ids.get(name.lower()))
                unknown.append(name) if row is None else rows.append(row)
        return list(dict.fromkeys(rows)), unknown

    @cached_property
    def at(self) -> np.ndarray:
        """Where each item stands among the drawn points, int32 (n_items,); -1 for one that is not drawn."""
        at = np.full(len(self.items), -1, np.int32)
        at[self.projection.ids] = np.arange(len(self.projection))
        return at

    def is_drawn(self, row: int) -> bool:
        return bool(self.at[row] >= 0)

    def place(self, rows: Sequence[int] = (), texts: Sequence[str] = (), *, encode: Callable | None = None) -> Placed:
        """Items that are not drawn, and texts on a map of documents, put on the finished map; see `lab.place_on`."""
        return place_on(self.run, self.corpus, self.items, self.projection, rows=rows, texts=texts, encode=encode)

    def with_placed(self, colour: Colour, placed: Placed) -> Colour:
        """A colouring of the drawn points with values for the points placed afterwards: a category of their own, or a number.

        A number that is not known of a point, such as a stability never measured, is the lowest of the scale.
        """
        if colour.kind == "category":
            codes = np.full(len(placed), len(colour.categories), np.int32)
            return replace(
                colour,
                values=np.concatenate([colour.values, codes]),
                categories=(*colour.categories, PLACED),
                muted=(*colour.muted, PLACED),
            )
        values = np.full(len(placed), colour.values.min(), np.float32)
        if colour.name == "kept":
            values = kept_by_placed(placed, self.items, self.projection)
        elif colour.name == "distance" and colour.target is not None:
            values = distance_colour(placed.vectors, colour.target, "").values
        elif colour.name == "frequency" and self.items.counts is not None:
            values = frequency_colour(self.items.counts[placed.rows]).values
        values = values.clip(
            colour.values.min(), colour.values.max()
        )  # so that the scale, and with it every point's colour, stays
        return replace(colour, values=np.concatenate([colour.values, values]))

    def colours(self) -> dict[str, str]:
        """The colourings that suit this map: name -> title."""
        found = {name: choice.title for name, choice in COLOURS.items() if self.projection.what in choice.what}
        if self.corpus is None or not self.corpus.has_labels:
            found.pop("label", None)
        if self.projection.what == "words" and self.items.counts is None:
            found.pop("frequency", None)
        if self.projection.what == "documents" and self.run.has_documents:
            found.pop("distance", None)
        if self.stable is None:
            found.pop("seeds", None)
        return found

    def search(self, text: str) -> list[int]:
        """Rows of the drawn points whose name is `text`, else begins with it, else holds it; at most 50."""
        text = text.strip().lower()
        names = [name.lower() for name in self.texts]
        if not text:
            return []
        for fits in (str.__eq__, str.startswith, str.__contains__):
            hits = [int(self.projection.ids[i]) for i, name in enumerate(names) if fits(name, text)]
            if hits:
                return hits[:50]
        raise UnknownWord(f"No {self.projection.what.removesuffix('s')} on this map contains {text!r}.")


def map_view(workspace: Workspace, run: Run, projection: Projection) -> MapView:
    """The map of a run with everything needed to draw it."""
    return MapView(run, workspace.run_corpus(run), projection, items_of(workspace, run, projection.what))


def map_file(
    view: MapView,
    kind: str,
    *,
    colour: str | Colour = "frequency",
    target: str = "",
    dark: bool = False,
    halo: np.ndarray | None = None,
) -> bytes:
    """The map as the bytes of an .html, .csv, .png or .svg file, or its points' vectors as a .zip for the Embedding Projector.

    colour: a colouring of the drawn points or its name. halo: see `map_page`; only the page shows it.
    """
    from embedlab import plots

    if kind == ".zip":
        return projector_file(view)
    available = view.colours()
    shade = (
        colour
        if isinstance(colour, Colour)
        else view.colour(colour if colour in available else next(iter(available)), target)
    )
    if kind == ".csv":
        return plots.map_csv(view.projection, view.texts, colour=shade, counts=view.counts).encode("utf-8")
    if kind == ".html":
        return map_html(view, shade, dark=dark, halo=halo).encode("utf-8")
    return plots.static_map(view.projection, view.texts, colour=shade, format=kind.removeprefix("."))


def projector_file(view: MapView) -> bytes:
    """The drawn points' full vectors, names and counts as the bytes of an Embedding Projector .zip."""
    drawn = Embedding(view.texts, view.items.vectors[view.projection.ids], view.counts)
    with tempfile.TemporaryDirectory() as folder:
        return export_embedding(drawn, "projector", Path(folder) / "projector.zip").read_bytes()


def map_html(view: MapView, shade: Colour, *, dark: bool = False, halo: np.ndarray | None = None) -> str:
    """The map as a page of its own that needs no network: a flat one with search, regions and every colouring, `shade` first."""
    from embedlab import plots
    from embedlab.plots.webmap import map_page

    projection, title = view.projection, f"{view.run.name}: {view.projection.title}"
    if projection.n_components == 3:
        figure = plots.map_figure(
            projection, view.texts, colour=shade, counts=view.counts, dark=dark, width=1200, height=850
        )
        return plots.map_html(figure, title=title, dark=dark)
    others = [view.colour(name) for name in view.colours() if name not in ("distance", shade.name)]
    return map_page(
        view.points,
        page_title=title,
        title=f"{title} map",
        subtitle=projection.drawn,
        dark=dark or None,
        colours=[shade, *others],
        regions=view.regions,
        halo=halo,
        kept=view.kept_counts(),
        axes=tuple(plots.axis_titles(projection)),
        ticks=projection.method == "pca",
    )


def write_map(
    workspace: Workspace, run: Run, projection: Projection, path: Path, *, colour: str | None = None, target: str = ""
) -> None:
    """Write the map to a file whose ending says the format; BadSetting for a colouring that does not suit the run."""
    view = map_view(workspace, run, projection)
    if colour is not None and colour not in view.colours():
        raise BadSetting(
            f"The {projection.what} of {run.name!r} cannot be coloured by {colour!r}. "
            f"Choose one of {', '.join(view.colours())}."
        )
    data = map_file(view, path.suffix, colour=colour or "frequency", target=target)
    try:
        write_bytes(path, data)
    except OSError as error:
        raise BadInput(
            f"The map could not be written to {str(path)!r}: {error.strerror}. Choose another place."
        ) from None
