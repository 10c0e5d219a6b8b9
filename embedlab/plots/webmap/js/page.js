// The map in a file of its own: everything is in the page, so search and the whole of the map work without a network.

import { EmbeddingMap } from "./map.js";
import { element } from "./frame.js";

const MOST_HITS = 50;

export function openPage() {
  const about = JSON.parse(document.getElementById("about").textContent);
  const map = new EmbeddingMap(document.getElementById("map"));
  map.free = true; // there is no page around it to scroll
  map.parts.frame.classList.add("em-page");
  map.parts.title.role = "heading";
  map.parts.title.ariaLevel = "1";
  map.parts.stage.classList.add("em-free");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    if (!about.theme) document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
    map.themed();
  };
  dark.addEventListener("change", paint);
  addSearch(map);
  addColours(map, about.colours ?? []);
  map.set(about).then(paint);
}

/** A field that rings what it finds: names or facts that equal the text, else those that begin so, else those that hold it. */
function addSearch(map) {
  const field = element("input", { type: "search", placeholder: "Search", "aria-label": "Search the map", class: "em-search" });
  let hits = [];
  let next = 0;
  field.addEventListener("input", async () => {
    hits = find(await map.names.all(), field.value, await map.facts.all());
    next = 0;
    map.set({ ...map.about, highlight: hits });
    map.announce(`${hits.length} found`);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length) map.flyTo(hits[next++ % hits.length], Math.max(map.view.zoom, 4));
  });
  map.parts.extras.append(field);
}

export function find(names, text, facts = []) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const valueOf = (fact) => fact.slice(fact.indexOf(": ") + 2);
  const lower = names.map((name, i) => [name, ...(facts[i] ?? "").split("\t").filter(Boolean).map(valueOf)].map((part) => part.toLowerCase()));
  for (const fits of [(name) => name === wanted, (name) => name.startsWith(wanted), (name) => name.includes(wanted)]) {
    const hits = [];
    for (let i = 0; i < lower.length && hits.length < MOST_HITS; i++) if (lower[i].some(fits)) hits.push(i);
    if (hits.length) return hits;
  }
  return [];
}

/** A choice of colourings, when the page carries more than one. */
function addColours(map, colours) {
  if (colours.length < 2) return;
  const choice = element("select", { "aria-label": "Colour by", class: "em-search" });
  colours.forEach((colour, k) => choice.append(element("option", { value: k }, colour.title)));
  choice.addEventListener("change", () => map.set({ ...map.about, colour: colours[choice.value] }));
  map.parts.extras.prepend(choice);
}
