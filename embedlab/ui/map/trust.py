"""How far a map can be trusted: four scores and two checks that run as jobs. Also the layout of a running job."""

import numpy as np
import streamlit as st

from embedlab import jobs, plots
from embedlab.jobs import Job
from embedlab.jobs.map_specs import MapSpec
from embedlab.jobs.map_tasks import LAYOUT
from embedlab.lab.map_view import MapView
from embedlab.plots.webmap import View
from embedlab.projections import Projection
from embedlab.projections.colouring.colours import Colour
from embedlab.ui.map.component import scatter
from embedlab.ui.parts.frame import dark, metrics, workspace
from embedlab.ui.parts.watch import watch

SCORES = {
    "trustworthiness": (
        "Trustworthiness",
        "Are neighbours on the map true neighbours? 1 means all are; below 0.9 look twice.",
    ),
    "continuity": ("Continuity", "Do true neighbours stay together on the map? 1 means all do."),
    "knn_recall": (
        "Neighbours kept",
        "Share of the {k} true nearest neighbours that are also among the {k} nearest on the map.",
    ),
    "distance_correlation": (
        "Distances kept",
        "Rank correlation of distances in the full space and on the map, over random pairs of points.",
    ),
}
CHECKS = {
    "stability": (
        "Check stability",
        ":material/sync:",
        "Draws the map with two more seeds and measures how far each point moves.",
    ),
    "noise": (
        "Would noise look like this too?",
        ":material/grain:",
        "Draws random vectors with the same settings, to compare.",
    ),
}
PICTURE = {"displayModeBar": False}
HALOS = "map_halos"
HALO = 240  # pixels for a move across the map's radius


def panel(spec: MapSpec, view: MapView) -> None:
    """The four scores of a map, what they say, and the two checks with their results."""
    scores(view.projection)
    # Not an expander, which would draw its charts while it is closed.
    if not st.toggle("How far can this map be trusted?", key="map_trust", persist_state="session"):
        return
    with st.container(border=True):
        for title, meaning in explained(view.projection):
            st.caption(f"**{title}.** {meaning}")
        st.caption("**Point by point.** Colour by *Neighbours kept* to see which points are among false neighbours.")
        checks = [kind for kind in CHECKS if kind != "stability" or spec.method != "pca"]
        if len(checks) < len(CHECKS):
            st.caption("**Stability.** PCA is deterministic: every seed draws this map.")
        found = {kind: jobs.newest(workspace(), kind, spec.json) for kind in checks}
        with st.container(horizontal=True):
            for kind in checks:
                _button(kind, spec, view, found[kind])
        for job in found.values():
            if job is not None and job.status != "done":
                watch(job.id)
        left, right = st.columns(2, gap="medium")
        with left:
            if "stability" in checks:
                _stability(spec, view)
        with right:
            _noise(spec, view)


def scores(projection: Projection) -> None:
    """The four scores in a row, and the number of scored points if it is not all of them."""
    shown = ["-" if projection.scores.get(name) is None else f"{projection.scores[name]:.2f}" for name in SCORES]
    metrics(*((title, value, help) for (title, help), value in zip(explained(projection), shown, strict=True)))
    n = projection.scores.get("n_sampled", len(projection))
    if n < len(projection):
        st.caption(f"Scored on {n:,} points drawn at random, each compared with all {len(projection):,}.")


def explained(projection: Projection) -> list[tuple[str, str]]:
    """(title, meaning) of each score, for the number of neighbours compared on this map."""
    return [(title, meaning.format(k=projection.scores.get("k", 15))) for title, meaning in SCORES.values()]


def halo(run_id: str, id: str) -> np.ndarray | None:
    """Radius in pixels of a disc for each point, as wide as it moved between seeds; None unless checked and shown."""
    path = workspace().map_path(run_id, id).with_suffix(".jitter.npy")
    if not st.session_state.get(HALOS) or not path.exists():
        return None
    return np.minimum(np.load(path, allow_pickle=False) * HALO, 40).astype(np.float32)


def on_the_way(job_id: str) -> None:
    """The layout of a map whose job is running, redrawn as it changes."""
    st.fragment(_draw_layout, run_every=0.7)(job_id)


def _draw_layout(job_id: str) -> None:
    job = jobs.get(workspace(), job_id)
    path = job.folder / LAYOUT
    if job.active and path.exists():
        coords = np.load(path, mmap_mode="r", allow_pickle=False)
        figure = plots.layout_figure(coords, title="The map so far", dark=dark())
        st.plotly_chart(figure, key=f"layout_{job_id}", theme=None, config=PICTURE)


def _button(kind: str, spec: MapSpec, view: MapView, job: Job | None) -> None:
    label, icon, about = CHECKS[kind]
    if st.button(label, key=f"check_{kind}", icon=icon, help=about, disabled=job is not None and job.active):
        jobs.start(
            workspace(), kind, spec.json, title=f"{label.rstrip('?')}: {view.projection.title} of {view.run.name}"
        )
        st.rerun()


def _stability(spec: MapSpec, view: MapView) -> None:
    path = workspace().map_path(spec.run, spec.id).with_suffix(".jitter.npy")
    if not path.exists():
        return
    jitter = np.load(path, allow_pickle=False)
    half, most = np.median(jitter), np.quantile(jitter, 0.9)
    st.markdown(
        f"**Another seed moves half of the points by less than {half:.0%} of the map's radius, and nine in ten by less "
        f"than {most:.0%}.**"
    )
    st.caption("Three aligned maps. Points that move far have no stable position, so do not interpret where they are.")
    if view.projection.n_components == 2:
        st.toggle(
            "Show it on the map below too",
            key=HALOS,
            persist_state="session",
            help="A soft disc around each point, as wide as it moves.",
        )
    colour = Colour("jitter", "numeric", jitter, "Share of the map's radius")
    if view.projection.n_components == 2:
        scatter(view.cloud, View(title="How far each point moves", colour=colour, height=420), key="jitter_map")
        return
    st.plotly_chart(
        plots.map_figure(
            view.projection,
            plots.Drawing(view.texts, colour, labels=()),
            plots.Canvas(height=420, dark=dark()),
        ),
        key="jitter_map",
        theme=None,
        config=PICTURE,
    )


def _noise(spec: MapSpec, view: MapView) -> None:
    path = workspace().map_path(spec.run, spec.id).with_suffix(".noise.npz")
    if not path.exists():
        return
    noise = Projection.load(path)
    pairs = ", ".join(
        f"{title.lower()} {noise.scores[name]:.2f} (this map {view.projection.scores[name]:.2f})"
        for name, (title, _) in SCORES.items()
    )
    st.markdown(f"**The same method on random vectors:** {pairs}.")
    st.caption(
        "All clumps, gaps and arcs below come from the method alone. Trust a shape on your map only if noise "
        "does not show it."
    )
    st.plotly_chart(
        plots.layout_figure(noise.coords, title="Map of random vectors", dark=dark(), height=420),
        key="noise_map",
        theme=None,
        config=PICTURE,
    )
