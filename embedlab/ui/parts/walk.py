"""What those who listen to the page need and Streamlit lacks: a navigation whose lists are lists."""

from pathlib import Path

import streamlit as st


@st.cache_resource(show_spinner=False)
def _component():
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return st.components.v2.component("embedlab_walk", html="<span></span>", js=script)


def walk() -> None:
    """Mend the navigation; takes no room on the page."""
    with st.container(key="walk"):
        _component()(key="walk_script")
