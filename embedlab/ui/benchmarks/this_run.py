"""The Benchmarks page, this run: choose, score in a worker, read all scores, look closely at one."""

import html
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.core.glossary import term
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, ScoreOptions, applicable, options_of
from embedlab.store.runs import Run
from embedlab.store.scores import own_benchmarks, title_of
from embedlab.store.workspace import Workspace
from embedlab.ui.benchmarks import bias
from embedlab.ui.benchmarks.worth import FEW, chosen_first, usual
from embedlab.ui.parts.forms import Shown, config_form
from embedlab.ui.parts.frame import empty, recall, remember
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

GROUPS = {"bias": "Associations in the corpus", "geometry": "Shape of the space"}
KINDS = {
    "similarity": "Words",
    "analogy": "Words",
    "classes": "Words",
    "odd one out": "Words",
    "bias": "Bias",
    "geometry": "Shape",
    "sts": "Sentences",
    "probe": "Sentences",
    "search": "Retrieval",
    "classification": "Documents",
    "retrieval": "Documents",
    "recommendation": "Items",
}


def this_run(here: Workspace, run: Run) -> None:
    """Everything about the scores of one run."""
    at_work = start_form(here, run)
    results(here, run, at_work)


def start_form(here: Workspace, run: Run) -> bool:
    """Shows the choice of benchmarks with the button that scores them; True while they are scored."""
    corpus = here.run_corpus(run)
    names = applicable(corpus) + [str(path) for path in own_benchmarks(here)]
    chosen = st.multiselect(
        "Benchmarks",
        names,
        default=(first := chosen_first(run, names)),
        format_func=named,
        key=f"benchmarks_{run.id}",
        help="\n\n".join(
            f"**{BENCHMARKS[name].title}.** {BENCHMARKS[name].about}" for name in names if name in BENCHMARKS
        ),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        button = st.empty()
        options = how_to_score("score")
        spec = {"run": run.id, "benchmarks": chosen, "seed": 1, "options": options}
        button.button(
            "Score this run",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not chosen,
            on_click=start_scoring,
            args=(here, spec, f"Scoring {run.name}"),
        )
    left_out = [title_of(name) for name in usual(names) if name not in first]
    if left_out:
        st.caption(
            f"This run has the words of fewer than {FEW} items of {', '.join(left_out)}, so a score would say little. "
            "Choose them all the same if you like."
        )
    if corpus is None or not corpus.has_labels:
        st.caption(
            "Document classification and recall need a corpus with labels: choose a label column when you add it."
        )
    return show_job(here, "scoring")


def start_scoring(here: Workspace, spec: dict, title: str) -> None:
    """Hand the scoring to the workers; a callback, so that the page shows it waiting at once."""
    remember("scoring", jobs.start(here, "evaluate", spec, title=title))


def named(name: str) -> str:
    """A benchmark with what it is about."""
    return (
        f"{title_of(name)} · {KINDS.get(BENCHMARKS[name].task, 'Other')}"
        if name in BENCHMARKS
        else f"{title_of(name)} · yours"
    )


def how_to_score(key: str) -> dict:
    """The options chosen in a popover."""
    with st.popover("How to score", icon=":material/tune:"):
        return config_form(ScoreOptions, key=key, columns=1, shown=Shown(skip=options_of("recommendation")))


def show_job(here: Workspace, name: str) -> bool:
    """The job remembered under a name while it runs, how it failed, and what it left out; whether it is at work."""
    id = recall(name)
    if not id or not jobs.list_jobs(here, id=id):
        return False
    job = jobs.get(here, id)
    if job.active or job.status != "done":
        watch(id)
    for skipped in job.result.get("skipped", []):
        st.warning(plain(f"{title_of(skipped['benchmark'])}: {skipped['reason']}"))
    return job.active


# All scores of a run


def results(here: Workspace, run: Run, at_work: bool) -> None:
    """The scores of one run by kind: charts with intervals and baselines, tables, and one benchmark read closely."""
    found = [BenchmarkResult.from_dict(row["result"]) for row in here.scores(run_id=run.id)]
    found = [result for result in found if result.vocabulary["mode"] == "own"]
    if not found:
        empty(
            "No scores yet",
            "They appear here when all are there." if at_work else "Choose benchmarks above and score this run.",
        )
        return
    order = {name: i for i, name in enumerate(BENCHMARKS)}
    found.sort(key=lambda result: (order.get(result.benchmark, len(order)), result.title))
    main = [result for result in found if result.task not in GROUPS]
    st.header(f"Scores of {plain(run.name)}", anchor=False)
    if main:
        st.plotly_chart(plots.scores_forest(main), key="forest", config={"displayModeBar": False})
        st.dataframe(
            score_table(main), hide_index=True, column_config=COLUMNS, placeholder="-", alt="Scores of this run"
        )
        weak = [result.title for result in main if result.beats_chance is False]
        if weak:
            st.caption(f":material/warning: Not shown to be better than random vectors: {', '.join(weak)}.")
    associations([result for result in found if result.task == "bias"])
    for result in found:
        if result.task == "geometry":
            shape(result)
    closely(here, run, found)


COLUMNS = {
    "Score": st.column_config.NumberColumn(format="%.3f"),
    "Interval": st.column_config.TextColumn(help=term("interval")),
    "Random vectors": st.column_config.NumberColumn(
        format="%.3f", help="The same benchmark on random vectors of the same shape."
    ),
    "Without learning": st.column_config.TextColumn(
        help="What word frequency, word counts, BM25 or the most frequent label reach."
    ),
    "Used": st.column_config.TextColumn(
        "Items used", help="Items for which the run has a vector for every word, of all items."
    ),
    "Chance": st.column_config.TextColumn(
        "Beats chance", help="Whether the whole interval lies above that of random vectors."
    ),
}


def score_table(found: list[BenchmarkResult]) -> pd.DataFrame:
    """One row a score."""
    return pd.DataFrame(
        [
            {
                "Benchmark": result.title,
                "Metric": result.metric,
                "Score": result.score,
                "Interval": interval(result),
                "Chance": {True: "yes", False: "not shown", None: "-"}[result.beats_chance],
                "Random vectors": result.baseline,
                "Used": f"{result.n_used:,} of {result.n_total:,}",
                "Without learning": ", ".join(f"{one['score']:.3f} {one['name']}" for one in result.references) or None,
            }
            for result in found
        ]
    )


def interval(result: BenchmarkResult) -> str:
    return "-" if result.low is None else f"{result.low:.3f} to {result.high:.3f}"


def associations(found: list[BenchmarkResult]) -> None:
    """Effect sizes of the association tests with what they say."""
    if not found:
        return
    st.header(GROUPS["bias"], anchor=False)
    st.caption(
        "WEAT (Caliskan et al. 2017). An effect size of 0 is no association; the maximum is 2. "
        "The test shows what the corpus associates, not what is true or desirable."
    )
    st.plotly_chart(
        plots.scores_forest(found, title="Effect sizes with 95 % intervals"),
        key="bias_forest",
        config={"displayModeBar": False},
    )
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Test": result.title,
                    "Effect size": result.score,
                    "Interval": interval(result),
                    "p": next((metric["score"] for metric in result.metrics if metric["name"] == "p, two-sided"), None),
                    "Random vectors": result.baseline,
                    "Used": f"{result.n_used:,} of {result.n_total:,}",
                }
                for result in found
            ]
        ),
        hide_index=True,
        alt="Association tests",
        column_config=COLUMNS
        | {
            "Effect size": st.column_config.NumberColumn(format="%.2f"),
            "Used": "Words used",
            "p": st.column_config.NumberColumn(
                "p, two-sided", format="%.3f", help="Share of ways to part the words at random that differ as much."
            ),
        },
    )
    for result in found:
        st.markdown(f"**{plain(result.title)}.** {plain(result.note)}")


