"""An association test read closely: which words drive it, and the sentences of the corpus in which they do."""

import html

import streamlit as st

from embedlab import plots
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, load_benchmark
from embedlab.evaluation.files.word_files import Association
from embedlab.explain.associations import REACH, Driver, drivers
from embedlab.explain.contexts import window_of
from embedlab.store.runs import Run
from embedlab.store.scores import own_benchmarks
from embedlab.store.workspace import Workspace
from embedlab.ui.neighbours.why import NO_CORPUS, STYLE, ready

EACH_END = 3  # words whose sentences are shown


def words_behind(here: Workspace, run: Run, result: BenchmarkResult, rows: list[dict]) -> None:
    """The association of every target word, and what the strongest of them stand beside in the corpus."""
    test, corpus = _test(here, result), here.run_corpus(run)
    if test is None or not rows:
        return
    (first, near_first), (second, near_second) = test.attributes
    st.plotly_chart(plots.association_bars(rows, (first, second)), key="associations", config={"displayModeBar": False})
    st.markdown("**What drives it in the corpus**")
    if corpus is None:
        st.caption(NO_CORPUS)
    elif ready(corpus, window_of(run.spec.model, run.spec.config)):
        order = [row["word"] for row in sorted(rows, key=lambda row: -row["association"])]
        found = drivers(corpus, list(dict.fromkeys(order[:EACH_END] + order[-EACH_END:])), near_first, near_second)
        st.caption(
            f"How often the words at both ends have a word of either list among the {REACH} words on either side."
        )
        st.html(STYLE + _head(first, second) + "".join(map(_row, found)) + "</div>")


def _test(here: Workspace, result: BenchmarkResult) -> Association | None:
    """The word lists behind a result; None if its file has been removed."""
    if result.benchmark in BENCHMARKS:
        return load_benchmark(BENCHMARKS[result.benchmark].path)
    for path in own_benchmarks(here):
        if path.name == result.benchmark and isinstance(items := load_benchmark(path), Association):
            return items
    return None


def _head(first: str, second: str) -> str:
    return (
        f"<div class='head'><span>Word</span><span>Near {html.escape(first)}, near {html.escape(second)}</span>"
        "<span>Sentences of the side it meets more often</span></div>"
    )


def _row(driver: Driver) -> str:
    said = "".join(f"<p>{''.join(_piece(*piece) for piece in sentence.pieces)}</p>" for sentence in driver.sentences)
    share = [f"{near / max(driver.looked_at, 1):.1%}" for near in (driver.near_first, driver.near_second)]
    return (
        f"<div class='row'><span><b>{html.escape(driver.word)}</b><small>{driver.looked_at:,} ×</small></span>"
        f"<span>{share[0]}, {share[1]}</span><span class='said'>{said or 'It stands beside none of them.'}</span></div>"
    )


def _piece(text: str, mark: str) -> str:
    return f"<mark class='{mark[0]}'>{html.escape(text)}</mark>" if mark else html.escape(text)
