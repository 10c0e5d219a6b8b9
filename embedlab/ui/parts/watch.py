"""Watching a job: a fragment that only reads what the worker has written; leaving the page never touches the job."""

import contextlib

import streamlit as st

from embedlab import jobs, plots
from embedlab.core.errors import BadInput
from embedlab.core.sizes import duration
from embedlab.jobs import Job
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import dark, workspace
from embedlab.ui.parts.text import plain

STATES = {
    "queued": ("Queued", "gray", ":material/schedule:"),
    "running": ("Running", "blue", ":material/progress_activity:"),
    "done": ("Done", "green", ":material/check_circle:"),
    "failed": ("Failed", "red", ":material/error:"),
    "cancelled": ("Cancelled", "gray", ":material/cancel:"),
    "interrupted": ("Interrupted", "orange", ":material/power_off:"),
    "pruned": ("Pruned", "gray", ":material/content_cut:"),
    "paused": ("Paused", "violet", ":material/pause_circle:"),
}


def watch(id: str, *, every: float = 1.0) -> Job:
    """Show a job until it ends and then run the page again; the job as it stands now."""
    here = workspace()
    jobs.mark_interrupted(here)
    job = jobs.get(here, id)
    st.fragment(_draw, run_every=every if job.active else None)(id, job.active)
    return job


def _draw(id: str, was_active: bool) -> None:
    here = workspace()
    jobs.mark_interrupted(here)
    job = jobs.get(here, id)
    if was_active and not job.active:
        st.rerun(scope="app")
    with st.container(border=True):
        _headline(job)
        if job.active:
            _bar(job)
        else:
            _ending(job)
        if job.status in ("failed", "interrupted"):
            _log(job)


def curves(id: str) -> None:
    """The curves of a training as far as it has come, and its log."""
    job = jobs.get(workspace(), id)
    if curve := job.curve:
        _perplexity_chart(id, curve)
    elif history := job.history:
        loss_chart(job, history)
    if job.status not in ("queued", "failed", "interrupted"):
        _log(job)


def _log(job: Job) -> None:
    with st.expander("Log", expanded=job.status == "interrupted"):
        st.code(job.log_tail(), language=None, height=200)


def loss_chart(job: Job, history: list[dict]) -> None:
    """Loss and held-out metrics by epoch, and a caption on the metric that the family is judged by."""
    training, held_out, ranking = (
        [(record["epoch"], record[name]) for record in history if name in record]
        for name in ("loss", "validation", "ranking_error")
    )
    figures = {"loss": plots.loss_curve(plots.with_held_out(training, held_out), height=290 if held_out else 260)}
    if ranking:
        figures["ranking"] = plots.ranking_curve(ranking, dark=dark())
    for name, figure in figures.items():
        st.plotly_chart(figure, key=f"{name}_{job.id}", config={"displayModeBar": False})
    spec = workspace().run(job.id).spec
    judged_by = family_of(spec.model).judges(spec.config)
    judged = [(record["epoch"], record[judged_by]) for record in history if judged_by in record]
    if note := plots.validation_note(judged, judged_by):
        st.caption(note)


def _perplexity_chart(id: str, curve: list[list]) -> None:
    """Loss and held-out perplexity at the moments measured so far, for a model that goes through its text once."""
    from embedlab.plots.transformer import perplexity_figure

    st.plotly_chart(
        perplexity_figure(curve, None, height=290, dark=dark()), key=f"loss_{id}", config={"displayModeBar": False}
    )


def _headline(job: Job) -> None:
    word, color, icon = STATES[job.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, color=color, icon=icon)
        st.markdown(f"**{plain(job.title)}**", width="stretch")
        if jobs.can_pause(workspace(), job.id):
            st.button(
                "Pausing" if job.pausing else "Pause",
                key=f"pause_{job.id}",
                disabled=job.pausing,
                icon=":material/pause:",
                on_click=_pause,
                args=(job.id,),
                help="Saves where it stands and stops; it can be resumed at any time.",
            )
        if job.active:
            st.button(
                "Cancel",
                key=f"cancel_{job.id}",
                on_click=jobs.cancel,
                args=(workspace(), job.id),
                icon=":material/stop:",
            )


def _pause(id: str) -> None:
    """Ask a job to pause; one that ended a moment ago needs no pause."""
    with contextlib.suppress(BadInput):
        jobs.pause(workspace(), id)


def _bar(job: Job) -> None:
    if job.status == "queued":
        waits = (
            "It begins as soon as a worker is free."
            if not job.position
            else f"{job.position} ahead of it in the queue."
        )
        st.caption(f"Waiting. {waits}")
        return
    left = f" · about {duration(job.eta)} left" if job.eta is not None and 0 < job.progress.fraction < 1 else ""
    share = f"{job.progress.fraction:.0%}"
    text = plain(job.progress.message) or "Starting"
    st.progress(job.progress.fraction, text=f"{text} · {share}{left}")


def _ending(job: Job) -> None:
    show = {"failed": st.error, "interrupted": st.warning}.get(job.status, st.caption)
    if job.status == "paused":
        st.progress(job.progress.fraction, text=plain(job.message))
    elif job.message:
        show(plain(job.message))
    if job.kind == "train" and job.status != "done":
        start_again(workspace().run(job.id))


def start_again(run: Run) -> None:
    """The buttons of a run that ended early: resume where it stood at its last checkpoint, or start from nothing."""
    place, resume = run.resumable_at, False
    with st.container(horizontal=True):
        if place:
            resume = st.button(
                f"Resume from {place.percent}",
                key=f"resume_{run.id}",
                type="primary",
                icon=":material/resume:",
                help=f"Goes on from the checkpoint saved after {duration(place.seconds)} of training.",
            )
        anew = st.button(
            "Train again from the start",
            key=f"again_{run.id}",
            icon=":material/replay:",
            help="Same corpus, settings and seed." + (" The checkpoint goes." if place else ""),
        )
    if resume or anew:
        jobs.start_training(workspace(), run.id, resume=resume)
        st.rerun()
