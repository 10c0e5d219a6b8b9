"""The Recommend page: who is asked for, what they chose, and ten recommendations with the choices behind each."""

import html

import pandas as pd
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.core.sizes import count_of
from embedlab.data.interactions.dataset import Interactions
from embedlab.lab.recommendation_view import Answer, Reason, Shown, answer, chosen_columns
from embedlab.lab.recommending import Person, data_of, person_of
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map.bar import SEARCH
from embedlab.ui.parts.frame import remember
from embedlab.ui.parts.loaded import choices_behind, recommender_of
from embedlab.ui.parts.text import plain
from embedlab.ui.recommend.picker import Asked, who

K = 10

STYLE = """<style>
.st-key-recommend_sides h2 {padding: 0}
.st-key-recommend_sides {padding-top: .25rem}
.st-key-recommended > div {padding: 1px 0 2px; border-top: 1px solid var(--em-line)}
.st-key-recommended [data-testid="stHorizontalBlock"] {row-gap: 0}
.st-key-recommended button[kind="tertiary"] {min-height: 1.45rem; padding: 0; text-align: left; max-width: 100%}
.st-key-recommended button[kind="tertiary"] p {font-weight: 600; color: var(--em-accent-text)}
.rec {display: flex; align-items: center; gap: .6rem; font-size: .85rem; color: var(--em-captions)}
.rec .line {flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap}
.rec b {font-weight: 400; color: var(--em-text)}
.rec.why {line-height: 1.35}
.rec .bar {flex: none; width: 96px; height: 8px; border-radius: 4px;
  background: color-mix(in srgb, var(--em-text) 12%, transparent)}
.rec .bar i {display: block; height: 100%; border-radius: 4px; background: var(--em-accent)}
.rec .score {flex: none; width: 3.6em; text-align: right; color: var(--em-text); font-variant-numeric: tabular-nums}
.rec .rank {width: 1.4rem; text-align: right; font-variant-numeric: tabular-nums}
@media (max-width: 640px) {
  .st-key-recommend_sides > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"],
  .st-key-recommend_sides > [data-testid="stHorizontalBlock"] {flex-direction: column-reverse}
  .rec .line {white-space: normal}
}
</style>"""


@st.fragment
def show(here: Workspace, run: Run) -> None:
    """The whole page below its title; another person reruns no more than this."""
    try:
        _show(here, run)
    except EmbedLabError as error:  # the page's frame does not see what goes wrong in a fragment
        st.warning(plain(str(error)), icon=":material/info:")


