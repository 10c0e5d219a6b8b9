"""Deleting on any page: one button that asks with the name of the thing, and an undo that stays in view."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.store import trash
from embedlab.store.trash import Deleted
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.text import plain

ARMED, JUST = "delete_armed", "just_deleted"  # in the state of the session: kind and id, and ids in the trash


@dataclass(frozen=True)
class Removal:
    """What a delete button takes away. goes: what goes with it, for the sentence. do: what deletes it."""

    kind: str
    id: str
    name: str
    goes: str
    do: Callable[[], Deleted | None]

    @property
    def key(self) -> str:
        return f"{self.kind}_{self.id}"


def delete_button(what: Removal, *, disabled: bool = False, why: str | None = None) -> None:
    """The button that arms the deletion of this thing; `ask` shows the question. Armed is one thing at a time.

    why: the help of the button, such as what has to be done first where it is disabled.
    """
    st.button(
        "Delete",
        key=f"arm_{what.key}",
        icon=":material/delete:",
        on_click=_arm,
        args=(what,),
        disabled=disabled,
        help=why,
    )


def ask(what: Removal) -> bool:
    """The question with the name of the thing, if its deletion is armed; what is armed of this kind else is disarmed.

    Whether it is asked.
    """
    armed = st.session_state.get(ARMED)
    if armed != (what.kind, what.id):
        if armed and armed[0] == what.kind:
            st.session_state.pop(ARMED)
        return False
    return _question(what)


def ask_any(several: list[Removal]) -> bool:
    """The question for the one of several things on the page whose deletion is armed; whether one is asked."""
    armed = st.session_state.get(ARMED)
    found = next((what for what in several if armed == (what.kind, what.id)), None)
    return found is not None and _question(found)


def _question(what: Removal) -> bool:
    with st.container(border=True):
        st.markdown(f"**Delete “{plain(what.name)}”?** {plain(what.goes)} You can undo this for a day.")
        with st.container(horizontal=True):
            st.button(
                "Delete it",
                key=f"delete_{what.key}",
                type="primary",
                icon=":material/delete:",
                on_click=_delete,
                args=(what,),
            )
            st.button("Keep it", key=f"keep_{what.key}", on_click=_disarm)
    return True


def _arm(what: Removal) -> None:
    st.session_state[ARMED] = (what.kind, what.id)


def _disarm() -> None:
    st.session_state.pop(ARMED, None)


def _delete(what: Removal) -> None:
    _disarm()
    try:
        gone = what.do()
    except EmbedLabError as error:
        st.session_state[JUST] = {"error": str(error)}
        return
    st.session_state[JUST] = {"id": gone.id, "name": gone.name, "kind": gone.kind} if gone else None


def undo_bar(here: Workspace, *kinds: str) -> None:
    """What was just deleted in this session, with the button that brings it back; or why it could not be deleted."""
    just = st.session_state.get(JUST)
    if not just:
        return
    if error := just.get("error"):
        st.session_state.pop(JUST)
        st.error(plain(error), icon=":material/error:")
        return
    if just["kind"] not in kinds or not trash.deleted(here, id=just["id"]):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: “{plain(just['name'])}” is deleted.", width="stretch")
        st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_restore, args=(here, just["id"]))
        st.button("Close", key="close_undo", on_click=st.session_state.pop, args=(JUST, None), type="tertiary")


def _restore(here: Workspace, id: str) -> None:
    try:
        back = trash.restore(here, id)
    except EmbedLabError as error:
        st.session_state[JUST] = {"error": str(error)}
        return
    st.session_state.pop(JUST, None)
    st.toast(f"“{plain(back.name)}” is back.", icon=":material/undo:")


def deleted_lately(here: Workspace, *kinds: str) -> None:
    """Everything of these kinds that can still be brought back; nothing is shown where there is nothing."""
    found = trash.deleted(here, kind=list(kinds))
    if not found:
        return
    things = "thing" if len(found) == 1 else "things"
    with st.expander(f"Deleted within the last day: {len(found)} {things}", icon=":material/delete:"):
        for each in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                when = pd.Timestamp(each.created).strftime("%H:%M UTC")
                st.markdown(f"{each.kind.capitalize()} “{plain(each.name)}”, deleted at {when}", width="stretch")
                st.button("Bring back", key=f"restore_{each.id}", on_click=_restore, args=(here, each.id))
                st.button(
                    "Delete for good",
                    key=f"discard_{each.id}",
                    on_click=trash.discard,
                    args=(here, each.id),
                    type="tertiary",
                    help="Frees its room on the disk at once. This cannot be undone.",
                )
