"""The Benchmarks page, runs side by side: scored alike, ranked with intervals, and whether they differ at all."""

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.evaluation import BENCHMARKS, applicable
from embedlab.evaluation.paired import Place, p_text
from embedlab.jobs.specs import same_but_seed
from embedlab.store.runs import Run
from embedlab.store.scores import VOCABULARIES, Reference, claims, leaderboard, own_benchmarks, scored_alike
from embedlab.store.workspace import Workspace
from embedlab.ui.benchmarks.of_items import length_control
from embedlab.ui.benchmarks.this_run import COLUMNS, how_to_score, interval, named, show_job
from embedlab.ui.parts.frame import empty, remember
from embedlab.ui.parts.text import plain

AT_FIRST = 4  # runs chosen to begin with


def compare_runs(here: Workspace, run: Run) -> None:
    """Runs on one benchmark, chosen, scored alike and ranked."""
    done = comparable(here, run)
    if len(done) < 2:
        empty(
            "Only one finished run" if not run.recommends else "No other run of these choices",
            "Train another, with one setting changed or another seed, and compare.",
            "pages/train.py",
            "Train a model",
        )
        return
    left, right = st.columns([3, 2])
    with left:
        benchmark = _benchmark(here, run)
    with right:
        vocabulary, options = ("own", {"k": length_control("rank_k")}) if run.recommends else (_vocabulary(), None)
    by_id = {each.id: each for each in done}
    same = [each.id for each in done if each.spec.corpus_id == run.spec.corpus_id and each.id != run.id]
    chosen = st.multiselect(
        "Runs",
        list(by_id),
        default=[run.id, *same][:AT_FIRST],
        format_func=lambda id: by_id[id].name,
        key=f"rank_runs_{run.id}",
    )
    runs = [by_id[id] for id in chosen]
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button(
            "Score these runs alike", type="primary", icon=":material/play_arrow:", disabled=len(runs) < 2
        )
        options = how_to_score("rank") if options is None else options
    if start:
        spec = {"runs": chosen, "benchmark": benchmark, "vocabulary": vocabulary, "options": options, "seed": 1}
        remember("ranking", jobs.start(here, "rank", spec, title=f"Scoring {len(runs)} runs on {named(benchmark)}"))
    at_work = show_job(here, "ranking")
    if len(runs) < 2:
        st.caption("Choose two runs or more.")
        return
    digest = scored_alike(here, runs, benchmark, vocabulary=vocabulary, options=options)
    if digest is None and at_work:
        return
    if digest is None:
        empty(
            "These runs have not been scored alike yet",
            "Press Score these runs alike. A ranking needs the same data, options and vocabulary.",
        )
        return
    state = (
        tuple((each.id, each.name) for each in runs),
        tuple(row["created"] for row in here.scores(digest=digest, run_id=chosen)),
    )
    standings(_leaderboard(digest, state, here, runs), vocabulary)


def comparable(here: Workspace, run: Run) -> list[Run]:
    """The finished runs that may be ranked with this one: those of texts, or those of the same choices."""
    done = [each for each in here.runs() if each.status == "done" and (each.sweep is None or each.id == run.id)]
    if run.recommends:
        return [each for each in done if each.recommends and each.spec.corpus_id == run.spec.corpus_id]
    return [each for each in done if not each.recommends]


def _benchmark(here: Workspace, run: Run) -> str:
    """The benchmark chosen of those that apply to the data of a run."""
    if run.recommends:
        data = here.run_interactions(run)
        names, key = [] if data is None else applicable(data), "rank_benchmark_items"
    else:
        words = [name for name in applicable(here.run_corpus(run)) if name != "geometry"]
        names, key = words + [str(path) for path in own_benchmarks(here)], "rank_benchmark"
    return st.selectbox("Benchmark", names, key=key, format_func=named, persist_state="session")


def _vocabulary() -> str:
    return st.segmented_control(
        "Vocabulary",
        list(VOCABULARIES),
        default="own",
        required=True,
        key="rank_vocabulary",
        persist_state="session",
        format_func=str.capitalize,
        help="**Own**: every run with all its words, so that a run with more of them answers more. "
        "**Shared**: only words that all runs compared have, also as answers.",
    )


@st.cache_resource(max_entries=16, show_spinner="Comparing the runs")
def _leaderboard(digest: str, state: tuple, _here: Workspace, _runs: list[Run]) -> list[tuple[Run | Reference, Place]]:
    """The ranking, kept until a run is renamed or scored anew; resampling many items takes a moment."""
    return leaderboard(_here, digest, runs=_runs)


