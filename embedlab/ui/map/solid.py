"""A map in three dimensions as a component: Plotly's figure, which reports clicks and keeps its rotation.

Streamlit's own chart reports no clicks in three dimensions, and loses the rotation with every new figure.
"""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from embedlab.ui.parts.served import served

# plotly.js comes with the Python package; other code cannot reach the copy inside Streamlit.
PROGRAM = """
const libraries = new Map();
const CONFIG = {
  displaylogo: false, scrollZoom: true, displayModeBar: true, responsive: true,
  modeBarButtonsToRemove: ["sendChartToCloud"],
};

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
  // The server's answer has replaced the address by the one it knows.
  if (data.address && host.turned) setTimeout(() => host.isConnected && keepInAddress(data.address, turnOf(host)), 500);
  return () => {
    host.deaf();
    Plotly.purge(host);
  };
}

function listen(host) {
  host.listening = true;
  // Plotly reports a click when the button goes down, even if that starts a rotation.
  let [pressed, moved, row] = [null, false, null];
  const tell = () => {
    if (!pressed && !moved && Number.isInteger(row)) host.shown.setStateValue("picked", { row, at: Date.now() });
    if (!pressed) row = null;
  };
  const press = (event) => ([pressed, moved, row] = [[event.clientX, event.clientY], false, null]);
  host.addEventListener("pointerdown", press, true);
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
    """Draws a figure of `plots.map_figure`. A click reruns the fragment around it; `last_click` returns it.

    camera: its position and target when the map opens (x, y, z each). address: the parameter of the page's address
    that stores the camera, None for none.
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
    """(customdata of the clicked point, time in milliseconds of the browser's clock), 0 before the first click."""
    picked = (st.session_state.get(key) or {}).get("picked") or {}
    return int(picked.get("row", 0)), int(picked.get("at", 0))


@lru_cache(maxsize=1)
def _library() -> bytes:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().encode()
