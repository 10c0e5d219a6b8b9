"""Which run recommends, and who is asked for: a user of the data, or somebody new by the items they like."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from embedlab.data.interactions.dataset import Interactions
from embedlab.lab.recommendation_view import example_of, users_by_name
from embedlab.models.recommending import Recommender
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import beside_title, recall, remember
from embedlab.ui.parts.text import plain

USER, NEW = "A user of the data", "Somebody new"
LISTED = 5_000  # users, and items by popularity, that a list offers; more users are typed


@dataclass(frozen=True)
class Asked:
    """Who is asked for: the name of a user, or the items that somebody new likes."""

    user: str | None = None
    chosen: tuple[str, ...] = ()

    @property
    def nobody(self) -> bool:
        return not self.user and not self.chosen


def pick(here: Workspace) -> Run | None:
    """The run chosen beside the title, of those that recommend; None while there is none."""
    chosen = recall("run")
    runs = [run for run in here.runs() if run.status == "done" and (run.sweep is None or run.id == chosen)]
    by_id = {run.id: run for run in runs if run.recommends}
    if not by_id:
        return None
    with beside_title():
        id = st.selectbox(
            "Run",
            list(by_id),
            index=list(by_id).index(chosen) if chosen in by_id else 0,
            key="pick_run_recommend",
            format_func=lambda id: by_id[id].name if id in by_id else id,
            label_visibility="collapsed",
        )
        st.caption(f"{by_id[id].summary['items']:,} items, {by_id[id].summary['users']:,} users")
    remember("run", id)
    return by_id[id]


def who(data: Interactions, recommender: Recommender) -> Asked:
    """Who is asked for, from two controls in a row; the user is kept in the address."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        way = st.segmented_control(
            "For",
            [USER, NEW],
            default=USER,
            required=True,
            key="recommend_for",
            persist_state="session",
            label_visibility="collapsed",
            width="content",
        )
        if way == NEW:
            return Asked(chosen=_titles(data, recommender))
        return Asked(user=_user(data))


def _user(data: Interactions) -> str:
    """A user by name, chosen from a list, or typed where the list would be long."""
    wanted, bare = recall("user"), {"width": 340, "label_visibility": "collapsed"}
    if data.n_users > LISTED:
        placeholder = f"One of {data.n_users:,} users"
        name = st.text_input("User", wanted or data.users[0], key=f"user_{data.id}", placeholder=placeholder, **bare)
        return _kept(name.strip() or data.users[0])
    users = _users(data, data.id)
    at = users.index(wanted) if wanted in users else 0
    name = st.selectbox("User", users, index=at, key=f"user_{data.id}", **bare)
    if wanted and wanted not in users:
        st.caption(f":material/person_off: There is no user “{plain(wanted)}” in {plain(data.name)}.")
    return _kept(name)


def _kept(name: str) -> str:
    if name != recall("user"):
        remember("user", name)
    elif st.query_params.get("user") != name:
        st.query_params["user"] = name
    return name


def _titles(data: Interactions, recommender: Recommender) -> tuple[str, ...]:
    """The items that somebody likes. One that the list does not offer can be typed."""
    offered = data.vocabulary.words[:LISTED]
    more = f" Lists the {LISTED:,} most chosen; type others in full." if data.n_items > LISTED else ""
    chosen = st.multiselect(
        "Items that this person likes",
        offered,
        default=[title for title in example_of(data, recommender) if title in offered],
        key=f"likes_{data.id}",
        placeholder="Type titles that this person likes",
        accept_new_options=data.n_items > LISTED,
        help=f"In the order in which they were chosen.{more}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return tuple(chosen)


_users: Callable = st.cache_data(max_entries=4, show_spinner=False)(lambda _data, id: users_by_name(_data))
