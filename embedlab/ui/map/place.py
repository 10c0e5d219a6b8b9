"""Words and texts placed on a finished map: those the reader names, and neighbours of the selection."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.lab.map_view import MapView
from embedlab.plots.webmap import PointCloud
from embedlab.projections import Placed
from embedlab.ui.map.choice import Focus
from embedlab.ui.parts.loaded import encoder
from embedlab.ui.parts.text import plain

MOST_TEXTS = 100
TOLD_UP_TO = 200_000  # largest map for which a caption says where points that are not drawn belong


@dataclass(frozen=True)
class Asked:
    """What the reader wants placed: rows of items that are not drawn, texts that are no items, rows drawn already."""

    rows: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    drawn: tuple[int, ...] = ()


def ask(view: MapView) -> Asked:
    """The points or texts that the reader names."""
    if view.kind == "documents":
        text = st.text_area(
            "Texts, one a line",
            key="map_place.documents",
            height=120,
            placeholder="A sentence that is in no document",
            help="The texts get vectors in the same way as the documents. The existing points stay where they are.",
        )
        lines = tuple(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
        if len(lines) > MOST_TEXTS:
            st.caption(
                f":material/info: The first {MOST_TEXTS} of {len(lines):,} texts are placed. Add a corpus to map more."
            )
        return Asked(texts=lines[:MOST_TEXTS])
    kind = view.kind
    text = st.text_input(
        f"{kind.capitalize()}, with commas between",
        key=f"map_place.{kind}",
        placeholder=f"{'rarer' if kind == 'words' else 'other'} {kind} of this run",
        help=f"{len(view.projection):,} of the {view.projection.n_total:,} {kind} of the run are drawn. Others are "
        "added as hollow points. The existing points stay where they are.",
    )
    rows, unknown = view.find(text)
    if unknown:
        st.caption(f":material/info: Not among the {kind} of this run: {', '.join(map(plain, unknown))}.")
    if drawn := [plain(view.items.words[row]) for row in rows if view.is_drawn(row)]:
        st.caption(f":material/info: Drawn already, so only ringed: {', '.join(drawn)}.")
    return Asked(
        tuple(row for row in rows if not view.is_drawn(row)), (), tuple(row for row in rows if view.is_drawn(row))
    )


def put(view: MapView, id: str, asked: Asked, rows: Sequence[int], focus: Focus | None) -> Placed | None:
    """The points placed on the map: requested, selected and neighbouring ones that are not drawn; None for none."""
    wanted = [*asked.rows, *(row for row in rows if row >= 0)]
    if focus is not None and focus.ghosts:
        wanted += focus.rows
    wanted = tuple(row for row in dict.fromkeys(wanted) if not view.is_drawn(row))
    return _placed(view, view.run.id, id, wanted, asked.texts) if wanted or asked.texts else None


def typed(view: MapView, id: str, asked: Asked) -> Placed | None:
    """The texts that were asked for, with their vectors; None for none."""
    return _placed(view, view.run.id, id, (), asked.texts) if asked.texts else None


@st.cache_resource(max_entries=32, show_spinner="Finding their places")
def _placed(_view: MapView, run_id: str, id: str, rows: tuple[int, ...], texts: tuple[str, ...]) -> Placed:
    return _view.place(rows, texts, encode=lambda texts, **options: _encoded(_view, run_id, tuple(texts), **options))


@st.cache_data(max_entries=8, show_spinner=False)
def _encoded(_view: MapView, run_id: str, texts: tuple[str, ...], **options) -> np.ndarray:
    """The vectors of typed texts, cached because every selection places them again."""
    return encoder(str(_view.run.encoder_folder), _view.run.spec.config.get("max_length", 256)).model.encode(
        list(texts), **options
    )


def with_more(cloud: PointCloud, placed: Placed | None, counts: np.ndarray | None) -> PointCloud:
    """The cloud with the points placed afterwards at its end. counts: of all items, None for documents."""
    if placed is None:
        return cloud
    more = (
        None
        if cloud.counts is None
        else np.concatenate([cloud.counts, np.where(placed.rows < 0, 0, counts[placed.rows])])
    )
    return PointCloud(
        np.concatenate([cloud.coords, placed.coords]),
        [*cloud.names, *placed.names],
        more,
        cloud.quiet,
        None if cloud.facts is None else [*cloud.facts, *[""] * len(placed)],
        frame_of=cloud,
    )


def places(view: MapView, keys: np.ndarray) -> Callable[[Iterable[int]], list[int]]:
    """A function from rows, or keys of placed points, to the numbers of their points; others are left out."""
    later = {key: len(view.projection) + i for i, key in enumerate(keys.tolist())}

    def where(rows: Iterable[int]) -> list[int]:
        found = (later.get(int(row), int(view.at[row]) if row >= 0 else -1) for row in rows)
        return [number for number in found if number >= 0]

    return where


def links(where: Callable, focus: Focus) -> tuple[int, list[int]] | None:
    """The lines from a point to its neighbours, as `scatter` takes them."""
    start = where([focus.item])
    return (start[0], where(focus.rows)) if start else None


def placed_note(asked: Asked, placed: Placed | None) -> str:
    """A note on points that were placed afterwards; "" without any."""
    if placed is None or not (asked.rows or asked.texts):
        return ""
    return "Hollow points were placed afterwards, near their nearest neighbours. The other points did not move."


@st.cache_data(max_entries=64, show_spinner="Finding their places")
def _belong(_view: MapView, run_id: str, id: str, rows: tuple[int, ...]) -> str:
    try:
        placed = _view.place(rows)
    except EmbedLabError as error:
        return plain(str(error))
    return " ".join(
        f"“{plain(name)}” belongs beside “{plain(_view.items.words[beside])}”."
        for name, beside in zip(placed.names, placed.beside, strict=True)
    )


def where_they_belong(view: MapView, id: str, rows: tuple[int, ...]) -> str:
    """Where the items of these rows belong on the map `id`, in Markdown; "" for a large map, where it takes long."""
    return _belong(view, view.run.id, id, rows) if len(view.projection) <= TOLD_UP_TO else ""
