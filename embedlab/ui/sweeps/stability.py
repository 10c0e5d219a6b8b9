"""Stability of one run across seeds: the button that trains it again, and the words whose neighbours do not last."""

import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.explain.seed_stability import SHAKY, Retrained
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.sweeps import begin, list_sweeps
from embedlab.sweeps.seeds import new_check, stability_of
from embedlab.ui.parts.frame import metrics, remember
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

MOST_ROWS = 300


def panel(here: Workspace, run: Run) -> None:
    """What is known of the stability of a run, or the button that finds out."""
    if not run.has_vectors or run.spec.corpus_id is None:
        return
    st.markdown("**Would other seeds find the same neighbours?**")
    working = next(
        (job for job in (_job(here, row["id"]) for row in list_sweeps(here) if row["spec"]["base"] == run.id) if job),
        None,
    )
    if working is not None and (working.active or working.status in ("failed", "interrupted")):
        if watch(working.id).active:
            return
    found = stability_of(run)
    if found is not None:
        _known(run, found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seeds = st.number_input(
            "Seeds",
            2,
            20,
            5,
            key=f"stability_seeds_{run.id}",
            width=120,
            help="Trainings compared, that of this run among them.",
        )
        if st.button(
            "Check stability" if found is None else "Check again",
            icon=":material/casino:",
            key=f"stability_{run.id}",
            help="Trains this run again with other seeds, side by side on one thread each, and compares the "
            f"neighbours of every {family_of(run.spec.model).noun}.",
        ):
            begin(here, new_check(here, run, seeds=int(seeds)))
            st.rerun()


def _job(here: Workspace, id: str):
    found = jobs.list_jobs(here, id=id)
    return found[0] if found else None


def _known(run: Run, found: Retrained) -> None:
    """The overlap of all words, and those least stable."""
    kept, k, noun = found.kept, found.k, family_of(run.spec.model).noun
    shaky = int((kept < SHAKY).sum())
    metrics(
        (
            "Neighbours kept",
            f"{_of(float(kept.mean()), k):.1f} of {k}",
            f"Between two of {len(found.seeds)} seeds, the mean over {len(found):,} {noun}s.",
        ),
        ("By chance", f"{_of(found.baseline, k):.2f} of {k}", "Neighbours drawn at random."),
        (
            f"{noun.capitalize()}s not to trust",
            f"{shaky:,}",
            f"Two seeds share fewer than {_of(SHAKY, k):.0f} of their {k} neighbours.",
        ),
    )
    least = st.number_input(
        "Only words that occur at least" if noun == "word" else "Only items chosen at least",
        1,
        max(int(found.counts.max(initial=1)), 1),
        1,
        key=f"stability_least_{run.id}",
        width=240,
        help=f"Rare {noun}s are the least stable. Raise this to find frequent {noun}s that are not to be trusted.",
    )
    rows = [row for row in kept.argsort(kind="stable").tolist() if found.counts[row] >= least][:MOST_ROWS]
    frame = pd.DataFrame(
        [
            {
                noun.capitalize(): found.words[row],
                "Kept": _of(float(kept[row]), k),
                "Count": int(found.counts[row]),
                "In every seed": ", ".join(word for word, n in found.agreed(row) if n == len(found.seeds)) or "none",
            }
            for row in rows
        ]
    )
    st.dataframe(
        frame,
        hide_index=True,
        height=280,
        alt=f"{noun.capitalize()}s not to trust",
        column_config={
            "Kept": st.column_config.NumberColumn(
                format=f"%.1f of {k}", help="Neighbours that two seeds share, on average."
            ),
            "Count": st.column_config.NumberColumn(format="localized"),
        },
    )
    st.caption(
        f"Least stable first, {len(rows):,} of {len(found):,} {noun}s. A neighbour found in every seed is not chance; "
        "one that is missing from the last column may be."
    )
    if st.button(
        "Colour the map by stability",
        icon=":material/scatter_plot:",
        key=f"stability_map_{run.id}",
        help=f"The map of {plain(run.name)}",
    ):
        remember("run", run.id)
        remember("colour", "seeds")
        if "framed" in st.session_state:
            st.switch_page("pages/map.py")


def _of(jaccard: float, k: int) -> float:
    """How many of k neighbours two lists of that Jaccard index share."""
    return 2 * k * jaccard / (1 + jaccard)
