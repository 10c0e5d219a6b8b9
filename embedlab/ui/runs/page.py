"""The parts of the Runs page: what runs now, the table of runs, and the settings of several side by side."""

from collections.abc import Mapping
from dataclasses import is_dataclass

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.core.glossary import term
from embedlab.core.settings import settings_of
from embedlab.core.sizes import duration
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.sweeps import list_sweeps
from embedlab.ui.parts.delete import JUST
from embedlab.ui.parts.frame import empty, epochs_of
from embedlab.ui.parts.watch import STATES, watch

COLUMNS = {
    "name": st.column_config.TextColumn("Name", width=240),
    "status": st.column_config.TextColumn("Status", width=80),
    "model": st.column_config.TextColumn("Model", width=120),
    "base": st.column_config.TextColumn(
        "Started from", help="The run whose vectors this one started from. The others started from random vectors."
    ),
    "words": st.column_config.NumberColumn("Words", format="localized", width=64),
    "items": st.column_config.NumberColumn("Items", format="localized", width=64, help="Items seen in training."),
    "users": st.column_config.NumberColumn("Users", format="localized", width=64),
    "dim": st.column_config.NumberColumn("Dimensions", width=82, help=term("dimension")),
    "window": st.column_config.NumberColumn("Window", width=64),
    "epochs": st.column_config.NumberColumn("Epochs", width=60),
    "loss": st.column_config.NumberColumn(
        "Last loss", width=72, format="%.4g", help="Mean of the last epoch. Compare it within one model family only."
    ),
    "seconds": st.column_config.TextColumn("Training", width=104),
    "created": st.column_config.DatetimeColumn("Created", width=96, format="D MMM, HH:mm"),
}
SINGLE = "All runs but those of sweeps"


def running(here: Workspace) -> None:
    """Every job that runs or waits, whoever began it."""
    jobs.mark_interrupted(here)
    active = [job for job in jobs.list_jobs(here, status=["queued", "running"]) if jobs.queue_of(vars(job)) != "trial"]
    if active:
        st.header("Running and waiting", anchor=False)
        for job in active:
            watch(job.id)


def listed(here: Workspace) -> list[Run]:
    """The runs that belong to no sweep, or the trials of one sweep or check of stability."""
    names = {row["id"]: row["name"] for row in list_sweeps(here)}
    if not names:
        return here.runs()
    chosen = st.selectbox(
        "Show",
        ["", *names],
        format_func=lambda id: f"Runs of {names[id]}" if id else SINGLE,
        key="runs_of",
        width=420,
    )
    return here.runs(sweep=chosen or None)


def table(runs: list[Run]) -> list[Run]:
    """The runs chosen in the table. A deletion takes the choice with it: no other run takes the place of the first."""
    names = {run.id: run.name for run in runs}
    frame = pd.DataFrame([_row(run, names) for run in runs])
    for name in ("base", "words", "items", "users", "window"):
        if not frame[name].any():  # most workspaces never continue a run, and hold texts or choices alone
            frame = frame.drop(columns=name)
    if set(frame["status"]) == {STATES["done"][0]}:
        frame = frame.drop(columns="status")
    just = st.session_state.get(JUST) or {}
    event = st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"runs_table_{just.get('id', '')}",
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
    of_items = family_of(run.spec.model).noun == "item"
    loss = summary.get("loss") or [None]
    return {
        "name": run.name,
        "status": STATES[run.status][0],
        "model": model_title(run),
        "base": began_from(run, names),
        "words": None if of_items else summary.get("words"),
        "items": summary.get("items"),
        "users": summary.get("users"),
        "dim": summary.get("dim") or config.get("dim"),
        "window": config.get("window") if config.get("order", True) else None,
        "epochs": epochs_of(run),
        "loss": loss[-1],
        "seconds": duration(summary["seconds"]) if "seconds" in summary else None,
        "created": pd.Timestamp(run.created),
    }


