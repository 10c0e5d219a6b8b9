"""The start of a map: the layout on screen when a setting of its method has changed, so that groups stay in place.

The spec of a map names the map it started from. So a link leads back to it, and another session that draws both in
turn gets the same two maps.
"""

from dataclasses import replace

import streamlit as st

from embedlab.core.settings import settings_of
from embedlab.jobs.map_specs import MapSpec
from embedlab.projections import PROJECTIONS
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace

SWITCH, STARTS, ON_SCREEN = "map.warm", "map_starts", "map_on_screen"
SAME = ("run", "what", "method", "dims", "limit", "seed")  # another seed shows chance: the usual start


def with_start(here: Workspace, run: Run, spec: MapSpec) -> MapSpec:
    """`spec` with the map to start from, if there is one and the toggle shown here is on."""
    start = _starts().get(spec.id) or _fitting(here, run, spec)
    if start is None:
        return spec
    on = st.toggle(
        "Start from the layout on screen",
        True,
        key=SWITCH,
        persist_state="session",
        help="Groups stay in place, so you see the effect of the changed setting. Off: the map uses its usual start.",
    )
    return replace(spec, start=start) if on else spec


def keep(spec: MapSpec) -> None:
    """Remember that the map of `spec` is being drawn: its settings now lead to it, whatever is on screen."""
    if spec.start:
        _starts()[spec.afresh.id] = spec.start


def restore(spec: MapSpec) -> None:
    """As `keep`, for the map that a link names; the toggle is set as it was."""
    _starts().pop(spec.afresh.id, None)
    if spec.start:
        keep(spec)
        st.session_state[SWITCH] = True


def on_screen(spec: MapSpec) -> None:
    st.session_state[ON_SCREEN] = spec


def last_on_screen() -> MapSpec | None:
    """The spec of the map that was drawn last."""
    return st.session_state.get(ON_SCREEN)


def shown_before(here: Workspace, run: Run) -> MapSpec | None:
    """The spec of the map of this run that is on screen, if it is still stored."""
    spec = last_on_screen()
    return spec if spec and spec.run == run.id and here.map_path(run.id, spec.id).exists() else None


def story(here: Workspace, run: Run, spec: MapSpec) -> str:
    """A sentence on the maps that this one started from, the last first; "" if it started from none."""
    stored, steps = {row["id"]: MapSpec.from_json(row["spec"]) for row in here.maps(run.id)}, []
    while spec is not None and spec.start:
        before = stored.get(spec.start)
        steps.append(
            f"map `{spec.start}` ({_difference(before, spec)})"
            if before
            else f"map `{spec.start}`, which is no longer stored"
        )
        spec = before
    if not steps:
        return ""
    return (
        f"Its first layout was that of {', whose first layout was that of '.join(steps)}. To repeat it, draw these "
        "maps first, starting with the last."
    )


def _difference(before: MapSpec, after: MapSpec) -> str:
    """The settings in which a map differs from another one, such as "Neighbours 15"."""
    changed = [
        f"{s.label} {s.labels.get(before.params[s.name], before.params[s.name])}"
        for s in settings_of(PROJECTIONS[before.method].config)
        if before.params[s.name] != after.params.get(s.name)
    ]
    return ", ".join(changed) or "the same settings"


def _fitting(here: Workspace, run: Run, spec: MapSpec) -> str | None:
    """The map on screen, if it differs from `spec` only in settings of the method and `spec` is not stored."""
    shown = st.session_state.get(ON_SCREEN)
    if (
        PROJECTIONS[spec.method].linear
        or not shown
        or any(getattr(shown, name) != getattr(spec, name) for name in SAME)
        or shown.params == spec.params
    ):
        return None
    return shown.id if here.stored_map(run.id, spec.id) is None else None


def _starts() -> dict:
    return st.session_state.setdefault(STARTS, {})
