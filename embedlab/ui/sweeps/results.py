"""The results of a sweep: progress, the best so far, what the numbers say, charts whose points lead to their runs."""

import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.core.sizes import count_of, duration
from embedlab.jobs import Job
from embedlab.lab.examples import examples_in
from embedlab.models import MODELS
from embedlab.store.trash import Deleted
from embedlab.store.workspace import Workspace
from embedlab.sweeps import Board, Point, begin, delete_sweep, list_sweeps, read_board, remaining, title_of
from embedlab.sweeps.presets import neighbour_lists
from embedlab.sweeps.reading import read, seconds_of
from embedlab.ui.parts.delete import Removal, ask, delete_button, deleted_lately, undo_bar
from embedlab.ui.parts.frame import empty, link, metrics, recall, remember, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import STATES, watch
from embedlab.ui.sweeps import charts


def open_view(here: Workspace) -> None:
    """Where the page opens: at the results once there are any, and at those of a sweep that has just begun."""
    if st.session_state.pop("sweep_began", False) or "sweeps_view" not in st.session_state:
        st.session_state["sweeps_view"] = "Results" if _own(here) else "Lessons"


def _own(here: Workspace) -> list[dict]:
    """The sweeps that compare settings; checks of stability stand with their runs."""
    return [row for row in list_sweeps(here) if row["spec"]["purpose"] != "seeds"]


def results(here: Workspace) -> None:
    """One sweep, chosen at the top."""
    undo_bar(here, "sweep")
    rows = {row["id"]: row for row in _own(here)}
    if not rows:
        empty("No sweep yet", "Start a lesson, or a sweep of your own: choose the view above.")
        deleted_lately(here, "sweep")
        return
    chosen = recall("sweep")
    id = st.selectbox(
        "Sweep",
        list(rows),
        index=list(rows).index(chosen) if chosen in rows else 0,
        format_func=lambda id: _title(rows[id]),
        key="pick_sweep",
    )
    remember("sweep", id)
    found = jobs.list_jobs(here, id=id)
    job = None
    if found and (found[0].active or found[0].status in ("failed", "interrupted")):
        job = watch(id)
    active = job is not None and job.active
    if not active:
        _going_on(here, rows[id], found[0] if found else None)
    st.fragment(_board, run_every=2.0 if active else None)(id)
    deleted_lately(here, "sweep")


def _title(row: dict) -> str:
    return f"{row['name']} · {pd.Timestamp(row['created']):%d %b, %H:%M}"