def began_from(run: Run, names: Mapping[str, str]) -> str | None:
    """The name of the run it began from, as long as that is there; None for random vectors."""
    return run.spec.base and names.get(run.spec.base, "a deleted run")


def model_title(run: Run) -> str:
    """The family of a run as people call it."""
    return family_of(run.spec.model).title


def compare(here: Workspace, runs: list[Run]) -> None:
    """The settings that differ between runs, the ones they share, and their losses together."""
    st.header("Compare settings", anchor=False)
    settings = side_by_side(runs, names_of(here))
    same = settings.apply(lambda row: row.nunique(dropna=False) == 1, axis=1)
    left, right = st.columns(2)
    with left:
        st.markdown("**What differs**")
        if same.all():
            st.caption("Nothing: these runs have the same settings, and so the same size.")
        else:
            st.dataframe(settings[~same], alt="Settings that differ", column_config=FIRST)
        with st.expander(f"{int(same.sum())} settings are the same"):
            st.dataframe(
                settings[same].iloc[:, :1].set_axis(["All of them"], axis=1),
                alt="Settings that are the same",
                column_config=FIRST,
            )
    with right:
        curves = {
            name: list(enumerate(run.summary["loss"], 1))
            for name, run in zip(settings.columns, runs, strict=True)
            if run.summary.get("loss")
        }
        if curves:
            st.plotly_chart(plots.loss_curve(curves, height=340), key="compare_loss", config={"displayModeBar": False})


FIRST = {"_index": st.column_config.TextColumn("Setting", width=170)}


def names_of(here: Workspace) -> dict[str, str]:
    """The names of all data sets and runs by id, for the settings that name one."""
    return {row["id"]: row["name"] for row in [*here.corpora(), *here.interactions()]} | {
        run.id: run.name for run in here.runs()
    }


def side_by_side(runs: list[Run], known: Mapping[str, str]) -> pd.DataFrame:
    """One column a run, one row a setting or size of what came of it; runs of one name are told apart by their id.

    known: names of corpora and runs by id, see `names_of`.
    """
    names = [run.name for run in runs]
    heads = [f"{run.name} ({run.id[:4]})" if names.count(run.name) > 1 else run.name for run in runs]
    return pd.DataFrame({head: settings_shown(run, known) for head, run in zip(heads, runs, strict=True)}).fillna("-")


def settings_shown(run: Run, known: Mapping[str, str]) -> dict[str, str]:
    """What a run was made with and how large it became, by names that a form would give; all as text."""
    family, summary = family_of(run.spec.model), run.summary
    labels = {s.name: s for s in settings_of(family.config)} if is_dataclass(family.config) else {}
    of_items = family.noun == "item"
    data = "Data set" if of_items else "Corpus"
    made = {
        "Model": model_title(run),
        data: known.get(run.spec.corpus_id, "a deleted one") if run.spec.corpus_id else "none",
        "Started from": known.get(run.spec.base, "a deleted run") if run.spec.base else "random vectors",
        "Seed": run.spec.seed,
    }
    if not family.has_vectors:
        del made["Started from"]
    chosen = {
        labels[name].label if name in labels else name.replace("_", " ").capitalize(): (
            labels[name].name_of(value) if name in labels and labels[name].choices else value
        )
        for name, value in run.spec.config.items()
    }
    if of_items:
        sizes = {"Items": summary.get("items"), "Users": summary.get("users")}
    else:
        sizes = {"Words": summary.get("words")}
    became = sizes | ({"Dimensions": summary.get("dim")} if family.has_vectors else {})
    if "source" in summary.get("notes", {}):
        made |= {"Corpus": "none", "Started from": f"the file {summary['notes']['source']}"}
    if "attribution" in summary.get("notes", {}):
        made["Source"] = summary["notes"]["attribution"]
    return {name: _said(value) for name, value in (made | chosen | became).items()}


def _said(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
