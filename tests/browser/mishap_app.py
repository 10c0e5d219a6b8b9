"""An app for the browser test of unforeseen errors: in the script, in a callback and in a fragment."""

import streamlit as st


def broken() -> None:
    raise KeyError("a secret of the code")


@st.fragment
def part() -> None:
    if st.button("Fragment"):
        broken()


st.title("Mishaps")
st.button("Callback", on_click=broken)
part()
if st.button("Script"):
    broken()
