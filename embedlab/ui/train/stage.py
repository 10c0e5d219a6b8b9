"""Beside the form: a training from the moment it is asked for to its end, with its film and what to do next."""

from collections.abc import Mapping

import streamlit as st

from embedlab import jobs
from embedlab.core.sizes import count_of, duration
from embedlab.jobs import Job
from embedlab.models import family_of
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import link, metrics, recall, remember, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import curves, watch
from embedlab.ui.sweeps import stability
from embedlab.ui.train import film
from embedlab.ui.train import results as panels
from embedlab.ui.train.sizes import sizes
from embedlab.ui.train.start_end import how_trained, start_end


def queued() -> None:
    """What stands here from the click until the training is handed over."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.badge("Queued", color="gray", icon=":material/schedule:")
        st.caption("Handing the training to a worker.")


def watched(here: Workspace) -> Job | None:
    """The training shown on this page, with its film and, once it is done, the next steps; None where there is none."""
    id = recall("watched")
    if not id or not here.has_run(id):
        _nothing(here)
        return None
    jobs.mark_interrupted(here)
    job = jobs.get(here, id)
    if job.status == "done":
        _done(here, job)
    else:
        job = watch(id)
    film.panel(here, job)
    return job


def details(here: Workspace, job: Job) -> None:
    """Below form and film: the loss, the similarity of pairs, and what a finished run has measured of itself."""
    left, right = st.columns(2, gap="large")
    with left:
        st.fragment(curves, run_every=1.0 if job.active else None)(job.id)
        film.curves(job)
    with right:
        if job.status == "done":
            _facts(here, job)
    run = here.run(job.id)
    if job.status == "done" and panels.has_results(run):
        with st.expander(f"Result of {plain(run.name)}", expanded=True, icon=":material/check_circle:"):
            panels.show(run)


def _nothing(here: Workspace) -> None:
    """What stands in the place of a running job before there is one."""
    others = jobs.list_jobs(here, status=["queued", "running"], kind="train")
    if others:
        doing = "runs or waits" if len(others) == 1 else "run or wait"
        st.caption(f"{count_of(len(others), 'other training')} {doing}. Yours will queue behind.")
    else:
        with st.container(border=True, height=320, horizontal_alignment="center", vertical_alignment="center"):
            st.markdown("**Nothing trained yet in this tab**", width="content")
            st.caption("Words or items move here while they are learned.", width="content")


def _done(here: Workspace, job: Job) -> None:
    """The name of a run that is done, and where to go with it."""
    remember("run", job.id)
    run = here.run(job.id)
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge("Done", color="green", icon=":material/check_circle:")
            st.markdown(f":small[**{plain(job.title)}**]", width="stretch")
        with st.container(horizontal=True, gap="small"):
            if run.has_vectors:
                link("pages/map.py", "See the map", icon=":material/scatter_plot:")
                link("pages/neighbours.py", "Ask for neighbours", icon=":material/hub:")
            if run.recommends:
                link("pages/recommend.py", "Recommend", icon=":material/recommend:")
            link("pages/benchmarks.py", "Judge", icon=":material/leaderboard:")
            if run.encoder_folder is not None and family_of(run.spec.model).attention:
                link("pages/inside.py", "Look inside", icon=":material/frame_inspect:")
        if not run.has_vectors:
            st.caption(
                f"{family_of(run.spec.model).title} gives items no vectors, so there is no film, no map and no list "
                "of neighbours. See what it recommends, or judge it beside other models."
            )


def _facts(here: Workspace, job: Job) -> None:
    """What a finished run is and has cost, what changed from start to end, and whether other seeds agree."""
    summary, run = job.result, here.run(job.id)
    metrics(*_sizes(summary), ("Training", duration(summary["seconds"])), *_speed(summary))
    for warning in summary.get("notes", {}).get("warnings", []):
        st.caption(f":material/info: {plain(warning)}")
    how_trained(run)
    start_end(run, key="after")
    sizes(run, key="after")
    if run.has_vectors:
        with st.expander("Stability across seeds", icon=":material/casino:"):
            stability.panel(workspace(), run)


def _sizes(summary: Mapping) -> list[tuple[str, str, str]]:
    if "items" in summary:
        return [
            ("Items", f"{summary['items']:,}", "Items that training has seen. Only these can be recommended."),
            ("Users", f"{summary['users']:,}", "People whose choices it learned from."),
        ]
    return [("Words", f"{summary['words']:,}", "Words that got a vector.")]


def _speed(summary: Mapping) -> list[tuple[str, str, str]]:
    """Words or choices a second; nothing for a training that went over them in one step."""
    rate = summary["words_per_second"]
    if "items" in summary:
        return [("Speed", f"{rate:,} choices/s", "Choices times epochs over training time.")] if rate else []
    return [("Speed", f"{rate:,} words/s", "Corpus tokens times epochs over training time.")]
