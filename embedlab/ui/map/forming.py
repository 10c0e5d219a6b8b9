"""A map on its way: drawn unasked where that is quick, forming before one's eyes, with progress and a way to stop
it."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from embedlab import jobs
from embedlab.core.settings import from_dict
from embedlab.core.sizes import duration
from embedlab.jobs import Job
from embedlab.jobs.map_specs import MapSpec
from embedlab.jobs.map_tasks import LAYOUT
from embedlab.plots.webmap import Chip, PointCloud, View
from embedlab.projections import PROJECTIONS, choose
from embedlab.store.items import items_of, kind_of, number_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import link, start
from embedlab.ui.map.component import scatter
from embedlab.ui.parts.frame import empty, workspace
from embedlab.ui.parts.watch import watch

CHANGED, FIRST = 5.0, 60.0  # estimated seconds up to which a changed map, and a run's first one, is drawn unasked


def stored_or_started(
    here: Workspace, run: Run, spec: MapSpec, stage: DeltaGenerator, panel: DeltaGenerator
) -> MapSpec | None:
    """The map to show: `spec` once it is stored, before that the one on screen. None while it forms, or without one."""
    if here.stored_map(run.id, spec.id) is not None:
        return spec
    n = min(spec.limit, number_of(here, run, spec.what))
    if n < link.LEAST:
        with stage:
            empty(
                "Too few points for a map",
                f"This run has {n:,} {kind_of(run, spec.what)}; a map needs at least {link.LEAST}. "
                + ("Add more choices." if run.recommends else "Train on more text, or with a lower minimum count."),
            )
        return None
    job = jobs.newest(here, "map", spec.json)
    if job is not None and job.active:
        _forms(job, spec, stage, panel)
        return None
    earlier = start.shown_before(here, run)
    seconds = estimate(run, spec, n)
    unasked = (job is None or job.status == "done") and seconds <= (FIRST if earlier is None else CHANGED)
    with panel:
        if job is not None and job.status != "done":
            watch(job.id)
        if not unasked:
            takes = f" It takes about {duration(seconds)}." if seconds < float("inf") else ""
            st.caption(f":material/schedule: These settings have not been drawn yet.{takes}")
            icon = ":material/scatter_plot:"
            st.button("Draw map", type="primary", icon=icon, width="stretch", on_click=_start, args=(run, spec))
    if unasked:
        _start(run, spec)
        if here.stored_map(run.id, spec.id) is not None:
            return spec
        _forms(jobs.newest(here, "map", spec.json), spec, stage, panel)
        return None
    if earlier is None:
        with stage:
            empty("This map has not been drawn yet", "“Draw map” in the panel computes it in the background.")
    return earlier


def _start(run: Run, spec: MapSpec) -> None:
    start.keep(spec)
    jobs.start(workspace(), "map", spec.json, title=f"{spec.title} of {run.name}")


def estimate(run: Run, spec: MapSpec, n: int) -> float:
    """About how many seconds the map takes; infinite where its method does not say."""
    method = PROJECTIONS[spec.method]
    if method.seconds is None:
        return float("inf")
    return method.seconds(n, run.summary.get("dim", 100), from_dict(method.config, dict(spec.params)))


def _forms(job: Job, spec: MapSpec, stage: DeltaGenerator, panel: DeltaGenerator) -> None:
    with stage:
        st.fragment(_layout, run_every=0.7)(job.id, spec)
    with panel:
        watch(job.id)


def _layout(job_id: str, spec: MapSpec) -> None:
    """The layout so far of a running job; once it ends the page goes on."""
    job = jobs.get(workspace(), job_id)
    if not job.active:
        st.rerun(scope="app")
    path = job.folder / LAYOUT
    if not path.exists():
        where = f"{job.position} ahead of it in the queue." if job.position else "It forms here in a moment."
        waiting = "is waiting" if job.status == "queued" else "reads the vectors"
        with st.container(key="map_waiting", horizontal_alignment="center", vertical_alignment="center"):
            st.markdown(f"**The {spec.title} map {waiting}**", width="content")
            st.caption(where, width="content")
        return
    coords = np.load(path, allow_pickle=False)
    left = f", about {duration(job.eta)} left" if job.eta else ""
    scatter(
        PointCloud(coords, names(spec.run, spec.what, spec.limit)[: len(coords)]),
        View(
            title=f"{spec.title} map, forming",
            height="fill",
            glide=True,
            chip=Chip(f"{spec.title} is forming: {job.progress.fraction:.0%}{left}", "plain"),
        ),
        key=f"forming_{job_id}",
        hold=True,
    )


@st.cache_data(max_entries=4, show_spinner=False)
def names(run_id: str, what: str, limit: int) -> list[str]:
    """The names of the points that a map draws."""
    here = workspace()
    items = items_of(here, here.run(run_id), what)
    return [items.words[row] for row in choose(items, limit, what=what)[0]]
