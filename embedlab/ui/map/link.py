"""The map in the page's address, so that a link shows the same map, colour, view and selection.

The map is named by its id; its settings come from the catalog. The view is written by the browser itself (see scatter).
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from itertools import chain

import numpy as np
import streamlit as st

from embedlab.jobs.map_specs import MapSpec
from embedlab.store import catalog as tables
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import start

MAP, COLOUR, TARGET, VIEW, SELECTION = "map", "colour", "to", "view", "sel"
LONGEST = 2000  # characters: a selection that needs more is not carried
LEAST, MOST = 4, 1_000_000  # points of a map


def linked(name: str) -> str | None:
    """A part of the address; on a fresh server it waits in the session (see frame.page)."""
    return st.query_params.get(name) or st.session_state.get(name)


def restore(here: Workspace, run: Run, kinds: Sequence[str]) -> None:
    """Set the widgets to the map that the address names, once for each map; a caption names an unknown one."""
    id = linked(MAP)
    if not id or st.session_state.get("map_shown") == id:
        return
    st.session_state["map_shown"] = id
    spec = _spec_of(here, run, id)
    if spec is None or spec.what not in kinds:
        st.caption(":material/link_off: The map of this link is not among those stored for this run.")
        return
    values = {
        "map.method": spec.method,
        "map.dims": spec.dims,
        f"map.what.{len(kinds)}": spec.what,
        "map.limit": min(max(spec.limit, LEAST), MOST),
        "map.seed": spec.seed,
    }
    values |= {f"map.{spec.method}.{name}": value for name, value in spec.params.items()}
    for key, value in values.items():
        st.session_state[key] = value
    start.restore(spec)


def _spec_of(here: Workspace, run: Run, id: str) -> MapSpec | None:
    """The spec of the map `id`: of a stored map, or of one that a job is to draw."""
    stored = (row["spec"] for row in here.maps(run.id) if row["id"] == id)
    asked = (
        row["spec"]
        for row in here.catalog.rows(tables.jobs, kind="map")
        if row["spec"]["run"] == run.id and MapSpec.from_json(row["spec"]).id == id
    )
    found = next(chain(stored, asked), None)
    return None if found is None else MapSpec.from_json(found)


def keep_map(id: str) -> None:
    """Put the current map into the address and remove what belonged to another map."""
    if st.session_state.get("map_shown") != id:
        for name in (VIEW, SELECTION):
            forget(name)
    st.session_state["map_shown"] = id
    put(MAP, id)


def restore_colour(key: str, available: Sequence[str]) -> None:
    """Set the unused picker `key` to the linked colour, and the word that distance is measured to."""
    if key not in st.session_state and linked(COLOUR) in available:
        st.session_state[key] = linked(COLOUR)
    if "distance_to" not in st.session_state and linked(TARGET):
        st.session_state["distance_to"] = linked(TARGET)


def keep_colour(name: str, target: str) -> None:
    put(COLOUR, name)
    put(TARGET, target) if target else forget(TARGET)


def linked_view(dims: int) -> tuple[float, ...] | None:
    """The view of the address as `webmap.View.window` has it for a map of 2 or 3 dimensions; None without one."""
    try:
        found = tuple(float(part) for part in (linked(VIEW) or "").split(","))
    except ValueError:
        return None
    return found if len(found) == (3 if dims == 2 else 6) and np.isfinite(found).all() and found[dims] > 0 else None


def linked_selection(n: int) -> np.ndarray:
    """The linked points of a map of n, int64; none when the address holds no selection of such a map."""
    try:
        packed = zlib.decompressobj().decompress(base64.urlsafe_b64decode(linked(SELECTION) or ""), n // 8 + 1)
    except (binascii.Error, zlib.error, ValueError):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.unpackbits(np.frombuffer(packed, np.uint8))[:n])


def packed_selection(chosen: np.ndarray, n: int) -> str:
    """A selection for the address: a compressed bit set."""
    bits = np.zeros(n, bool)
    bits[chosen] = True
    return base64.urlsafe_b64encode(zlib.compress(np.packbits(bits).tobytes(), 9)).decode()


def keep_selection(chosen: np.ndarray, n: int) -> bool:
    """Whether a link can hold the selection; puts it into the address unless it is empty or too long."""
    text = packed_selection(chosen, n) if len(chosen) else ""
    put(SELECTION, text) if 0 < len(text) <= LONGEST else forget(SELECTION)
    return len(text) <= LONGEST


def put(name: str, value: str) -> None:
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def forget(name: str) -> None:
    st.session_state.pop(name, None)
    st.query_params.pop(name, None)
