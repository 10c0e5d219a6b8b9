"""The Benchmarks page, a run that recommends: what is held out, its scores beside the yardsticks, what they settle."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from embedlab import plots
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import ALL, SPLITS, default_split
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, applicable
from embedlab.evaluation.items.scored import UNDECIDED
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.benchmarks.this_run import items, show_job, start_scoring
from embedlab.ui.parts.frame import dark, empty
from embedlab.ui.parts.text import plain

LENGTHS = (5, 10, 20, 50)  # of the lists that are judged
USUAL = 10


@dataclass(frozen=True)
class Asked:
    """What a run is scored by: a benchmark of recommendations and the length of the lists."""

    benchmark: str
    k: int


def this_run(here: Workspace, run: Run) -> None:
    """Everything about the scores of one run that recommends."""
    data = here.run_interactions(run)
    if data is None:
        empty(
            "Its choices have been deleted",
            "A run is scored on choices held out of its data. Add the data again, then score it.",
            "pages/corpora.py",
            "Open corpora",
        )
        return
    asked = _form(here, run, data)
    at_work = show_job(here, "scoring")
    result = stored(here, run, asked)
    if result is not None and result.score is not None:
        _show(here, run, result)
    elif result is not None:
        st.warning(plain(result.note))
    else:
        empty(
            f"Not scored {_under(asked)} yet",
            "The scores appear here when they are there." if at_work else "Press Score this run.",
        )


def _under(asked: Asked) -> str:
    title = SPLITS[BENCHMARKS[asked.benchmark].split].title
    return f"{title[0].lower()}{title[1:]} with lists of {asked.k}"


def _form(here: Workspace, run: Run, data: Interactions) -> Asked:
    """The choice of what is held out and of the length of the lists, with the button that scores."""
    trained, names = run.spec.config.get("split", ALL), applicable(data)
    first = next(
        name for name in names if BENCHMARKS[name].split == (default_split(data) if trained == ALL else trained)
    )
    left, right = st.columns([5, 2], gap="medium")
    with left:
        benchmark = st.radio(
            "Held out",
            names,
            index=names.index(first),
            format_func=lambda name: SPLITS[BENCHMARKS[name].split].title,
            captions=[BENCHMARKS[name].about for name in names],
            horizontal=True,
            key=f"items_split_{run.id}",
            label_visibility="collapsed",
        )
    with right:
        k = length_control("items_k")
        anew = BENCHMARKS[benchmark].split != trained
        spec = {"run": run.id, "benchmarks": [benchmark], "seed": 1, "options": {"k": k}}
        st.button(
            "Score this run",
            type="primary",
            icon=":material/play_arrow:",
            on_click=start_scoring,
            args=(here, spec, f"Scoring {run.name}"),
            help="Its training saw the choices that are held out here, so it is trained anew without them."
            if anew
            else None,
        )
    return Asked(benchmark, k)


def length_control(key: str) -> int:
    """How many items are recommended to each person and looked at."""
    return st.segmented_control(
        "Length of the lists",
        LENGTHS,
        default=USUAL,
        required=True,
        key=key,
        persist_state="session",
        help="How many items are recommended to each person. Every measure looks at these only.",
    )


def stored(here: Workspace, run: Run, asked: Asked) -> BenchmarkResult | None:
    """The newest score of a run as asked; None before it is scored."""
    found = (BenchmarkResult.from_dict(row["result"]) for row in here.scores(run_id=run.id, benchmark=asked.benchmark))
    return next((result for result in found if result.options.get("k", USUAL) == asked.k), None)


def _show(here: Workspace, run: Run, result: BenchmarkResult) -> None:
    """The table, what can be said of it, a chart of the first measure, and the people behind it."""
    lines = beside(result, run.name)
    st.html(table_of(result, lines))
    st.caption(_against_popularity(lines))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            plots.scores_forest(
                [replace(result, references=[], **line[result.metrics[0]["name"]]) for line in lines.values()],
                names=list(lines),
                title=f"{heading(result.metrics[0])} with 95 % intervals",
                dark=dark(),
            ),
            key="items_forest",
            config={"displayModeBar": False},
        )
        st.download_button(
            "Download table",
            scores_csv(result, lines),
            f"{result.benchmark}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    with right:
        _what_it_says(result)
    items(here.score_rows(run.id, result.digest), result)


def heading(metric: Mapping) -> str:
    """A measure as a heading: "Recall@10"."""
    return _capital(metric["name"])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def beside(result: BenchmarkResult, name: str) -> dict[str, dict[str, dict]]:
    """Model -> measure -> score with its interval: the yardsticks, popularity first, and the run at the end."""
    yardsticks = list(result.metrics[0]["beside"])
    found = {family_of(each).title: {one["name"]: one["beside"][each] for one in result.metrics} for each in yardsticks}
    own = {one["name"]: {key: one[key] for key in ("score", "low", "high")} for one in result.metrics}
    return found | {f"This run: {name}": own}


def table_of(result: BenchmarkResult, lines: Mapping[str, Mapping[str, Mapping]]) -> str:
    """One row a model, one column a measure: the score, and below it the 95 % interval; formulas under the headings."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(_capital(one['about']))}'>{html.escape(heading(one))}</th>"
        for one in result.metrics
    )
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(model)}</th>"
        + "".join(f"<td>{_cell(line[one['name']])}</td>" for one in result.metrics)
        + "</tr>"
        for model, line in lines.items()
    )
    return (
        f"{STYLE}<div class='beside'><table aria-label='Scores beside the yardsticks'><thead><tr><th scope='col'>Model"
        f"</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


STYLE = """<style>
.beside {overflow-x: auto}
.beside table {width: 100%; border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums}
.beside th, .beside td {padding: .35rem .5rem; text-align: right; border-bottom: 1px solid rgba(128, 134, 145, .25)}
.beside th {font-weight: 600} .beside thead th {font-weight: 400; opacity: .8; cursor: help; white-space: nowrap}
.beside th:first-child {text-align: left; max-width: 15rem} .beside thead th:first-child {cursor: auto}
.beside tbody tr:last-child {background: rgba(128, 134, 145, .1)}
.beside small {display: block; opacity: .75; font-size: .75rem; white-space: nowrap}
</style>"""


def _cell(found: Mapping) -> str:
    if found["score"] is None:
        return "-"
    places = 2 if found["score"] >= 2 else 3  # bits of novelty
    score, low, high = (f"{found[key]:.{places}f}" for key in ("score", "low", "high"))
    return f"{score}<small>{low} to {high}</small>"


def scores_csv(result: BenchmarkResult, lines: Mapping[str, Mapping[str, Mapping]]) -> str:
    """The same table as text with commas: score, low and high of each measure in columns of their own."""
    found = [
        {"Model": model}
        | {
            heading(one) + end: line[one["name"]][key]
            for one in result.metrics
            for key, end in (("score", ""), ("low", " low"), ("high", " high"))
        }
        for model, line in lines.items()
    ]
    return pd.DataFrame(found).to_csv(index=False)


def _against_popularity(lines: Mapping[str, Mapping[str, Mapping]]) -> str:
    """Whether the run, the last line, is above the first one, which recommends the same to everybody."""
    (check, least), (_, own) = next(iter(lines.items())), list(lines.items())[-1]
    least, own = (next(iter(line.values())) for line in (least, own))
    rule = (
        f"Below each score its 95 % interval. {check} stands first as the check: a model that is not above it has "
        "learned no taste."
    )
    if own["low"] > least["high"]:
        return f"{rule} This run is above it."
    if own["high"] < least["low"]:
        return f":material/warning: {rule} **This run is below it.**"
    return f":material/warning: {rule} **This run is not shown to be above it.**"


def _what_it_says(result: BenchmarkResult) -> None:
    st.markdown("**What this settles, and what it does not**")
    if UNDECIDED in result.note:
        st.markdown(f":material/drag_handle: **{UNDECIDED}** The intervals of all of them overlap.")
    st.caption(plain(" ".join(result.note.replace(UNDECIDED, "").split())))
    st.caption(_leakage(result))
    with st.expander("How each is measured"):
        st.markdown("\n".join(f"- **{plain(heading(one))}**: {plain(one['about'])}" for one in result.metrics))


def _leakage(result: BenchmarkResult) -> str:
    """How many held-out choices training should not have known of; where there are any, the note says more."""
    leaked = result.held_out.get("leaked")
    asked = f"{result.n_used:,} of {result.n_total:,} people with held-out choices were asked."
    if leaked is None:
        return f"{asked} Without times nobody can say whether training has seen the future."
    return f"{asked} Leakage: {leaked:,} held-out choices are of items that were new in the latest tenth."
