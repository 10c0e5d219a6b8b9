"""The tab Trust: how far a map can be trusted, by four scores and two checks that run as jobs."""

import numpy as np
import streamlit as st

from embedlab import jobs, plots
from embedlab.jobs import Job
from embedlab.jobs.map_specs import MapSpec
from embedlab.lab.map_view import MapView
from embedlab.plots.webmap import Chip
from embedlab.projections import PROJECTIONS, Projection
from embedlab.ui.parts.frame import dark, workspace
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
LOOK_TWICE, FEW, MANY = 0.9, 0.25, 0.5  # trustworthiness below which, and shares of neighbours kept from which
STYLE = """<style>
.trust, .trust dt, .trust dd {margin: 0 !important; padding: 0 !important}
.trust dt {display: flex; justify-content: space-between; font-weight: 600; padding-top: .7rem !important}
.trust dd {margin: 0; font-size: .86rem; line-height: 1.4}
.trust .bar {display: block; height: 6px; margin: 4px 0 5px; border-radius: 3px;
  background: color-mix(in srgb, currentColor 12%, transparent)}
.trust .bar i {display: block; height: 100%; border-radius: 3px; background: var(--st-primary-color, #0f6e84)}
</style>"""
PICTURE = {"displayModeBar": False}
HALOS = "map_halos"
HALO = 240  # pixels for a move across the map's radius


def chip(projection: Projection) -> Chip:
    """How far to trust a map, in one phrase."""
    kept, trusted = (projection.scores.get(name) for name in ("knn_recall", "trustworthiness"))
    if kept is None or trusted is None:
        return Chip("How far to trust this map", "plain")
    share = f"{kept:.0%} of neighbours kept"
    if trusted < LOOK_TWICE or kept < FEW:
        return Chip(f"{share}: look twice", "warn")
    return Chip(f"{share}: near means near" if kept >= MANY else f"{share}: near is a hint", "good")


def panel(spec: MapSpec, view: MapView, *, whole: bool = True) -> None:
    """The scores of a map, what they say, and with `whole` the two checks with their results."""
    scores(view.projection)
    if not whole:
        return
    st.caption("Colour by *Neighbours kept* to see which points stand among false neighbours.")
    checks = [kind for kind in CHECKS if kind != "stability" or not PROJECTIONS[spec.method].linear]
    if len(checks) < len(CHECKS):
        st.caption(f"{spec.title} is deterministic: every seed draws this map.")
    for kind in checks:
        job = jobs.newest(workspace(), kind, spec.json)
        _button(kind, spec, view, job)
        if job is not None and job.status != "done":
            watch(job.id)
        {"stability": _stability, "noise": _noise}[kind](spec, view)


def scores(projection: Projection) -> None:
    """The four scores, each with what it says, and the number of scored points if it is not all of them."""
    rows = []
    for name, (title, meaning) in SCORES.items():
        value = projection.scores.get(name)
        said = meaning.format(k=projection.scores.get("k", 15))
        bar = "" if value is None else f"<i style='width:{max(0.0, min(1.0, value)):.0%}'></i>"
        number = "-" if value is None else f"{value:.2f}"
        rows.append(f"<dt>{title}<b>{number}</b></dt><dd><span class=bar>{bar}</span>{said}</dd>")
    st.html(f"{STYLE}<dl class='trust'>{''.join(rows)}</dl>")
    n = projection.scores.get("n_sampled", len(projection))
    if n < len(projection):
        st.caption(f"Scored on {n:,} points drawn at random, each compared with all {len(projection):,}.")


def halo(run_id: str, id: str) -> np.ndarray | None:
    """Radius in pixels of a disc for each point, as wide as it moved between seeds; None unless checked and shown."""
    path = workspace().map_path(run_id, id).with_suffix(".jitter.npy")
    if not st.session_state.get(HALOS) or not path.exists():
        return None
    return np.minimum(np.load(path, allow_pickle=False) * HALO, 40).astype(np.float32)


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
    st.toggle(
        "Show it on the map",
        key=HALOS,
        persist_state="session",
        help="A soft disc around each point, as wide as it moves.",
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
        plots.layout_figure(noise.coords, title="Map of random vectors", dark=dark(), height=280),
        key="noise_map",
        theme=None,
        config=PICTURE,
    )
