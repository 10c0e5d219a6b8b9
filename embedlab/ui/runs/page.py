"""The parts of the Runs page: table, comparison, rename, delete, export and import."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.core.glossary import term
from embedlab.lab.interchange import export_run
from embedlab.models import MODELS, family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.sweeps import list_sweeps
from embedlab.ui.parts.frame import describe, empty, epochs_of, remember
from embedlab.ui.parts.text import memory, plain
from embedlab.ui.parts.watch import STATES, start_again, watch
from embedlab.ui.sweeps import stability
from embedlab.ui.train import film, results
from embedlab.ui.train.sizes import sizes
from embedlab.ui.train.start_end import how_trained, start_end
from embedlab.vectors.formats import EXPORTS

COLUMNS = {
    "name": st.column_config.TextColumn("Name", width=170),
    "status": st.column_config.TextColumn("Status", width=62),
    "model": st.column_config.TextColumn("Model", width=152),
    "base": st.column_config.TextColumn(
        "Began from", help="The run whose vectors training began from; else random ones."
    ),
    "words": st.column_config.NumberColumn("Words", format="localized", width=60),
    "dim": st.column_config.NumberColumn("Size", width=50, help=term("dimension")),
    "window": st.column_config.NumberColumn("Window", width=64),
    "epochs": st.column_config.NumberColumn("Epochs", width=60),
    "loss": st.column_config.NumberColumn(
        "Last loss", width=74, format="%.4g", help="Mean of the last epoch; comparable within one model family only."
    ),
    "seconds": st.column_config.NumberColumn("Training", width=72, format="%.1f s"),
    "created": st.column_config.DatetimeColumn("Created", width=100, format="D MMM, HH:mm"),
}


def running(here: Workspace) -> None:
    """Every job that runs or waits, whoever began it."""
    jobs.mark_interrupted(here)
    active = [job for job in jobs.list_jobs(here, status=["queued", "running"]) if jobs.queue_of(vars(job)) != "trial"]
    if active:
        st.subheader("Running and waiting", anchor=False)
        for job in active:
            watch(job.id)


def listed(here: Workspace) -> list[Run]:
    """The runs of their own, or the trials of one sweep or check of stability."""
    names = {row["id"]: row["name"] for row in list_sweeps(here)}
    if not names:
        return here.runs()
    chosen = st.selectbox(
        "Show",
        ["", *names],
        format_func=lambda id: f"Trials of {names[id]}" if id else "Runs of their own",
        key="runs_of",
        width=420,
    )
    return here.runs(sweep=chosen or None)


def table(runs: list[Run]) -> list[Run]:
    """The runs chosen in the table."""
    names = {run.id: run.name for run in runs}
    frame = pd.DataFrame([_row(run, names) for run in runs])
    if not frame["base"].any():
        frame = frame.drop(columns="base")  # most workspaces never continue a run
    event = st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs_table",
        alt="Table of runs",
        placeholder="",
    )
    st.download_button(
        "Download table",
        frame.to_csv(index=False),
        "runs.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    return [runs[i] for i in event.selection.rows if i < len(runs)]


def no_runs() -> list[Run]:
    """The empty state of the table."""
    empty(
        "No runs yet",
        "A run is one training with its settings, vectors, maps and scores.",
        "pages/train.py",
        "Train a model",
    )
    return []


def _row(run: Run, names: Mapping[str, str]) -> dict:
    config, summary = run.spec.config, run.summary
    loss = summary.get("loss") or [None]
    return {
        "name": run.name,
        "status": STATES[run.status][0],
        "model": model_title(run),
        "base": began_from(run, names),
        "words": summary.get("words"),
        "dim": summary.get("dim") or config.get("dim"),
        "window": config.get("window"),
        "epochs": epochs_of(run),
        "loss": loss[-1],
        "seconds": summary.get("seconds"),
        "created": pd.Timestamp(run.created),
    }


def began_from(run: Run, names: Mapping[str, str]) -> str | None:
    """The name of the run it began from, as long as that is there; None for random vectors."""
    return run.spec.base and names.get(run.spec.base, "a deleted run")


def model_title(run: Run) -> str:
    """The family of a run as people call it."""
    return family_of(run.spec.model).title


def compare(runs: list[Run]) -> None:
    """The settings that differ between runs, the ones they share, and their losses together."""
    st.subheader("Compare settings", anchor=False)
    settings = pd.DataFrame({f"{run.name} ({run.id[:4]})": _settings(run) for run in runs})
    same = settings.apply(lambda row: row.nunique(dropna=False) == 1, axis=1)
    left, right = st.columns(2)
    with left:
        st.markdown("**What differs**")
        st.dataframe(settings[~same].astype(str).replace("nan", "-"), alt="Settings that differ")
        with st.expander(f"{int(same.sum())} settings are the same"):
            st.dataframe(
                settings[same].iloc[:, :1].astype(str).set_axis(["all runs"], axis=1), alt="Settings that are the same"
            )
    with right:
        curves = {
            f"{run.name} ({run.id[:4]})": list(enumerate(run.summary["loss"], 1))
            for run in runs
            if run.summary.get("loss")
        }
        if curves:
            st.plotly_chart(plots.loss_curve(curves, height=340), key="compare_loss", config={"displayModeBar": False})


def _settings(run: Run) -> dict:
    return {
        "model": model_title(run),
        "corpus": run.spec.corpus_id or "-",
        "began from": run.spec.base or "random vectors",
        "seed": run.spec.seed,
    } | dict(run.spec.config)


def _facts(here: Workspace, run: Run) -> list[str]:
    """What the caption of a run says."""
    base = began_from(run, {other.id: other.name for other in here.runs()}) if run.spec.base else None
    facts = (
        [describe(run)] if run.status == "done" else [STATES[run.status][0], *([run.message] if run.message else [])]
    )
    return facts + ([f"began from {base}"] if base else []) + [f"{memory(run.size)} on disk", f"id {run.id}"]


def manage(here: Workspace, run: Run) -> None:
    """Rename, export, open or delete one run."""
    st.subheader(plain(run.name), anchor=False)
    st.caption(" · ".join(map(plain, _facts(here, run))))
    if run.status == "done":
        how_trained(run)
        start_end(run, key=run.id)
    left, right = st.columns(2, gap="large")
    with left:
        name = st.text_input("Name", run.name, key=f"name_{run.id}")
        with st.container(horizontal=True):
            st.button(
                "Rename",
                on_click=here.rename_run,
                args=(run.id, name),
                disabled=name == run.name or not name.strip(),
                icon=":material/edit:",
            )
            with st.popover("Delete", icon=":material/delete:", disabled=run.status in ("queued", "running")):
                st.write("Vectors, checkpoints, maps and scores of this run go for good.")
                if st.button("Delete this run", type="primary"):
                    here.delete_run(run.id)
                    st.rerun()
            if run.status == "done" and st.button("Show its map", icon=":material/scatter_plot:"):
                remember("run", run.id)
                st.switch_page("pages/map.py")
        if run.status not in ("done", "queued", "running") and run.spec.model in MODELS:
            start_again(run)
        with st.expander("Settings"):
            st.dataframe(pd.Series(_settings(run), name="value").astype(str), alt="Settings of the run")
    with right:
        if run.status == "done":
            sizes(run, key=run.id)
            export_form(run)
        else:
            st.code(jobs.get(here, run.id).log_tail(), language=None, height=240)
    stability.panel(here, run)
    film.replay_of(here, run)
    results.show(run)


def export_form(run: Run) -> None:
    """Choose a format, then download."""
    format = st.selectbox(
        "Export as", list(EXPORTS), format_func=lambda name: EXPORTS[name].title, key=f"format_{run.id}"
    )
    if st.button("Prepare file", icon=":material/upload_file:", key=f"prepare_{run.id}"):
        with tempfile.TemporaryDirectory() as folder, st.spinner("Writing vectors"):
            name, data = packed(run, format, Path(folder))
        st.download_button(
            f"Download {name}", data, name, icon=":material/download:", on_click="ignore", type="primary"
        )


def packed(run: Run, format: str, folder: Path) -> tuple[str, bytes]:
    """One file to download: its name and bytes; a folder becomes a zip."""
    import shutil

    target = folder / (f"embedding-{run.id}" + EXPORTS[format].extension)
    written = export_run(run, format, target)
    if written.is_dir():
        written = Path(shutil.make_archive(str(folder / f"embedding-{run.id}"), "zip", written))
    return written.name, written.read_bytes()