def _show(here: Workspace, run: Run) -> None:
    data = choices_behind(run) or data_of(here, run)
    recommender = recommender_of(run)
    asked = who(data, recommender)
    if asked.nobody:
        st.info("Choose at least one item that this person likes.", icon=":material/arrow_upward:")
        return
    person = person_of(data, recommender, user=asked.user, chosen=asked.chosen)
    with st.container(key="recommend_sides"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        _chosen(data, person, asked)
    with right:
        _recommended(run, answer(data, recommender, person, K))


def _chosen(data: Interactions, person: Person, asked: Asked) -> None:
    """What the person chose, in order."""
    name = f"{_called(asked.user)} chose" if asked.user else "This person likes"
    _heading(
        f"{name} {count_of(len(person.history), 'item')}",
        "Newest last" if data.has_times and asked.user else "In order",
    )
    rows = pd.DataFrame(chosen_columns(data, person, asked.user))
    widths = {"Title": 176, "Genre": 92, "Year": 56, "Chosen on": 92}
    columns = {name: st.column_config.Column(width=width) for name, width in widths.items() if name in rows}
    if "Year" in rows:
        columns["Year"] = st.column_config.NumberColumn(format="%d", width=widths["Year"])
    height = min(36 * (len(rows) + 1), 470)
    st.dataframe(rows, hide_index=True, height=height, column_config=columns, alt="The chosen items in order")
    for sentence in person.said:
        st.caption(f":material/info: {plain(sentence)}")


def _called(user: str) -> str:
    """A user as a heading names them: a bare number says what it is."""
    return f"User {user}" if user.isdigit() else plain(user)


def _heading(title: str, beside: str) -> None:
    """A heading with a few words beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.header(title, anchor=False, width="content")
        st.caption(beside, width="stretch")


def _recommended(run: Run, found: Answer) -> None:
    """The recommendations, best first; the title of each opens all that it rests on."""
    _heading("Recommended", _about(run, found))
    st.html(STYLE)
    if not found.rows:
        st.caption("There is nothing left to recommend: this person has chosen every item.")
    with st.container(key="recommended", gap=None):
        for place, each in enumerate(found.rows, 1):
            _row(run, place, each)
    if found.average:
        st.caption(
            f"Scores of {family_of(run.spec.model).title} lie below zero. Each is shown above that of an average item, "
            f"{written(found.average)}, and so is what each choice adds."
        )


def _about(run: Run, found: Answer) -> str:
    title = family_of(run.spec.model).title
    if not found.personal:
        return f"{title} recommends the same to everybody. The score is the number of users who chose the item."
    return f"By {title}. Click a title for all that its score is made of."


def _row(run: Run, place: int, each: Shown) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="top"):
        st.html(f"<div class='rec'><span class='rank'>{place}</span></div>", width="content")
        with st.container(gap=None, width="stretch"):
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                with st.popover(plain(each.title), type="tertiary"):
                    _whole(run, place, each)
                bar = f"<span class='bar'><i style='width:{each.length:.0%}'></i></span>"
                score = f"<span class='score' title='Score'>{written(each.score)}</span>"
                facts = f"<span class='line'>{html.escape(each.facts)}</span>"
                st.html(f"<div class='rec'>{facts}{bar}{score}</div>", width="stretch")
            if each.because:
                st.html(
                    f"<div class='rec why'><span class='line'>because you chose {_because(each.because)}</span></div>"
                )


def _because(reasons: tuple[Reason, ...]) -> str:
    return ", ".join(f"<b>{html.escape(reason.title)}</b>{_part(reason)}" for reason in reasons)


def _part(reason: Reason) -> str:
    return "" if reason.part is None else f" ({100 * reason.part:.0f}\u00a0%)"


def _whole(run: Run, place: int, each: Shown) -> None:
    """All that a recommendation rests on with its sum, and the ways on to the item."""
    if each.reasons:
        columns = {"Chosen item": [r.title for r in each.reasons], "Adds": [r.share for r in each.reasons]}
        if each.reasons[0].part is not None:
            columns["Of the score"] = [100 * r.part for r in each.reasons if r.part is not None]
        st.dataframe(
            pd.DataFrame(columns),
            hide_index=True,
            width=440,
            height=min(36 * (len(each.reasons) + 1), 230),
            column_config={
                "Adds": st.column_config.NumberColumn(format="%.3f"),
                "Of the score": st.column_config.NumberColumn(format="%.0f %%"),
            },
            alt=f"What {each.title} rests on",
        )
        total = written(sum(reason.share for reason in each.reasons))
        st.markdown(f":small[Together they add up to the score, {total}.{_against(each)}]")
    else:
        st.markdown(":small[The model looks at nobody's choices. Only the number of users stands behind the score.]")
    if run.has_vectors:
        _ways_on(place, each.title)


def _against(each: Shown) -> str:
    lower = sum(reason.share < 0 for reason in each.reasons)
    return f" {count_of(lower, 'choice')} below zero {'speaks' if lower == 1 else 'speak'} against it." if lower else ""


def _ways_on(place: int, title: str) -> None:
    with st.container(horizontal=True):
        if st.button("Nearest items", key=f"near_{place}", icon=":material/hub:"):
            remember("word", title)
            st.switch_page("pages/neighbours.py")
        if st.button("On the map", key=f"map_{place}", icon=":material/scatter_plot:"):
            st.session_state[SEARCH] = title
            st.session_state["map.what.2"] = "words"
            st.switch_page("pages/map.py")


def written(score: float) -> str:
    """A score with as many digits as say something."""
    return f"{score:,.0f}" if abs(score) >= 100 else f"{score:.1f}" if abs(score) >= 10 else f"{score:.3f}"
