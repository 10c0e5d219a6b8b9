"""A map in three dimensions as a component of the page: Plotly's figure, which tells what is clicked and keeps its turn.

Streamlit's own chart tells of no click in three dimensions, and forgets the turn with every new figure.
"""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from embedlab.ui.map_component import served

# plotly.js comes with the Python package; Streamlit has one of its own, which other programs cannot reach.
PROGRAM = """
const libraries = new Map();

function plotly(address) {
  if (!libraries.has(address)) {
    libraries.set(address, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => done(window.Plotly);
      script.onerror = () => failed(new Error("The map's program is no longer there. Load the page again."));
      document.head.append(script);
    }));
  }
  return libraries.get(address);
}

function keepInAddress(name, camera) {
  const numbers = [camera.eye, camera.center].flatMap(({ x, y, z }) => [x, y, z]).map((value) => +value.toFixed(4));
  const address = new URL(window.location.href);
  address.searchParams.set(name, numbers.join(","));
  window.history.replaceState(window.history.state, "", address);
}

export default async function (component) {
  const { data, parentElement, setStateValue } = component;
  const host = parentElement.querySelector(".em-solid");
  host.shown = { data, setStateValue };
  const Plotly = await plotly(data.code);
  if (host.shown.data !== data) return;
  const { data: traces, layout } = JSON.parse(data.figure);
  host.style.height = `${layout.height}px`;
  if (!host.listening && data.camera) layout.scene.camera = data.camera;
  await Plotly.react(host, traces, { ...layout, width: undefined, autosize: true }, { displaylogo: false, scrollZoom: true, displayModeBar: true, responsive: true });
  if (!host.listening) listen(host);
  return () => Plotly.purge(host);
}

function listen(host) {
  host.listening = true;
  host.on("plotly_click", (event) => {
    const row = event.points[0]?.customdata;
    if (Number.isInteger(row)) host.shown.setStateValue("picked", { row, at: Date.now() });
  });
  host.on("plotly_relayout", (change) => {
    const { address } = host.shown.data;
    if (address && change["scene.camera"]) keepInAddress(address, change["scene.camera"]);
  });
}
"""
_mount = st.components.v2.component("embedlab_solid_map", html='<div class="em-solid"></div>', js=PROGRAM)


def solid_scatter(figure: go.Figure, *, key: str, camera: tuple[float, ...] | None = None, address: str | None = None) -> None:
    """Draw a figure of `plots.map_figure`; `last_click` says what the reader clicks, which reruns the fragment around it.

    camera: where it stands and what it looks at when the map opens (x, y, z each); address: name of the parameter of the
    page's address that keeps it, None for none.
    """
    turned = None if camera is None else {name: dict(zip("xyz", place, strict=True)) for name, place in (("eye", camera[:3]), ("center", camera[3:]))}
    data = {"figure": figure.to_json(), "code": served(key, "plotly", _library(), "text/javascript"), "camera": turned, "address": address}
    _mount(key=key, data=data, isolate_styles=False, on_picked_change=lambda: None)


def last_click(key: str) -> tuple[int, int]:
    """(the clicked point's customdata, when, in milliseconds of the browser's clock); when is 0 before the first click."""
    picked = (st.session_state.get(key) or {}).get("picked") or {}
    return int(picked.get("row", 0)), int(picked.get("at", 0))


@lru_cache(maxsize=1)
def _library() -> bytes:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().encode()
