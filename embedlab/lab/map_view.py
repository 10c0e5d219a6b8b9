"""Everything that pages and files need to draw a map of a run, from workspace, corpus and vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.points import Condition, Points
from embedlab.data.spelling import spelled
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.explain.seed_stability import FILE, Retrained
from embedlab.lab.hover import hover_facts
from embedlab.lab.placing import text_vectors
from embedlab.projections import PROJECTIONS, Placed, Projection, kept_by_placed, kept_neighbours, place
from embedlab.projections.colouring.attributes import COLUMN, attribute_colour, suiting
from embedlab.projections.colouring.colours import COLOURS, Colour, colour_points, distance_colour, frequency_colour
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.layers import LEAST_POINTS, Regions
from embedlab.projections.colouring.regions import map_regions
from embedlab.projections.graph import Neighbours
from embedlab.projections.sampling import drawn_sentence
from embedlab.projections.trust import scored_k
from embedlab.store.items import document_points, item_points, items_of, kind_of, user_points, word_points
from embedlab.store.runs import Run
from embedlab.store.tags import COLUMN as COLUMN_OF_TAGS
from embedlab.store.tags import Tag, tag_column, tags_of
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding, top_rows

if TYPE_CHECKING:
    from embedlab.plots.webmap import PointCloud

PLACED = "Placed afterwards"
KEPT_UP_TO = 20_000  # largest map whose neighbours kept are counted at once
BLOCK = 65_536  # rows whose distances are taken at a time


@dataclass(frozen=True, eq=False)
class MapView:
    """A map with the names, vectors and attributes of the points it draws, in their order.

    corpus: what the run was trained on, or chosen, for a run of items.
    """

    run: Run
    corpus: Corpus | None
    projection: Projection
    items: Embedding
    tags: Sequence[Tag] = ()
    chosen: Interactions | None = None

    @property
    def what(self) -> str:
        """What is drawn: "words" or "documents"; see `kind` for what these are."""
        return self.projection.what

    @property
    def kind(self) -> str:
        """The kind of points that are drawn: words or documents, items or users."""
        return kind_of(self.run, self.projection.what)

    @property
    def drawn_sentence(self) -> str:
        """How many of how many points are drawn, in a sentence."""
        return drawn_sentence(len(self.projection), self.projection.n_total, self.kind)

    @property
    def documents(self) -> Corpus:
        """The corpus whose documents are drawn; there is one wherever documents are."""
        return cast(Corpus, self.corpus)

    @cached_property
    def points(self) -> Points:
        """The drawn points with all their attributes."""
        return self.points_of(self.projection.ids)

    def points_of(self, rows: Sequence[int] | np.ndarray) -> Points:
        """Any items of the run, drawn or not, with all their attributes."""
        if self.kind == "words":
            own = word_points(self.items, rows, self.run.attributes)
        elif self.kind == "items":
            own = item_points(self.items, rows, self.run.attributes)
        elif self.kind == "users":
            own = user_points(cast(Interactions, self.chosen), rows)
        else:
            own = document_points(self.documents, rows)
        return own.with_column(COLUMN_OF_TAGS, tag_column(self.tags, rows)) if self.tags else own

    @property
    def texts(self) -> Sequence[str]:
        """The names of the drawn points."""
        return self.points.names

    @cached_property
    def cloud(self) -> PointCloud:
        """The drawn points for the browser; English function words get labels last."""
        from embedlab.plots.webmap import PointCloud

        quiet = np.flatnonzero(function_words(self.texts)).tolist() if self.kind == "words" else ()
        free = not PROJECTIONS[self.projection.method].linear  # whose directions mean nothing
        return PointCloud(self.projection.coords, self.texts, self.counts, quiet, self.facts, turned=free)

    @cached_property
    def facts(self) -> list[str] | None:
        """The attributes of each drawn point for its hover text, joined by tabs; None for words and large maps."""
        return None if self.kind == "words" else hover_facts(self.points)

    @cached_property
    def found_regions(self) -> Regions:
        """The regions of the map with their names, in two layers."""
        return map_regions(self.projection.coords, self.drawn)

    @cached_property
    def regions(self) -> list[tuple]:
        """(x, y, name, points, level) of the named regions, with z after y in 3-D; see `Regions.named`."""
        return self.found_regions.named()

    @property
    def counts(self) -> np.ndarray | None:
        """The counts of the drawn points, None for documents and users."""
        return None if self.items.counts is None else self.items.counts[self.projection.ids]

    @property
    def drawn(self) -> Drawn:
        """The drawn points, as input of colourings."""
        return Drawn(
            self.items.vectors[self.projection.ids],
            self.points,
            self.counts,
            self.corpus,
            self.projection.ids,
            seed=self.projection.seed,
            chosen=self.chosen,
        )

    def colour(self, name: str, target: str = "") -> Colour:
        """The colouring `name` of the drawn points, of COLOURS or by an attribute.

        target: the word or item that "distance" is measured to. BadSetting for what is neither.
        """
        if name not in COLOURS or self.kind not in COLOURS[name].what:
            return self._attribute_colour(name)
        vector = None
        if name == "distance" and target:
            if self.kind == "documents" and self.run.has_documents:
                raise BadInput("Documents of this run have no distance to a word. Choose another colour.")
            vector = self.run.embedding[target]
        return colour_points(
            name,
            replace(
                self.drawn,
                target=vector,
                target_name=target,
                kept=self.kept if name == "kept" else None,
                stable=self.stable if name == "seeds" else None,
                regions=self.found_regions if name == "region" else None,
            ),
        )

    def _attribute_colour(self, name: str) -> Colour:
        try:
            return replace(attribute_colour(self.points, name.removeprefix(COLUMN)), name=name)
        except BadSetting as error:
            raise BadSetting(
                f"The {self.kind} of {self.run.name!r} cannot be coloured by {name!r}. "
                f"Choose one of {', '.join(self.colours())}. {error}"
            ) from None

    def where(self, conditions: Iterable[str]) -> np.ndarray | None:
        """The drawn points that meet conditions such as "year>=2000", bool; None without any condition.

        BadInput when no point meets them all.
        """
        wanted = [Condition.parse(text) for text in conditions]
        if not wanted:
            return None
        shown = self.points.where(wanted)
        if not shown.any():
            raise BadInput(f"None of the {len(shown):,} {self.kind} on this map meets the filter. Loosen it.")
        return shown

    @cached_property
    def kept(self) -> np.ndarray:
        """The share of each drawn point's true neighbours that the map keeps, float32, from the graph of the map."""
        vectors = self.items.vectors[self.projection.ids]
        neighbours = Neighbours(vectors, self.projection.metric, self.run.folder / "graphs")
        return kept_neighbours(neighbours, self.projection.coords)

    def kept_counts(self, placed: Placed | None = None) -> tuple[np.ndarray, int] | None:
        """(the number of true neighbours that each drawn and placed point keeps on the map, out of how many).

        None for a large map, where counting takes long.
        """
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
        """Seed stability of each drawn word, float32; None where it is not known of all of them."""
        path = self.run.folder / FILE
        if self.projection.what != "words" or not path.exists():
            return None
        return Retrained.load(path).kept_of(self.texts)

    @property
    def default_colour(self) -> str:
        """The colouring a map opens with: documents by label where they have one, else by region where it has them."""
        available, wanted = self.colours(), ("label", "region") if self.kind == "documents" else ("region",)
        return next(name for name in (*wanted, *available) if name in available)

    @property
    def metric(self) -> str:
        """The metric of the map: "cosine" or "euclidean"."""
        return self.projection.metric

    def neighbours(self, item: int | np.ndarray, k: int = 10) -> list[tuple[int, float]]:
        """(row, cosine or distance) of the `k` items nearest to a row or vector, drawn or not, in the map's metric."""
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
        """(rows of the words in `text`, separated by commas or blanks; words that the run does not have).

        Items and users are separated by commas only, and a name may hold commas itself. Documents are not found so.
        """
        if self.kind == "documents":
            return [], [text]
        if self.kind != "words":
            return self._find_names(text)
        rows, unknown = [], []
        for part in filter(None, map(str.strip, text.split(","))):
            for name in [part] if part in self.items else part.split():
                row = self.items.ids.get(name, self.items.ids.get(name.lower()))
                unknown.append(name) if row is None else rows.append(row)
        return list(dict.fromkeys(rows)), unknown

    def _find_names(self, text: str) -> tuple[list[int], list[str]]:
        row = self._row_named(text)
        if row is not None or "," not in text:
            return ([], [text.strip()]) if row is None else ([row], [])
        rows, unknown = [], []
        for part in filter(None, map(str.strip, text.split(","))):
            row = self._row_named(part)
            unknown.append(part) if row is None else rows.append(row)
        return list(dict.fromkeys(rows)), unknown

    def _row_named(self, name: str) -> int | None:
        """The row of a name in any spelling, upper and lower case being one."""
        row = spelled(name, self.items.ids)
        return self._folded.get(name.strip().casefold()) if row is None else row

    @cached_property
    def _folded(self) -> dict[str, int]:
        return {name.casefold(): row for row, name in enumerate(self.items.words)}

    @cached_property
    def at(self) -> np.ndarray:
        """The position of each item among the drawn points, int32 (n_items,); -1 for one that is not drawn."""
        at = np.full(len(self.items), -1, np.int32)
        at[self.projection.ids] = np.arange(len(self.projection))
        return at

    def is_drawn(self, row: int) -> bool:
        return bool(self.at[row] >= 0)

    def beside_on_map(self, item: int, near: Sequence[int]) -> int | None:
        """How many of the items `near` are among as many nearest drawn points of `item`; None where it is not drawn."""
        at, coords, k = self.at[item] if item >= 0 else -1, self.projection.coords, len(near)
        if at < 0 or not 0 < k < len(coords):
            return None
        gaps = ((coords - coords[at]) ** 2).sum(axis=1)
        gaps[at] = np.inf
        return int(np.isin(self.at[list(near)], np.argpartition(gaps, k)[:k]).sum())

    def place(self, rows: Sequence[int] = (), texts: Sequence[str] = (), *, encode: Callable | None = None) -> Placed:
        """Items that are not drawn, and texts on a map of documents, placed on the finished map.

        encode: see `text_vectors`. BadInput for an item or a text that cannot be placed.
        """
        vectors = text_vectors(self.run, self.corpus, texts, encode=encode) if len(texts) else None
        return place(self.items, self.projection, rows=rows, names=texts, vectors=vectors)

    def with_placed(self, colour: Colour, placed: Placed) -> Colour:
        """A colouring with values for the points placed afterwards: a separate category, or a number.

        A number that was never measured for a point, such as its seed stability, is the lowest of the scale. An
        attribute is missing.
        """
        if colour.kind == "category":
            codes = np.full(len(placed), len(colour.categories), np.int32)
            return replace(
                colour,
                values=np.concatenate([colour.values, codes]),
                categories=(*colour.categories, PLACED),
                muted=(*colour.muted, PLACED),
            )
        values = np.full(len(placed), colour.bounds[0] if colour.name in COLOURS else np.nan, np.float32)
        if colour.name == "kept":
            values = kept_by_placed(placed, self.items, self.projection)
        elif colour.name == "distance" and colour.target is not None:
            values = distance_colour(placed.vectors, colour.target, "").values
        elif colour.name == "frequency" and self.items.counts is not None:
            values = frequency_colour(self.items.counts[placed.rows]).values
        values = values.clip(*colour.bounds)  # so that the scale, and with it every point's colour, stays
        return replace(colour, values=np.concatenate([colour.values, values]))

    def colours(self) -> dict[str, str]:
        """The colourings that suit this map: name -> title. Attributes follow COLOURS."""
        lacks = {
            "region": len(self.projection) < LEAST_POINTS,
            "label": self.corpus is None or not self.corpus.has_labels,
            "frequency": self.kind != "documents" and self.items.counts is None,
            "distance": self.kind == "documents" and self.run.has_documents,
            "seeds": self.stable is None,
        }
        return suiting(self.points, {name for name, lacking in lacks.items() if lacking})

    def search(self, text: str) -> list[int]:
        """Rows of at most 50 drawn points with a name or attribute that equals, starts with or contains `text`."""
        hits = self.points.search(text)
        if text.strip() and not len(hits):
            raise UnknownWord(f"No {self.points.noun} on this map contains {text.strip()!r}.")
        return self.projection.ids[hits].tolist()


def map_view(workspace: Workspace, run: Run, projection: Projection) -> MapView:
    """The map of a run with everything needed to draw it."""
    what, items = projection.what, items_of(workspace, run, projection.what)
    chosen = workspace.run_interactions(run)
    return MapView(run, workspace.run_corpus(run), projection, items, tags_of(run, what), chosen)
