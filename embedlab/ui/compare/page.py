"""The parts of the Compare page: two sides, the job that compares them, both maps with one selection, what moved."""

import html
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.data.points import Points
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.explain.compare import Comparison
from embedlab.jobs.map_specs import CompareSpec, drawn_by, map_title
from embedlab.jobs.specs import new_training, same_but_seed
from embedlab.jobs.tasks import comparison_path
from embedlab.models import DEFAULT
from embedlab.plots.style import shortened
from embedlab.plots.webmap import Morph, PointCloud, View
from embedlab.projections import PROJECTIONS
from embedlab.projections.colouring.attributes import attribute_colour, colourable
from embedlab.projections.colouring.colours import Colour, colour_points
from embedlab.projections.colouring.drawn import Drawn
from embedlab.store.items import items_of, points_of
from embedlab.store.runs import START, Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map.component import last_state, scatter
from embedlab.ui.parts.frame import describe, empty, metrics, pick_corpus, recall, remember, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch
from embedlab.ui.runs.page import model_title

WORDS = (500, 1000, 2000, 5000, 10_000, 20_000)
WINDOWS = (2, 15)
MOST_ROWS = 300
SIDES = ("left", "right")


# Choosing two sides


def sides(here: Workspace) -> CompareSpec | None:
    """The comparison asked for by the widgets at the top; None, with the way out shown, while there is nothing to compare."""
    wanted = {recall(side) for side in SIDES}
    done = [run for run in here.runs() if run.status == "done" and (run.sweep is None or run.id in wanted)]
    if not done:
        empty(
            "No finished run yet",
            "Train a model, or two at once below, and compare what they have learned.",
            "pages/train.py",
            "Train a model",
        )
        return None
    pair = _first_pair(done)
    done = [side for run in done for side in ([run] if run.before("words") is None else [run, run.began()])]
    for side, id, method in zip(SIDES, pair, ("pca" if len(done) == 1 else "umap", "umap"), strict=True):
        known = recall(side)
        st.session_state.setdefault(f"compare.{side}", known if known in {run.id for run in done} else id)
        st.session_state.setdefault(f"compare.{side}.method", recall(f"{side}.map") or method)
    st.session_state.setdefault("compare.limit", next((n for n in WORDS if str(n) == recall("words")), 2000))
    st.session_state.setdefault("compare.what", "documents" if recall("compared") == "documents" else "words")
    what = st.session_state["compare.what"] if _share_documents(here, done) else "words"
    chosen = [_side(here, side, done, what, column) for side, column in zip(SIDES, st.columns(2), strict=True)]
    what, limit = _what_and_how_many(here, done)
    if chosen[0] == chosen[1]:
        st.caption(
            ":material/info: Both sides are the same run and the same map, so nothing can differ. Choose another run or "
            "another map for one side."
        )
        return None
    (a, first), (b, second) = chosen
    return CompareSpec(a, b, (first, second), limit, what=what)


def _share_documents(here: Workspace, done: list[Run]) -> bool:
    """Whether the runs chosen on both sides have vectors of the same documents."""
    by_id = {run.id: run for run in done}
    runs = [by_id.get(st.session_state[f"compare.{side}"]) for side in SIDES]
    if None in runs or runs[0].spec.corpus_id != runs[1].spec.corpus_id or here.run_corpus(runs[0]) is None:
        return False
    return all(not run.has_documents or run.documents is not None for run in runs)  # a start may keep words alone


def _what_and_how_many(here: Workspace, done: list[Run]) -> tuple[str, int]:
    """Words, or documents where both sides have them, and how many."""
    what = "words"
    with st.container(horizontal=True, gap="large"):
        if _share_documents(here, done):
            what = st.segmented_control(
                "Compare",
                ["words", "documents"],
                key="compare.what",
                required=True,
                persist_state="session",
                format_func=str.capitalize,
            )
        limit = st.select_slider(
            what.capitalize(),
            WORDS,
            key="compare.limit",
            format_func="{:,}".format,
            persist_state="session",
            width=440,
            help="The most frequent words that both have. Rare words move for want of text; fewer words show less of that."
            if what == "words"
            else "Evenly spaced over the corpus.",
        )
    remember("words", str(limit))
    remember("compared", what)
    return what, limit


def _first_pair(done: list[Run]) -> tuple[str, str]:
    """The two newest runs on one corpus, the older one first; else the two newest, or one run twice."""
    for run in done:
        same = [other for other in done if other.spec.corpus_id == run.spec.corpus_id is not None]
        if len(same) > 1:
            return same[1].id, same[0].id
    return done[min(1, len(done) - 1)].id, done[0].id


