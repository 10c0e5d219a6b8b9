"""A map in three dimensions as a component of the page: Plotly's figure, which tells what is clicked and keeps its turn.

Streamlit's own chart tells of no click in three dimensions, and forgets the turn with every new figure.
"""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from embedlab.ui.map.component import served

# plotly.js comes with the Python package; Streamlit has one of its own, which other programs cannot reach.
PROGRAM = """
const libraries = new Map();
const CONFIG = { displaylogo: false, scrollZoom: true, displayModeBar: true, responsive: true, modeBarButtonsToRemove: ["sendChartToCloud"] };

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

/** How the map is turned at this moment. */
function turnOf(host) {
  return host._fullLayout.scene._scene.getCamera();
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
  const camera = host.listening ? turnOf(host) : data.camera;
  layout.scene.camera = camera ?? layout.scene.camera;
  await Plotly.react(host, traces, { ...layout, width: undefined, autosize: true }, CONFIG);
  if (!host.listening) listen(host);
  if (data.address && host.turned) setTimeout(() => host.isConnected && keepInAddress(data.address, turnOf(host)), 500); // which the server's answer replaced by what it knows
  return () => {
    host.deaf();
    Plotly.purge(host);
  };
}

function listen(host) {
  host.listening = true;
  // Plotly tells of a click when the button goes down, also where that begins a turn of the map.
  let [pressed, moved, row] = [null, false, null];
  const tell = () => {
    if (!pressed && !moved && Number.isInteger(row)) host.shown.setStateValue("picked", { row, at: Date.now() });
    if (!pressed) row = null;
  };
  host.addEventListener("pointerdown", (event) => ([pressed, moved, row] = [[event.clientX, event.clientY], false, null]), true);
  const release = (event) => {
    moved = Boolean(pressed) && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 4;
    pressed = null;
    tell();
  };
  window.addEventListener("pointerup", release, true);
  host.deaf = () => window.removeEventListener("pointerup", release, true);
  host.on("plotly_click", (event) => {
    row = event.points[0]?.customdata;
    tell();
  });
  host.on("plotly_relayout", (change) => {
    const { address } = host.shown.data;
    if (!change["scene.camera"]) return;
    host.turned = true;
    if (address) keepInAddress(address, turnOf(host));
  });
}
"""
_mount = st.components.v2.component(
    "embedlab_solid_map", html='<div class="em-solid"></div>', js=PROGRAM, isolate_styles=False
)


def solid_scatter(
    figure: go.Figure, *, key: str, camera: tuple[float, ...] | None = None, address: str | None = None
) -> None:
    """Draw a figure of `plots.map_figure`; `last_click` says what the reader clicks, which reruns the fragment around it.

    camera: where it stands and what it looks at when the map opens (x, y, z each); address: name of the parameter of the
    page's address that keeps it, None for none.
    """
    turned = (
        None
        if camera is None
        else {
            name: dict(zip("xyz", place, strict=True)) for name, place in (("eye", camera[:3]), ("center", camera[3:]))
        }
    )
    data = {
        "figure": figure.to_json(),
        "code": served(key, "plotly", _library(), "text/javascript"),
        "camera": turned,
        "address": address,
    }
    _mount(key=key, data=data, on_picked_change=lambda: None)


def last_click(key: str) -> tuple[int, int]:
    """(the clicked point's customdata, when, in milliseconds of the browser's clock); when is 0 before the first click."""
    picked = (st.session_state.get(key) or {}).get("picked") or {}
    return int(picked.get("row", 0)), int(picked.get("at", 0))


@lru_cache(maxsize=1)
def _library() -> bytes:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().encode()
