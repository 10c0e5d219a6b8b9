"""EmbedLab in the browser: the pages and the frame they stand in."""

import streamlit as st

from embedlab.ui.parts import rest
from embedlab.ui.parts.theme import ASSETS, PAGES, STYLE

rest.begin()
st.set_page_config(page_title="EmbedLab", page_icon=str(ASSETS / "icon.svg"), layout="wide")
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "icon.svg"), size="large")
st.html(STYLE)
pages = {title: st.Page(path, title=title, icon=icon) for path, title, icon in PAGES}
page = st.navigation(list(pages.values()))
st.session_state["framed"] = True
if wanted := st.session_state.pop("wanted", None):
    st.switch_page(pages[wanted])
page.run()