def _side(here: Workspace, side: str, done: list[Run], what: str, column) -> tuple[str, str | dict]:
    """The run of one side, and how its map is drawn."""
    by_id = {run.id: run for run in done}
    if st.session_state[f"compare.{side}"] not in by_id:  # deleted meanwhile
        st.session_state[f"compare.{side}"] = done[0].id
    id = column.selectbox(
        {"left": "First run", "right": "Second run"}[side],
        list(by_id),
        key=f"compare.{side}",
        persist_state="session",
        format_func=lambda id: by_id[id].name,
    )
    maps = _maps_of(here, id, what)
    if st.session_state[f"compare.{side}.method"] not in maps:  # of another run
        st.session_state[f"compare.{side}.method"] = "umap"
    method = column.selectbox(
        {"left": "First map", "right": "Second map"}[side],
        list(maps),
        key=f"compare.{side}.method",
        persist_state="session",
        format_func=lambda name: map_title(maps[name]),
        help="Every method with its usual settings, and with those of the maps of this run that were drawn on the page Map. "
        "It is drawn anew, of what is compared.",
    )
    remember(side, id)
    remember(f"{side}.map", method)
    return id, maps[method]


def _maps_of(here: Workspace, run_id: str, what: str) -> dict[str, str | dict]:
    """Ways to draw the map of a run: every method with usual settings, and the settings of its stored maps by id."""
    found: dict[str, str | dict] = {name: name for name in PROJECTIONS}
    for row in here.maps(run_id.removesuffix(START)):
        with suppress(BadSetting):  # of a setting that is no longer
            drawn = drawn_by(row["spec"])
            if row["spec"]["what"] == what and drawn not in found.values():
                found[row["id"]] = drawn
    return found


# The job


def stored_or_started(here: Workspace, spec: CompareSpec) -> bool:
    """Whether the comparison has been made; else the button that makes it in a worker, or the job that does."""
    if comparison_path(here, spec).exists():
        return True
    title = spec.title((here.run(spec.a).name, here.run(spec.b).name))
    if st.session_state.pop("compare_at_once", False):
        jobs.start(here, "compare", spec.json, title=title)
    job = jobs.newest(here, "compare", spec.json)
    if job is not None and watch(job.id).active:
        return False
    if st.button("Compare", type="primary", icon=":material/compare:"):
        jobs.start(here, "compare", spec.json, title=title)
        st.rerun()
    what = spec.what
    empty(
        "These two have not been compared yet",
        f"Both maps are drawn of the same {what} and laid over each other, and every {what[:-1]}'s neighbours are "
        "compared. The result is stored: next time it appears at once.",
    )
    return False


# Two trainings at once


def two_windows(here: Workspace) -> None:
    """A small window against a large one on a corpus of the reader's choice, trained and compared by one button."""
    small, large = WINDOWS
    with st.container(border=True):
        st.markdown(f"**Window {small} against window {large}**")
        st.caption(
            "A small window brings together words of one kind, that can stand for each other; a large one words of one topic. "
            "Both trainings use Word2Vec's own defaults and the same seed."
        )
        corpus_id = pick_corpus(here)
        if corpus_id is not None and st.button(
            f"Train window {small} and window {large} on this corpus and compare", icon=":material/play_arrow:"
        ):
            remember("pair", ".".join(_run_with(here, corpus_id, window) for window in WINDOWS))
            st.rerun()


def _run_with(here: Workspace, corpus_id: str, window: int) -> str:
    """The id of a run with this window and defaults otherwise: one that is there, or one whose training begins now."""
    corpus = here.corpus(corpus_id)
    id = new_training(here, corpus, DEFAULT, {"window": window}, name=f"{corpus.name}: window {window}")
    wanted = here.run(id).spec
    for run in here.runs(corpus_id=corpus_id, model=DEFAULT):
        if run.status == "done" and run.spec.config == wanted.config and run.spec.seed == wanted.seed:
            jobs.cancel(here, id)
            here.delete_run(id)
            return run.id
    return jobs.start_training(here, id)


def pair_in_training(here: Workspace) -> tuple[str, str] | None:
    """The two runs that the button has begun, shown while they train; None once they can be compared, or without any."""
    ids = [id for id in (recall("pair") or "").split(".") if id and here.has_run(id)]
    if len(ids) != 2:
        return None
    runs = [here.run(id) for id in ids]
    if all(run.status == "done" for run in runs):
        for side, id in zip(SIDES, ids, strict=True):
            st.session_state[f"compare.{side}"] = id
            st.session_state[f"compare.{side}.method"] = "umap"
        st.session_state["compare_at_once"] = True
        remember("pair", None)
        return None
    st.markdown("**Training both, then comparing**")
    st.caption("You may leave this page; the trainings go on.")
    for run in runs:
        watch(run.id)
    st.button(
        "Compare other runs",
        icon=":material/close:",
        on_click=remember,
        args=("pair", None),
        help="The trainings go on.",
    )
    return ids[0], ids[1]


