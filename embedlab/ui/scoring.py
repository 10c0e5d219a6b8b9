"""The parts of the Benchmarks page: choose, score in a worker, read one score closely, compare all runs."""

import hashlib
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.errors import EmbedLabError
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, applicable, load_benchmark
from embedlab.ui.frame import empty, recall, remember
from embedlab.ui.watch import watch
from embedlab.workspace import Run, Workspace, write_bytes


def start_form(here: Workspace, run: Run) -> None:
    """Which benchmarks to run, one's own files among them, and the button that starts them."""
    corpus = here.run_corpus(run)
    names = applicable(corpus) + [str(path) for path in sorted((here.home / "benchmarks").glob("*/*"))]
    chosen = st.multiselect("Benchmarks", names, default=[name for name in names if name in BENCHMARKS], format_func=title_of, key=f"benchmarks_{run.id}")
    if corpus is None or not corpus.has_labels:
        st.caption("Document classification and recall need a corpus with labels: choose a label column when you add it.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Score this run", type="primary", icon=":material/play_arrow:", disabled=not chosen):
            id = jobs.start(here, "evaluate", {"run": run.id, "benchmarks": chosen, "seed": 1}, title=f"Scoring {run.name}")
            remember("scoring", id)
        with st.popover("Add your own benchmark", icon=":material/upload_file:"):
            own_file(here)
    id = recall("scoring")
    if id and jobs.list_jobs(here, id=id):
        job = jobs.get(here, id)
        if job.active or job.status != "done":
            watch(id)
        for skipped in job.result.get("skipped", []):
            st.warning(f"{title_of(skipped['benchmark'])}: {skipped['reason']}")


def title_of(name: str) -> str:
    """A benchmark as people call it; a file by its name."""
    return BENCHMARKS[name].title if name in BENCHMARKS else Path(name).name


def own_file(here: Workspace) -> None:
    """Take in a similarity or analogy file, checked before it is kept."""
    st.caption("Word pairs: two words and a score a line. Analogies: four words a line, with lines “: category” between them.")
    file = st.file_uploader("Benchmark file", type=["txt", "tsv", "csv"], key="own_benchmark")
    if file is None:
        return
    data = file.getvalue()
    path = here.home / "benchmarks" / hashlib.blake2b(data, digest_size=6).hexdigest() / safe_name(file.name)
    if path.exists():
        st.caption(f"{path.name} is in the list.")
        return
    try:
        write_bytes(path, data)
        load_benchmark(path)
        st.rerun()
    except EmbedLabError as error:
        path.unlink(missing_ok=True)
        st.error(str(error))


def safe_name(name: str) -> str:
    """The user's file name with nothing in it that a path could stumble over."""
    kept = "".join(character if character.isalnum() or character in "._- " else "_" for character in Path(name).name)
    return kept.strip(". ")[:80] or "benchmark.txt"


def results(here: Workspace, run: Run) -> None:
    """The scores of one run: a chart with intervals and baselines, and one benchmark read closely."""
    rows = here.scores(run_id=run.id)
    if not rows:
        empty("No scores yet", "Choose benchmarks above and score this run.")
        return
    found = [BenchmarkResult.from_dict(row["result"]) for row in rows]
    order = {name: i for i, name in enumerate(BENCHMARKS)}
    found.sort(key=lambda result: order.get(result.benchmark, len(order)))
    st.subheader(f"Scores of {run.name}", anchor=False)
    st.plotly_chart(plots.scores_forest(found), key="forest", config={"displayModeBar": False})
    st.dataframe(score_table(found), hide_index=True, column_config=COLUMNS, alt="Scores of this run")
    for result in found:
        if result.note:
            st.caption(f"{result.title}: {result.note}")
    closely(here, run, found)


COLUMNS = {
    "Score": st.column_config.NumberColumn(format="%.3f"),
    "Interval": st.column_config.TextColumn(help="95 % bootstrap interval over the items."),
    "Random vectors": st.column_config.NumberColumn(format="%.3f", help="The same benchmark on random vectors of the same shape."),
    "Used": st.column_config.TextColumn("Items used", help="Items for which the run has a vector for every word, of all items."),
}


def score_table(found: list[BenchmarkResult]) -> pd.DataFrame:
    """One row a score."""
    return pd.DataFrame([{
        "Benchmark": result.title, "Metric": result.metric, "Score": result.score,
        "Interval": "-" if result.low is None else f"{result.low:.3f} to {result.high:.3f}",
        "Random vectors": result.baseline, "Used": f"{result.n_used:,} of {result.n_total:,}"} for result in found])


def closely(here: Workspace, run: Run, found: list[BenchmarkResult]) -> None:
    """The categories and single items behind one score."""
    by_title = {result.title: result for result in found}
    st.subheader("Look closer", anchor=False)
    title = st.selectbox("Benchmark", list(by_title), key="closer", label_visibility="collapsed")
    result = by_title[title]
    if result.parts:
        st.plotly_chart(plots.analogy_parts(result.parts), key="parts", config={"displayModeBar": False})
    rows = here.score_rows(run.id, result.digest)
    if rows:
        st.markdown(f"**The {len(rows):,} items behind this score**")
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=300, alt="Items behind the score")
    if result.missing:
        with st.expander(f"{len(result.missing):,} words of this benchmark that the run does not have"):
            st.write(", ".join(result.missing[:500]) + (" …" if len(result.missing) > 500 else ""))


def all_runs(here: Workspace) -> None:
    """Every score of every run in one sortable table."""
    runs = {run.id: run for run in here.runs(sweep=None)}
    rows = [row for row in here.scores() if row["run_id"] in runs]
    if not rows:
        return
    st.subheader("All runs", anchor=False)
    st.caption("Compare scores only where the items used are the same: a smaller vocabulary answers fewer, often easier, questions.")
    frame = pd.DataFrame([{"Run": runs[row["run_id"]].name, "Size": runs[row["run_id"]].summary.get("dim"),
                           "Window": runs[row["run_id"]].spec.config.get("window"), "Epochs": runs[row["run_id"]].spec.config.get("epochs")}
                          | score_table([BenchmarkResult.from_dict(row["result"])]).iloc[0].to_dict() for row in rows])
    st.dataframe(frame, hide_index=True, column_config=COLUMNS, alt="Scores of all runs")
    st.download_button("Download table", frame.to_csv(index=False), "scores.csv", "text/csv", icon=":material/download:", on_click="ignore")