def shape(result: BenchmarkResult) -> None:
    """The numbers of the space, each with its sentence."""
    st.header(GROUPS["geometry"], anchor=False)
    st.caption(f"Each number beside its value on random vectors of the same shape. {result.note}")
    st.html(SHAPE_STYLE + "".join(_measure(one) for one in result.metrics) + "</div>")


def _measure(one: dict) -> str:
    score, low, high, random = (
        f"{one[key]:.1f}" if abs(one["score"]) >= 10 else f"{round(one[key], 3) + 0.0:.3f}"
        for key in ("score", "low", "high", "baseline")
    )
    return (
        f"<div><b>{html.escape(one['name'].capitalize())}</b><span class='value'>{score}</span>"
        f"<span>{low} to {high}</span><span>random {random}</span><p>{html.escape(one['about'])}</p></div>"
    )


SHAPE_STYLE = """<style>
.shape {font-size: .875rem; line-height: 1.45; container-type: inline-size}
.shape > div {display: grid; grid-template-columns: 9.5rem 4.5rem 9rem 7rem minmax(0, 1fr); column-gap: .75rem;
  padding: .55rem 0;
  border-bottom: 1px solid rgba(128, 134, 145, .25); align-items: baseline; font-variant-numeric: tabular-nums}
.shape .value {font-size: 1.1rem; font-weight: 600}
.shape span:not(.value) {opacity: .75}
.shape p {margin: 0; font-size: inherit}
@container (max-width: 700px) {
.shape > div {grid-template-columns: minmax(0, 1fr) auto; row-gap: .1rem} .shape p {grid-column: 1 / -1}
.shape .value {text-align: right}
.shape span:nth-of-type(3) {text-align: right}}
</style><div class="shape">"""