# What is shown


@dataclass(frozen=True, eq=False)
class Shown:
    """A comparison with what is needed to draw it."""

    made: Comparison
    runs: tuple[Run, Run]
    clouds: tuple[PointCloud, PointCloud]
    points: Points
    kept: Colour
    groups: Colour

    @property
    def noun(self) -> str:
        """What is compared: "word" or "document"."""
        return self.points.noun


@st.cache_resource(max_entries=4, show_spinner="Reading the comparison")
def load(path: str, _spec: CompareSpec) -> Shown:
    """A stored comparison, kept for the sessions that look at it."""
    here, what = workspace(), _spec.what
    made, runs = Comparison.load(Path(path)), (here.run(_spec.a), here.run(_spec.b))
    words = made.movers.words
    quiet = np.flatnonzero(function_words(words)).tolist() if what == "words" else ()
    clouds = tuple(PointCloud(coords, words, quiet=quiet) for coords in (made.coords_a, made.coords_b))
    counted = np.rint(2 * made.movers.k * made.movers.overlap / (1 + made.movers.overlap)).astype(np.float32)
    kept = Colour("kept", "numeric", counted, "Neighbours kept", unit=f"of {made.movers.k}", low_stands_out=True)
    items = items_of(here, runs[0], what)
    rows = items.rows(words)
    corpus = here.run_corpus(runs[0]) if what == "documents" else None
    points = points_of(here, runs[0], what, rows)
    drawn = Drawn(items.vectors[rows], points, corpus=corpus, ids=np.asarray(rows), seed=_spec.seed)
    return Shown(made, runs, clouds, points, kept, colour_points("cluster", drawn))


@st.fragment
def show(spec: CompareSpec) -> None:
    """Numbers, maps and movers; a selection reruns only this."""
    path = str(comparison_path(workspace(), spec))
    shown, key = load(path, spec), path.rsplit("/", 1)[-1].removesuffix(".npz")
    numbers(shown)
    chosen = controls(shown)
    order = ranked(shown)
    rows = selected(shown, key, order, chosen.hits)
    focus = rows[0] if rows else None
    maps(shown, key, chosen, rows)
    table, detail = st.columns([3, 2] if shown.noun == "word" else [2, 3], gap="large")
    with table:
        movers_table(shown, key, order)
    with detail:
        neighbour_lists(shown, focus)


def numbers(shown: Shown) -> None:
    """How much moved on the whole, beside what chance would keep."""
    found = shown.made.movers
    kept, chance = (_kept(value, found.k) for value in (found.overlap, found.baseline))
    where = "on the map" if shown.made.on_maps else "in the full space"
    metrics(
        (
            "Neighbours kept",
            f"{kept:.1f} of {found.k}",
            f"How many of its {found.k} nearest neighbours {where} a {shown.noun} has on both sides, on average "
            f"over {len(found):,} {shown.noun}s. As a Jaccard index: {found.mean:.3f}.",
        ),
        (
            "By chance",
            f"{chance:.2f} of {found.k}",
            "What two embeddings would share that have nothing to do with each other.",
        ),
        (
            "Maps agree",
            f"{1 - shown.made.residual:.0%}",
            "Share of the first map's spread that the second explains, once it is turned, mirrored, scaled "
            "and moved onto the first. t-SNE and UMAP place groups anew in every run: low values are usual, and say little.",
        ),
    )
    if shown.noun == "word" and not shown.made.on_maps:
        random = [run.embedding.random_cosine for run in shown.runs]
        st.caption(f"Two random words have a cosine of {random[0]:.2f} on the left and {random[1]:.2f} on the right.")
    if shown.made.on_maps:
        st.caption(
            ":material/info: Two maps of one run: the vectors are the same on both sides, so differences come from the maps."
        )
    elif shown.runs[0].at_start and shown.runs[0].folder == shown.runs[1].folder:
        st.caption(
            ":material/info: One run before and after its training: what moves here is what the training changed."
        )
    elif same_but_seed(*shown.runs):
        st.caption(
            ":material/info: These two runs differ in nothing but the seed. What moves here is the noise of training: "
            "a setting has an effect where it moves words more than this."
        )
    elif shown.runs[0].spec.corpus_id != shown.runs[1].spec.corpus_id:
        st.caption(
            ":material/info: The two were trained on different corpora; what moves shows the texts as well as the settings."
        )


