"""A list of near things to travel on: each a button with a bar for its closeness and a mark for two random ones."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Near:
    """One row. id: what a click returns; value: 0 to 1, the bar's length, None for no bar.

    text: the number as it is written. note: a remark for its tooltip, such as "not on this map"; a row
    that has one is set in italics.
    """

    id: int | str
    name: str
    value: float | None = None
    text: str = ""
    note: str = ""


@st.cache_resource(show_spinner=False)
def _component():
    script, style = ((HERE / f"near_list.{ending}").read_text(encoding="utf-8") for ending in ("js", "css"))
    return st.components.v2.component("embedlab_near_list", html='<ul class="near"></ul>', js=script, css=style)


def near_list(
    rows: Sequence[Near],
    *,
    key: str,
    mark: float | None = None,
    words: str = "Nearest",
    then: Callable[[int | str], None] | None = None,
) -> int | str | None:
    """The id of the row that was just clicked; None otherwise.

    mark: where two random ones stand, on the scale of the bars; None for no mark. words: the list's name for those who
    listen to the page. then: called with the id before the page runs again, so that widgets can follow.
    """

    def went() -> None:
        if then is not None:
            then(st.session_state[key]["went"])

    data = {"rows": [asdict(row) for row in rows], "mark": mark, "words": words}
    return _component()(key=key, data=data, on_went_change=went).went