def _going_on(here: Workspace, row: dict, job: Job | None) -> None:
    """Resume what is left, or delete the sweep."""
    id = row["id"]
    left = remaining(read_board(here, id))
    removal = Removal(
        "sweep", id, row["name"], "All of its runs, with vectors and scores, go with it.", lambda: _delete(here, id)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if left:
            st.button(
                f"Resume, {count_of(left, 'run')} left",
                type="primary",
                icon=":material/resume:",
                on_click=begin,
                args=(here, id),
                help="Finished runs are kept. Interrupted runs resume from their checkpoints.",
            )
        delete_button(removal)
        if left and job is not None and job.result.get("ended") == "budget":
            st.caption("The time limit ended the sweep before all settings were trained.")
        elif left and job is not None and job.status == "cancelled":
            st.caption("The sweep was cancelled before all settings were trained.")
    ask(removal)


def _delete(here: Workspace, id: str) -> Deleted:
    gone = delete_sweep(here, id)
    remember("sweep", None)
    return gone


def _board(id: str) -> None:
    """The sweep as it stands."""
    here = workspace()
    board = read_board(here, id)
    if board.best is None:
        active = jobs.list_jobs(here, id=id, status=["queued", "running"])
        st.caption(
            "The first results appear here as soon as a run has ended."
            if active or not board.trials
            else " ".join(read(board))
        )
        return
    _headline(board)
    measure = _measure(board)
    views = charts.views(board, measure)
    view = st.segmented_control(
        "Chart",
        list(views),
        default=next(iter(views)),
        required=True,
        key=f"sweep_chart_{id}_{len(views)}",
        label_visibility="collapsed",
    )
    left, right = st.columns([7, 4], gap="large")
    with left:
        number = views[view](board, measure)
    if number is not None:
        st.session_state[f"sweep_point_{id}"] = number
    with right:
        _reading(here, board)
    chosen = st.session_state.get(f"sweep_point_{id}", board.best.number)
    point = next((point for point in board.points if point.number == chosen), board.best)
    left, right = st.columns(2, gap="large")
    with left:
        _point(here, board, point)
    with right:
        _neighbours(here, board, point)


def _headline(board: Board) -> None:
    best, value = board.best, board.best.measure(board.objective)
    alone = "one seed" if board.spec.seeds == 1 else f"{value.n} of {count_of(board.spec.seeds, 'seed')} so far"
    spread = alone if value.low is None else f"95 % interval {value.low:.3f} to {value.high:.3f}, {value.n} seeds"
    facts = [
        (
            "Best "
            f"{title_of(board.objective).lower() if not board.spec.larger_is_better else title_of(board.objective)}",
            f"{value.mean:.3f}",
            spread,
        ),
        ("Found with", best.label, "The best settings."),
        (
            "Runs done",
            f"{sum(trial.status == 'done' for trial in board.trials)} of {board.spec.most_trials}",
            "A run is one training, with one seed.",
        ),
    ]
    pruned = sum(point.pruned for point in board.points)
    if pruned:
        facts.append(
            (
                "Stopped early",
                count_of(pruned, "setting"),
                "Their held-out loss lagged behind the others.",
            )
        )
    if board.ties and value.low is not None:
        facts.append(
            (
                "Not told apart from it",
                count_of(len(board.ties), "setting"),
                "The seeds cannot tell them from the best, all settings taken together.",
            )
        )
    metrics(*facts)


def _measure(board: Board) -> str:
    names = sorted(
        (name for name in board.measures if name != "seconds"), key=lambda name: not name.startswith("same-")
    )  # what a lesson shows first
    if len(names) == 1:
        return names[0]
    key = f"sweep_measure_{board.id}_{len(names)}"
    if len(names) > 4:
        return st.selectbox("Measure", names, format_func=title_of, key=key, width=420)
    return st.segmented_control(
        "Measure", names, default=names[0], required=True, format_func=title_of, key=key, label_visibility="collapsed"
    )


def _reading(here: Workspace, board: Board) -> None:
    sentences = read(board)
    with st.container(border=True, height=460 if len(sentences) > 6 else "content"):
        st.markdown("**What the numbers say**")
        if jobs.list_jobs(here, id=board.id, status=["queued", "running"]):
            st.caption("Written when the sweep has ended: until then settings have different numbers of seeds.")
            return
        for sentence in sentences:
            st.markdown(plain(sentence))


def _point(here: Workspace, board: Board, point: Point) -> None:
    """One point closely: its measures and its runs."""
    st.header(plain(point.label[:1].upper() + point.label[1:]), anchor=False)
    st.caption(
        f"Setting {point.number + 1}, {MODELS[point.family].title}, {duration(seconds_of(point))} per seed. "
        "Click another in the chart."
    )
    rows = []
    for name in board.measures:
        value, n = point.measure(name), point.n(name)
        if value is not None and name != "seconds":
            rows.append(
                {
                    "Measure": title_of(name),
                    "Mean and interval": str(value),
                    "People asked" if board.spec.held_out else "Items used": f"{n[0]:,} of {n[1]:,}" if n else "-",
                }
            )
    if rows:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={"Measure": st.column_config.TextColumn(width=150)},
            alt="Measures of the setting",
        )
    frame = pd.DataFrame(
        [
            {
                "Seed": trial.seed,
                "Status": STATES[trial.status][0],
                title_of(board.objective): trial.measures.get(board.objective),
            }
            for trial in point.trials
        ]
    )
    st.dataframe(
        frame,
        hide_index=True,
        column_config={title_of(board.objective): st.column_config.NumberColumn(format="%.4f")},
        alt="Runs of the setting",
    )
    for trial in point.trials:
        if trial.message and trial.status != "cancelled":
            st.caption(f"Seed {trial.seed}: {plain(trial.message)}")
    done = [trial for trial in point.trials if trial.status == "done"]
    if done:
        with st.container(horizontal=True):
            if MODELS[point.family].has_vectors:
                if st.button("Show its map", icon=":material/scatter_plot:", key=f"sweep_map_{board.id}"):
                    _open(done[0].run, "pages/map.py")
                if st.button("Ask for neighbours", icon=":material/hub:", key=f"sweep_ask_{board.id}"):
                    _open(done[0].run, "pages/neighbours.py")
            if board.spec.held_out and st.button(
                "Recommend", icon=":material/recommend:", key=f"sweep_recommend_{board.id}"
            ):
                _open(done[0].run, "pages/recommend.py")


def _open(run: str, page: str) -> None:
    remember("run", run)
    if "framed" in st.session_state:
        st.switch_page(page)
    else:
        link(page, "Opened", icon=":material/arrow_forward:")


def _neighbours(here: Workspace, board: Board, point: Point) -> None:
    """A word's neighbours at every value of one setting side by side, or at the chosen point."""
    done = [
        trial.run
        for each in board.points
        for trial in each.trials[:1]
        if trial.status == "done" and MODELS[each.family].has_vectors
    ]
    if not done:
        return
    words = _words(board.spec.corpus_id, here)
    word = st.text_input(
        "Neighbours of",
        value=words[0] if words else "",
        key=f"sweep_word_{board.id}",
        help="At each setting, of its first seed.",
    ).strip()
    lists = _lists(board.id, word, tuple(done), board)
    if not lists:
        st.caption(
            f"None of these runs knows {plain(word)}. Try {', '.join(plain(each) for each in words[:4])}."
            if word
            else "Type a word."
        )
        return
    shown = (
        lists
        if len(board.names) == 1
        else {label: found for label, found in lists.items() if label in (point.label, board.best.label)}
    )
    st.dataframe(pd.DataFrame.from_dict(shown, orient="index").T, hide_index=True, alt="Neighbours side by side")
    if len(board.names) > 1:
        st.caption("At the chosen setting and at the best one.")


@st.cache_data(show_spinner="Reading vectors", max_entries=64)
def _lists(id: str, word: str, done: tuple[str, ...], _board: Board) -> dict[str, list[str]]:
    return neighbour_lists(workspace(), _board, word)


@st.cache_data(show_spinner=False, max_entries=16)
def _words(corpus_id: str, _here: Workspace) -> list[str]:
    return examples_in(_here.data_set(corpus_id).vocabulary, 12)[0]