def _kept(overlap, k: int) -> float:
    """Mean number of shared neighbours behind Jaccard indices."""
    return float(np.mean(2 * k * np.asarray(overlap) / (1 + np.asarray(overlap))))


@dataclass(frozen=True, eq=False)
class Chosen:
    """How the two maps are looked at: side by side or as a morph, coloured how, and the rows of a search."""

    view: str
    colour: Colour
    hits: list[int]


KEPT, GROUPS = "Neighbours kept", "Groups of the first"


def controls(shown: Shown) -> Chosen:
    """The view, the colour of the points, and the rows of a search."""
    left, middle, right = st.columns([3, 4, 4], vertical_alignment="bottom")
    view = left.segmented_control(
        "View",
        ["Side by side", "Morph"],
        default="Side by side",
        required=True,
        key="compare.view",
        persist_state="session",
    )
    further = colourable(shown.points) if shown.noun == "document" else []
    if further:
        name = middle.selectbox("Colour", [KEPT, GROUPS, *further], key="compare.colour_by", persist_state="session")
    else:
        name = middle.segmented_control(
            "Colour",
            [KEPT, GROUPS],
            default=KEPT,
            required=True,
            key="compare.colour",
            persist_state="session",
        )
    query = right.text_input(
        "Search", placeholder=f"Find a {shown.noun} on both maps", icon=":material/search:", key="compare.search"
    ).strip()
    hits = shown.points.search(query).tolist()
    if query and not hits:
        st.caption(f"No {shown.noun} on the maps contains “{plain(query)}”.")
    colours = {KEPT: shown.kept, GROUPS: shown.groups}
    return Chosen(view, colours.get(name) or attribute_colour(shown.points, name), hits)


def selected(shown: Shown, key: str, order: np.ndarray, hits: list[int]) -> list[int]:
    """The rows selected on either map, in the table or by the search: whichever the reader touched last."""
    n = len(shown.made.movers)
    states = {name: last_state(f"{key}.{name}", n) for name in ("left", "right", "morph")}
    touched = {
        name: (state.at, state.selected.tolist()) for name, state in states.items() if state.at
    }  # those that are drawn
    table_key = movers_key(key)
    table = [
        int(order[i])
        for i in st.session_state.get(table_key, {}).get("selection", {}).get("rows", [])
        if i < len(order)
    ]
    touched |= {table_key: (tuple(table), table), "search": (tuple(hits), hits)}
    kept = st.session_state.setdefault(f"{key}.chosen", {"seen": {}, "rows": [], "table": table_key})
    if (
        kept["table"] != table_key
    ):  # the other order came: what is chosen in that table was chosen before, or nothing is
        kept["table"], kept["seen"][table_key] = table_key, tuple(table)
    for name, (stamp, rows) in touched.items():
        if stamp != kept["seen"].get(name, type(stamp)()):
            kept["rows"] = rows
        kept["seen"][name] = stamp
    return kept["rows"]


def maps(shown: Shown, key: str, chosen: Chosen, rows: list[int]) -> None:
    """Both maps beside each other, or one that turns into the other; a chosen word is joined to its true neighbours."""
    found, names, focus = shown.made.movers, [run.name for run in shown.runs], rows[0] if rows else None
    titles = [map_title(method) for method in shown.made.methods]
    near = [] if focus is None else [near[focus].tolist() for near in (found.near_a, found.near_b)]
    common = View(colour=chosen.colour, selected=rows, highlight=chosen.hits)
    same = shown.runs[0].id == shown.runs[1].id
    if chosen.view == "Morph":
        between = replace(
            common,
            title="From the first map to the second",
            subtitle="Press play, or drag the slider.",
            links=(focus, *near) if near else None,
            morph=Morph(shown.made.coords_b, tuple(titles if same else names)),
            height=620,
        )
        scatter(shown.clouds[0], between, key=f"{key}.morph")
        return
    for i, (column, side) in enumerate(zip(st.columns(2), SIDES, strict=True)):
        title, more = (titles[i], names[i]) if same else (names[i], titles[i])
        view = replace(
            common,
            title=title,
            subtitle=f"{_facts(shown.runs[i])} · {more}",
            links=(focus, near[i]) if near else None,
            height=520,
        )
        with column:
            scatter(shown.clouds[i], view, key=f"{key}.{side}")


