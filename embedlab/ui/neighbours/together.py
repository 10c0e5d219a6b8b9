"""Why two items are near: who chose both, against chance, and what these users chose too."""

import html

import streamlit as st

from embedlab.data.interactions.dataset import Interactions
from embedlab.explain.chosen_together import Together, chosen_together
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import metrics
from embedlab.ui.parts.loaded import choices_behind
from embedlab.ui.parts.text import plain

NO_DATA = "The data of this run have been deleted, so nobody knows who chose both. Add them again."
HELP = {
    "cosine": "Cosine of the trained vectors, from −1 to 1.",
    "both": "Users who chose both items.",
    "chance": "Users who would have both if tastes did not matter: users of the one times share of the other.",
    "lift": "How many times as many users chose both as by chance.",
}


def why_chosen(run: Run, a: str, b: str) -> None:
    """Why two items of a run are near, as a block for any page: a sentence, four numbers, and what else was chosen."""
    data = choices_behind(run)
    if data is None:
        st.caption(NO_DATA)
        return
    found = _together(data, data.id, data.item(a), data.item(b))
    cosine = run.embedding.similarity_matrix([a, b])[0, 1]
    st.markdown(f"**Why “{plain(a)}” and “{plain(b)}” are near**")
    st.markdown(plain(found.sentence))
    metrics(
        ("Cosine", f"{cosine:.2f}", HELP["cosine"]),
        ("Chose both", f"{found.by_both:,}", HELP["both"]),
        ("By chance", f"{found.by_chance:,.1f}", HELP["chance"]),
        ("Lift", f"{found.lift:.1f} ×", HELP["lift"]),
    )
    st.caption(
        f"{found.by_first:,} users chose “{plain(a)}”, {found.by_second:,} chose “{plain(b)}”, of {found.n_users:,}."
    )
    if found.also:
        st.caption("Users of both chose more often than others:")
        st.html(_also(data, found))


@st.cache_data(max_entries=256, show_spinner=False)
def _together(_data: Interactions, data_id: str, first: int, second: int) -> Together:
    return chosen_together(_data.choices, first, second)


def _also(data: Interactions, found: Together) -> str:
    names = data.vocabulary.words
    lines = [
        f"<li><span>{html.escape(names[item])}</span><b>{own:.0%}</b><i>of all {every:.0%}</i></li>"
        for item, own, every in found.also
    ]
    return f"{STYLE}<ul class='also'>{''.join(lines)}</ul>"


STYLE = """<style>
.also {list-style: none; margin: 0 !important; padding: 0 !important; font-size: .9rem}
.also li {display: flex; gap: .7rem; margin: 0 !important; padding: .3rem 0; border-top: 1px solid var(--em-line)}
.also span {flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
.also b, .also i {font-variant-numeric: tabular-nums; text-align: right}
.also i {font-style: normal; min-width: 6.2em; color: var(--em-captions)}
</style>"""
