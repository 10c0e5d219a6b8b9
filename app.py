"""EmbedLab in the browser: the pages and the frame they stand in."""

import streamlit as st

from embedlab.ui.parts import rest
from embedlab.ui.parts.theme import ASSETS, PAGES, STYLE
from embedlab.ui.parts.walk import walk

rest.begin()
st.set_page_config(
    page_title="EmbedLab", page_icon=str(ASSETS / "icon.svg"), layout="wide", initial_sidebar_state="locked"
)
st.logo(str(ASSETS / "icon.svg"), size="large")
st.html(STYLE)
groups = {
    name: [st.Page(path, title=title, icon=icon, default=title == "Start") for path, title, icon in listed]
    for name, listed in PAGES.items()
}
page = st.navigation(groups, expanded=True)
st.session_state["framed"] = True
walk()
page.run()