def _facts(run: Run) -> str:
    return ", ".join(
        [model_title(run), *(part for part in describe(run).split(" · ") if "window" in part or "dimensions" in part)]
    )


# What moved


ORDERS = ("Moved most", "Stayed most")


def ranked(shown: Shown) -> np.ndarray:
    """The rows of the table in their order."""
    order = shown.made.movers.order
    return (order[::-1] if st.session_state.get("compare.order") == ORDERS[1] else order)[:MOST_ROWS]


def movers_key(key: str) -> str:
    """The key of the table, one for each order: a row that is chosen stays the word that was chosen."""
    return f"{key}.movers.{ORDERS.index(st.session_state.get('compare.order') or ORDERS[0])}"


def movers_table(shown: Shown, key: str, order: np.ndarray) -> None:
    """What moved most, or least; a row that is chosen is shown on both maps."""
    found = shown.made.movers
    st.segmented_control(
        "Order",
        ORDERS,
        default=ORDERS[0],
        required=True,
        key="compare.order",
        label_visibility="collapsed",
        persist_state="session",
    )
    noun = shown.noun.capitalize()
    frame = pd.DataFrame(
        {noun: [found.words[i] for i in order], "Kept": [round(_kept(found.overlap[i], found.k)) for i in order]}
    )
    if shown.noun == "word":  # titles of documents are too long to stand beside each other
        frame["Lost"], frame["Gained"] = (
            [", ".join(names(i)[:2]) for i in order] for names in (found.lost, found.gained)
        )
    st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=movers_key(key),
        height=420,
        column_config={
            noun: st.column_config.TextColumn(width=105 if shown.noun == "word" else 225),
            "Kept": st.column_config.NumberColumn(format=f"%d of {found.k}", width=68),
            "Lost": st.column_config.TextColumn(help="The two nearest of the neighbours lost.", width=142),
            "Gained": st.column_config.TextColumn(help="The two nearest of the neighbours gained.", width=142),
        },
        alt=f"{noun}s by how much they moved",
    )
    st.caption(f"{len(order):,} of {len(found):,} {shown.noun}s. Choose a row to see the {shown.noun} on both maps.")


def neighbour_lists(shown: Shown, row: int | None) -> None:
    """The neighbours of one word on both sides, those lost and gained marked."""
    found = shown.made.movers
    if row is None:
        empty(
            f"No {shown.noun} chosen",
            f"Choose a row of the table or a point on a map: both neighbour lists of the {shown.noun} appear here.",
        )
        return
    sides = (
        (shown.runs[0].name, found.near_a[row], found.near_b[row], "lost", "−"),
        (shown.runs[1].name, found.near_b[row], found.near_a[row], "gained", "+"),
    )
    same = shown.runs[0].id == shown.runs[1].id
    heads = [map_title(method) for method in shown.made.methods] if same else [name for name, *_ in sides]
    parts = [
        f"<div><h4>{html.escape(head)}</h4><ol>{''.join(_neighbour(found.words[i], i in theirs, kind, sign) for i in mine)}</ol></div>"
        for head, (_, mine, theirs, kind, sign) in zip(heads, sides, strict=True)
    ]
    kept = round(_kept(found.overlap[row], found.k))
    head = f"<p><b>{html.escape(found.words[row])}</b> keeps {kept} of {found.k} nearest neighbours</p>"
    st.html(f"{STYLE}<div class='both'>{head}{''.join(parts)}</div>")


def _neighbour(word: str, kept: bool, kind: str, sign: str) -> str:
    word = html.escape(shortened(word, 48))
    return f"<li>{word}</li>" if kept else f"<li class='{kind}'><span>{word}</span> <em>{sign} {kind}</em></li>"


STYLE = """<style>
.both {display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; font-size: .9rem}
.both p {grid-column: 1 / -1; margin: .35rem 0 .9rem}
.both h4 {font-size: .8rem; font-weight: 600; opacity: .75; margin: 0; padding: 0 0 .35rem; border-bottom: 1px solid rgba(128, 134, 145, .35); overflow-wrap: anywhere}
.both ol {margin: .2rem 0 0; padding-left: 1.6rem}
.both li {padding: .12rem 0; margin: 0; font-size: .9rem; overflow-wrap: anywhere}
.both li::marker {opacity: .5; font-variant-numeric: tabular-nums; font-size: .8rem}
.both em {font-style: normal; font-size: .75rem; padding: .05rem .35rem; border-radius: .6rem; white-space: nowrap}
.both .lost em {background: rgba(213, 94, 0, .2)}
.both .gained em {background: rgba(0, 158, 115, .22)}
.both .lost span {opacity: .75}
</style>"""
