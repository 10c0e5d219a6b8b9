// The map as a component of Streamlit: called anew whenever the page has something new to show.

import { EmbeddingMap } from "./map.js";
import { packSelection } from "./data.js";

const maps = new WeakMap();

export function mount({ data, parentElement, setStateValue }) {
  const host = parentElement.querySelector(".em-root");
  let map = maps.get(host);
  if (!map) {
    map = new EmbeddingMap(host);
    maps.set(host, map);
  }
  map.on = {
    hover: (i) => data.tell.includes("hover") && setStateValue("hover", i < 0 ? null : i),
    chip: (at) => setStateValue("chip", at),
    select: (points, at) => setStateValue("picked", { ...packSelection(points, map.scene.n), at, of: data.about.positions }),
    view: (view) => {
      if (data.address) keepInAddress(data.address, view);
      if (data.tell.includes("view")) setStateValue("view", view);
    },
  };
  map.set(data.about);
  return () => {
    map.destroy();
    host.replaceChildren();
    maps.delete(host);
  };
}

/** The view goes into the page's address without asking the server; its next run reads it from there. */
function keepInAddress(name, view) {
  const address = new URL(window.location.href);
  if (view) address.searchParams.set(name, view.join(","));
  else address.searchParams.delete(name);
  window.history.replaceState(window.history.state, "", address);
}
