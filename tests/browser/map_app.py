"""A page with the map alone, on points whose places are known: a grid of 20 x 15, named by number."""

import numpy as np
import streamlit as st

from embedlab.plots.webmap import Points
from embedlab.projections.colouring.colours import Colour, frequency_colour
from embedlab.ui.map.component import last_state, scatter

N = 300


@st.cache_resource
def grid() -> Points:
    x, y = np.meshgrid(np.arange(20.0), np.arange(15.0))
    return Points(
        np.column_stack([x.ravel(), y.ravel()]), [f"word{i}" for i in range(N)], counts=np.arange(N)[::-1] + 1
    )


points = grid()
st.set_page_config(layout="wide")
wanted = st.query_params.get("show", "one")
kind = st.segmented_control("Colour", ["count", "column"], default="count", required=True)
find = st.text_input("Find")
hits = [int(find)] if find else []
columns = Colour("column", "category", (np.arange(N) % 20 // 10).astype(np.int32), "Side", ("left", "right"))
colour = frequency_colour(points.counts) if kind == "count" else columns


@st.fragment
def show() -> None:
    if wanted == "two":
        latest = max((last_state(key, N) for key in ("first", "second")), key=lambda state: state.at)
        for key, column in zip(("first", "second"), st.columns(2), strict=True):
            with column:
                scatter(points, key=key, title=key, selected=latest.selected, height=400)
        chosen = latest.selected
    else:
        there = points.coords[:, ::-1] if wanted == "morph" else None
        state = scatter(
            points,
            key="map",
            kept=(np.arange(N) % 16, 15) if wanted == "kept" else None,
            title="Grid",
            subtitle="300 points",
            colour=colour,
            highlight=hits,
            morph_to=there,
            regions=[(4.5, 7, "West", 2), (14.5, 7, "East", 1), (17, 12, "North-eastern corner", 1)]
            if wanted == "regions"
            else (),
            axes=("First axis", "Second axis") if wanted == "axes" else None,
            ticks=wanted == "axes",
            height=500,
            address="view",
            view=tuple(map(float, st.query_params["view"].split(","))) if "view" in st.query_params else None,
        )
        chosen = state.selected
    st.text(f"Chosen: {' '.join(map(str, sorted(chosen)))}.")


show()