METRIC_COLUMNS = {
    "Value": st.column_config.NumberColumn(format="%.3f"),
    "Random vectors": st.column_config.NumberColumn(format="%.3f"),
    "What it says": st.column_config.TextColumn(width="large"),
    "BM25": st.column_config.NumberColumn(format="%.3f"),
}


def metric_table(result: BenchmarkResult, name: str) -> pd.DataFrame:
    """One row a metric."""
    rows = [
        {
            name: one["name"],
            "Value": one["score"],
            "Interval": "-" if one["low"] is None else f"{one['low']:.3f} to {one['high']:.3f}",
            "Random vectors": one.get("baseline"),
            "BM25": one.get("BM25"),
            "What it says": one.get("about"),
        }
        for one in result.metrics
    ]
    frame = pd.DataFrame(rows)
    return frame if frame["BM25"].notna().any() else frame.drop(columns="BM25")


# One score


def closely(here: Workspace, run: Run, found: list[BenchmarkResult]) -> None:
    """The parts, single items and missing words behind one score."""
    by_digest = {result.digest: result for result in found}
    st.header("Look closer", anchor=False)
    digest = st.selectbox(
        "Benchmark",
        list(by_digest),
        key="closer",
        label_visibility="collapsed",
        format_func=lambda digest: by_digest[digest].title,
    )
    result = by_digest[digest]
    if result.note:
        st.caption(result.note)
    rows = here.score_rows(run.id, digest)
    if result.task == "bias":
        bias.words_behind(here, run, result, rows)
    elif result.metrics and result.task != "geometry":
        st.dataframe(
            metric_table(result, "Metric"),
            hide_index=True,
            column_config=METRIC_COLUMNS,
            placeholder="-",
            alt="All metrics of this benchmark",
        )
    if result.parts and result.task != "bias":
        st.plotly_chart(
            plots.analogy_parts(result.parts, title="Score by category"), key="parts", config={"displayModeBar": False}
        )
    items(rows, result)
    if result.missing:
        with st.expander(f"{len(result.missing):,} words of this benchmark that the run does not have"):
            st.write(", ".join(result.missing[:500]) + (" …" if len(result.missing) > 500 else ""))


def _heading(name: str) -> str:
    """The name of a column as a heading; letters that are large, as in NDCG, stay so."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


WHAT = {"geometry": "greatest hubs", "recommendation": "people behind this score"}  # the rows of a score, by task
ITEM_COLUMNS = {
    "word1": "First word",
    "word2": "Second word",
    "human": "Rating by people",
    "cosine": "Cosine of the vectors",
}


def items(rows: list[dict], result: BenchmarkResult) -> None:
    """The single items behind a score, those that went wrong alone if so chosen."""
    if not rows:
        return
    what = WHAT.get(result.task, "items behind this score")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**The {len(rows):,} {what}**")
        wrong = "right" in rows[0] and st.toggle("Only what went wrong", key="only_wrong")
    frame = pd.DataFrame([row for row in rows if not (wrong and row["right"])])
    st.dataframe(
        frame.drop(columns="item", errors="ignore"),
        hide_index=True,
        height=300,
        placeholder="-",
        alt="Items behind the score",
        column_config={
            name: st.column_config.Column(ITEM_COLUMNS.get(name) or _heading(str(name))) for name in frame.columns
        },
    )
    st.download_button(
        "Download items",
        frame.to_csv(index=False),
        f"{Path(result.benchmark).stem} items.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