def standings(places: list[tuple[Run | Reference, Place]], vocabulary: str) -> None:
    """The ranking: outcome in a sentence, chart with intervals, table with p-values."""
    best, first = places[0]
    st.header(plain(f"{first.result.title}, {first.result.metric}"), anchor=False)
    of_items = first.result.task == "recommendation"
    shared = first.result.vocabulary.get("words")
    said = f"Vocabulary: {VOCABULARIES[vocabulary]}{f' ({shared:,})' if shared else ''}. "
    st.caption(f"{BENCHMARKS[first.result.benchmark].about + ' ' if of_items else said}Seed {first.result.seed}.")
    _outcome(places)
    st.caption(plain(claims(places)))
    st.plotly_chart(
        plots.scores_forest(
            [place.result for _, place in places],
            names=[run.name for run, _ in places],
            title=f"{first.result.title} with 95 % intervals",
        ),
        key="standings",
        config={"displayModeBar": False},
    )
    frame = pd.DataFrame([_line(run, place) for run, place in places])
    if of_items:
        frame = frame.drop(columns="Random vectors")
    st.dataframe(
        frame,
        hide_index=True,
        column_config=COLUMNS | RANK_COLUMNS | (ITEM_COLUMNS if of_items else {}),
        placeholder="-",
        alt="Runs ranked on this benchmark",
    )
    st.download_button(
        "Download table",
        frame.to_csv(index=False),
        "ranking.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    if len({place.result.n_used for _, place in places}) > 1:
        st.caption("The runs could use different numbers of items. Each is compared on the items both could use.")
    runs = [run for run, _ in places[1:] if isinstance(run, Run)]
    if isinstance(best, Run) and (twins := [run.name for run in runs if same_but_seed(best, run)]):
        st.caption(
            f":material/info: {plain(best.name)} and {plain(', '.join(twins))} differ in nothing but the seed of "
            "training, so their difference is noise, however small p is."
        )
    others = "people" if of_items else "items of this kind"
    st.caption(
        f"The p-value asks whether other {others} would show the same order. It does not say whether another "
        "training would: train with other seeds and compare those runs."
    )


def _line(run: Run | Reference, place: Place) -> dict:
    """One row of the table; a reference such as BM25 has no settings."""
    result = place.result
    return {
        "Run": run.name,
        "Score": result.score,
        "Interval": interval(result),
        "Behind the best": _behind(place),
        "p": _p(place),
        "Outcome": place.verdict,
        "Random vectors": result.baseline,
        "Used": f"{result.n_used:,} of {result.n_total:,}",
        **_settings(run),
    }


def _settings(run: Run | Reference) -> dict:
    if not isinstance(run, Run):
        return dict.fromkeys(("Size", "Window", "Epochs", "Run's seed"))
    config = run.spec.config
    return {
        "Size": run.summary.get("dim"),
        "Window": config.get("window"),
        "Epochs": config.get("epochs"),
        "Run's seed": run.spec.seed,
    }


RANK_COLUMNS = {
    "p": st.column_config.TextColumn(
        "p",
        help="Paired randomisation test against the best run, on items both can score. It holds for all pairs of the "
        "ranking at once, because the best is chosen from the same items.",
    ),
    "Behind the best": st.column_config.TextColumn(
        help="How far this run is behind the best, on the items both can score, with a 95 % interval. The intervals "
        "hold for all pairs of the ranking at once."
    ),
}


ITEM_COLUMNS = {
    "Used": st.column_config.TextColumn("People asked", help="People with held-out choices whom training knows."),
}


def _outcome(places: list[tuple[Run | Reference, Place]]) -> None:
    """The comparison of the first two in a sentence, set apart when nothing is shown."""
    (best, _), (second, place) = places[:2]
    found = place.difference
    if found is None:
        st.markdown(f"**{plain(second.name)}: {place.verdict}.**")
        return
    icon = ":material/check_circle:" if found.shown else ":material/drag_handle:"
    evidence = found.evidence()
    with st.container(border=True):
        st.markdown(f"{icon} **{plain(found.claim(f'“{best.name}”', f'“{second.name}”'))}**")
        st.caption(plain(f"{evidence[:1].upper()}{evidence[1:]}."))


def _behind(place: Place) -> str:
    found = place.difference
    return "-" if found is None else f"{found.difference:.3f} ({found.low:+.3f} to {found.high:+.3f})"


def _p(place: Place) -> str:
    return "-" if place.difference is None else p_text(place.p).removeprefix("= ")
