"""The Compare page: the job that compares two sides, and both maps with one selection."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from embedlab import jobs
from embedlab.core.sizes import an
from embedlab.jobs.map_specs import CompareSpec, map_title
from embedlab.jobs.map_tasks import comparison_path
from embedlab.jobs.specs import same_but_seed
from embedlab.plots.webmap import Morph, View
from embedlab.projections.colouring.attributes import attribute_colour, colourable
from embedlab.projections.colouring.colours import Colour
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.compare.movers import movers_key, movers_table, neighbour_lists, ranked
from embedlab.ui.compare.shown import Shown, load, mean_kept
from embedlab.ui.compare.sides import SIDES
from embedlab.ui.map.component import last_state, scatter
from embedlab.ui.parts.frame import describe, empty, metrics, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch
from embedlab.ui.runs.page import model_title

KEPT, GROUPS = "Neighbours kept", "Groups of the first"


def stored_or_started(here: Workspace, spec: CompareSpec) -> bool:
    """Whether the comparison has been made; if not, shows its job or the button that starts it."""
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
        f"Both maps are drawn with the same {what} and aligned, and the neighbours of every {what[:-1]} are "
        "compared. The result is saved and appears at once next time.",
    )
    return False


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
    table, detail = st.columns([3, 2] if shown.noun != "document" else [2, 3], gap="large")
    with table:
        movers_table(shown, key, order)
    with detail:
        neighbour_lists(shown, focus)


def numbers(shown: Shown) -> None:
    """How much moved overall, beside the value by chance."""
    found = shown.made.movers
    kept, chance = (mean_kept(value, found.k) for value in (found.overlap, found.baseline))
    where = "on the map" if shown.made.on_maps else "in the full space"
    metrics(
        (
            "Neighbours kept",
            f"{kept:.1f} of {found.k}",
            f"How many of its {found.k} nearest neighbours {where} {an(shown.noun)} has on both sides, on average "
            f"over {len(found):,} {shown.noun}s. As a Jaccard index: {found.mean:.3f}.",
        ),
        (
            "By chance",
            f"{chance:.2f} of {found.k}",
            "What two unrelated embeddings would share.",
        ),
        (
            "Maps agree",
            f"{1 - shown.made.residual:.0%}",
            "Share of the first map's spread that the second explains after alignment (rotation, reflection, "
            "scale and shift). t-SNE and UMAP place groups differently in every run, so low values are usual and "
            "mean little.",
        ),
    )
    if shown.noun != "document" and not shown.made.on_maps:
        random = [run.embedding.random_cosine for run in shown.runs]
        st.caption(
            f"Two random {shown.noun}s have a cosine of {random[0]:.2f} on the left and {random[1]:.2f} on the right."
        )
    if shown.made.on_maps:
        st.caption(
            ":material/info: Two maps of one run. The vectors are the same on both sides, so all differences "
            "come from the maps."
        )
    elif shown.runs[0].at_start and shown.runs[0].folder == shown.runs[1].folder:
        st.caption(
            ":material/info: One run before and after its training: what moves here was changed by the training."
        )
    elif same_but_seed(*shown.runs):
        st.caption(
            ":material/info: These two runs differ only in the seed, so what moves here is the noise of "
            "training. A setting has an effect only if it moves words more than this."
        )
    elif shown.runs[0].spec.corpus_id != shown.runs[1].spec.corpus_id:
        st.caption(
            ":material/info: The two runs have different corpora, so the texts and the settings both cause movement."
        )


@dataclass(frozen=True, eq=False)
class Chosen:
    """How the two maps are looked at: side by side or as a morph, coloured how, and the rows of a search."""

    view: str
    colour: Colour
    hits: list[int]


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
        "Search", placeholder=f"Find {an(shown.noun)} on both maps", icon=":material/search:", key="compare.search"
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
    if kept["table"] != table_key:  # the order has changed: any choice in this table is an earlier one
        kept["table"], kept["seen"][table_key] = table_key, tuple(table)
    for name, (stamp, rows) in touched.items():
        if stamp != kept["seen"].get(name, type(stamp)()):
            kept["rows"] = rows
        kept["seen"][name] = stamp
    return kept["rows"]


def maps(shown: Shown, key: str, chosen: Chosen, rows: list[int]) -> None:
    """Both maps side by side, or as a morph, with lines from a chosen word to its true neighbours."""
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
