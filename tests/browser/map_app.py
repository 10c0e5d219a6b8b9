"""A page with the map alone, on points whose places are known: a grid of 20 x 15, named by number."""

import time

import numpy as np
import streamlit as st

from embedlab.plots.webmap import Axes, Chip, Morph, PointCloud, View
from embedlab.projections.colouring.colours import Colour, frequency_colour
from embedlab.ui.map.component import last_state, scatter

N = 300


@st.cache_resource
def grid() -> PointCloud:
    x, y = np.meshgrid(np.arange(20.0), np.arange(15.0))
    return PointCloud(
        np.column_stack([x.ravel(), y.ravel()]), [f"word{i}" for i in range(N)], counts=np.arange(N)[::-1] + 1
    )


@st.cache_resource
def block() -> PointCloud:
    """The same names on a grid of 10 x 6 x 5."""
    x, y, z = np.meshgrid(np.arange(10.0), np.arange(6.0), np.arange(5.0), indexing="ij")
    return PointCloud(np.column_stack([x.ravel(), y.ravel(), z.ravel()]), grid().names, counts=grid().counts)


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
                scatter(points, View(title=key, selected=latest.selected, height=400), key=key)
        chosen = latest.selected
    else:
        there = points.coords[:, ::-1] if wanted == "morph" else None
        regions = [(4.5, 7, "West", 2), (14.5, 7, "East", 1), (2, 12, "North-western corner", 1)]
        view = View(
            title="Grid",
            subtitle="300 points",
            colour=colour,
            highlight=hits,
            morph=None if there is None else Morph(there),
            regions=regions if wanted == "regions" else (),
            axes=Axes(("First axis", "Second axis"), True) if wanted == "axes" else None,
            kept=(np.arange(N) % 16, 15) if wanted == "kept" else None,
            height="fill" if wanted == "fill" else 500,
            chip=Chip("Look twice", "warn") if wanted == "fill" else None,
            note="300 of 900 words" if wanted == "fill" else "",
            glide=wanted == "glide",
            renderer=st.query_params.get("renderer", ""),
            window=tuple(map(float, st.query_params["view"].split(","))) if "view" in st.query_params else None,
        )
        if wanted == "glide" and st.session_state.get("next"):
            cloud = PointCloud(points.coords[:, ::-1], points.names)
        else:
            cloud = block() if wanted == "solid" else points
        state = scatter(cloud, view, key="map", address="view")
        chosen = state.selected
        if wanted == "glide":
            st.button("Next layout", on_click=st.session_state.update, args=({"next": True},))
        if wanted == "fill":
            st.button("After the map")
            st.text(f"Chip: {'now' if abs(state.chip / 1000 - time.time()) < 3600 else 'never'}")
    st.text(f"Chosen: {' '.join(map(str, sorted(chosen)))}.")


show()
