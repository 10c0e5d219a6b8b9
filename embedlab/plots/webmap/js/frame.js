// The elements around the points: heading, canvases, buttons, legend, hover text, the bar of a changing map.

import { inkOf } from "./look.js";

const ICONS = {
  turn: "M4 12a8 3.2 0 1 0 16 0a8 3.2 0 1 0-16 0M12 4a3.2 8 0 1 1 0 16a3.2 8 0 1 1 0-16",
  pan: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  lasso: "M12 4c5 0 9 2.4 9 5.8s-4 5.9-9 5.9c-1.6 0-3-.2-4.3-.6M12 4C7 4 3 6.4 3 9.8c0 2 1.3 3.7 3.4 4.7M6.4 14.5a1.9 1.9 0 1 0 1.3 3.3c.7 1.6-.2 2.7-1.7 3.2",
  box: "M4 4h3M10 4h4M17 4h3v3M20 10v4M20 17v3h-3M14 20h-4M7 20H4v-3M4 14v-4M4 7V4",
  closer: "M12 5v14M5 12h14",
  farther: "M5 12h14",
  whole: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
};
const TOOLS = [
  ["turn", "Turn (drag)", true],
  ["pan", "Pan (drag)", true],
  ["lasso", "Lasso (L)", true],
  ["box", "Box (B, or drag with Shift)", true],
  ["closer", "Zoom in (+)", false],
  ["farther", "Zoom out (−)", false],
  ["whole", "Whole map (0)", false],
];
const HELP =
  "Arrow keys pan, or turn a map in three dimensions; Shift and arrows pan. Plus and minus zoom, 0 shows the whole map. Enter goes to a " +
  "named point or search hit; arrow keys then go from name to name, N to the next by importance, and Enter selects. Delete clears the " +
  "selection. T goes to the tools, L and B draw with lasso or box. Tab or Escape leaves the map.";
const LONG_PRESS = 550; // ms

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** Build everything inside `root`; returns the elements by name. */
export function buildFrame(root) {
  const parts = {
    title: element("p", { class: "em-title" }),
    subtitle: element("p", { class: "em-subtitle" }),
    extras: element("div", { class: "em-extras" }),
    ground: element("canvas", { "aria-hidden": "true" }),
    points: element("canvas", { "aria-hidden": "true", class: "em-points" }),
    overlay: element("canvas", { "aria-hidden": "true", class: "em-top", "data-testid": "map-canvas" }),
    tip: element("div", { class: "em-tip", hidden: "" }),
    tools: element("div", { class: "em-tools", role: "toolbar", "aria-label": "Map tools" }),
    bar: element("div", { class: "em-bar", hidden: "" }),
    problem: element("div", { class: "em-problem", hidden: "", role: "status" }),
    chip: element("button", { type: "button", class: "em-trust", tabindex: "-1", hidden: "" }),
    note: element("span", { class: "em-note", hidden: "" }),
    hint: element("div", { class: "em-hint", "aria-hidden": "true" }),
    live: element("div", { class: "em-unseen", "aria-live": "polite" }),
    legend: element("div", { class: "em-legend" }),
  };
  parts.buttons = Object.fromEntries(TOOLS.map(([name, title, holds]) => {
    const button = element("button", { type: "button", title, "aria-label": title, tabindex: "-1", "data-tool": name, ...(holds ? { "aria-pressed": "false" } : {}) }, icon(ICONS[name]));
    parts.tools.append(button);
    return [name, button];
  }));
  parts.foot = element("div", { class: "em-foot", hidden: "" }, parts.chip, parts.note);
  parts.buttons.turn.hidden = true;
  parts.stage = element("div", { class: "em-stage", tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": "Map", "aria-description": HELP },
    parts.ground, parts.points, parts.overlay, parts.problem, parts.hint, parts.tools, parts.foot, parts.bar, parts.tip);
  const head = element("div", { class: "em-head" }, element("div", {}, parts.title, parts.subtitle), parts.extras);
  parts.frame = element("div", { class: "em-frame" }, head, parts.stage, parts.legend, parts.live);
  root.append(element("style", {}, STYLE), parts.frame); // STYLE: style.css, put beside these modules when they are joined
  return parts;
}

/** The legend of a colouring: categories that switch on and off, or a scale with numbers; built anew only when it says something else. */
export function fillLegend(legend, colour, off, dark, { toggle, fold }) {
  const { codes, ...said } = colour ?? {};
  const says = JSON.stringify([said, dark, legend.dataset.folds]);
  if (says !== legend.says) buildLegend(legend, colour, dark, toggle, fold);
  legend.says = says;
  for (const made of legend.querySelectorAll(".em-chip")) {
    const shown = !off.has(Number(made.dataset.code));
    made.setAttribute("aria-pressed", String(shown));
    made.title = `${made.dataset.points} points. Click to ${shown ? "hide" : "show"}; double-click, Shift and Enter or a long press to show only these.`;
  }
}

const MOST_OPEN = 8; // categories that a legend over the map shows before it is asked to

/** A chip that has the focus hands it on to the one that takes its place. */
function buildLegend(legend, colour, dark, toggle, fold) {
  const focused = legend.getRootNode().activeElement?.closest?.(".em-legend") === legend ? legend.getRootNode().activeElement.dataset.code : undefined;
  legend.replaceChildren();
  if (!colour) return;
  const over = legend.dataset.folds === "true"; // the map, one of whose controls it then is
  const body = element("div", { class: "em-legend-body" });
  const title = colour.unit ? `${colour.title} (${colour.unit})` : colour.title;
  const present = (colour.categories ?? []).map((category, code) => [category, code]).filter(([category]) => category.size > 0);
  if (over) {
    const folded = legend.folded ?? (present.length > MOST_OPEN || legend.parentElement.clientWidth < 640);
    legend.append(foldingTitle(title, body, folded, (shut) => fold((legend.folded = shut))));
  } else legend.append(element("span", { class: "em-legend-title" }, title));
  legend.append(body);
  if (colour.kind === "category") {
    for (const [category, code] of present) body.append(chip(category, code, dark, toggle, over ? -1 : 0));
    if (focused !== undefined) legend.querySelector(`[data-code="${focused}"]`)?.focus({ preventScroll: true });
    return;
  }
  const stops = dark ? colour.scale.dark : colour.scale.light;
  const ramp = element("span", { class: "em-ramp", style: `background: linear-gradient(to right, ${stops.join(", ")})` });
  const ticks = element("span", { class: "em-ticks" });
  for (const [share, text] of colour.ticks) {
    const edge = share < 0.06 ? "em-first" : share > 0.94 ? "em-last" : "";
    ticks.append(element("span", { style: `left: ${100 * share}%`, class: edge }, text));
  }
  body.append(element("span", { class: "em-scale", role: "img", "aria-label": `${colour.title}: ${colour.ticks.map((tick) => tick[1]).join(", ")}` }, ramp, ticks));
  if (colour.missing?.size) {
    const mark = element("span", { class: "em-mark em-shape-0", style: `background: ${colour.missing.colour}` });
    body.append(element("span", { class: "em-missing" }, mark, `no value (${colour.missing.size.toLocaleString("en")})`));
  }
}

/** The title of a legend over the map: a button that folds it away. */
function foldingTitle(title, body, folded, fold) {
  const button = element("button", { type: "button", class: "em-legend-title", tabindex: "-1" }, title, icon("M7 10l5 5 5-5"));
  const set = (shut) => {
    body.hidden = shut;
    button.setAttribute("aria-expanded", String(!shut));
  };
  button.addEventListener("click", () => {
    set(!body.hidden);
    fold(body.hidden);
  });
  set(folded);
  return button;
}

function chip(category, code, dark, toggle, tabindex) {
  const mark = element("span", { class: `em-mark em-shape-${category.shape}`, style: `background: ${inkOf(category, dark)}` });
  const made = element("button", { type: "button", class: "em-chip", tabindex, "data-code": code, "data-points": category.size.toLocaleString("en") }, mark, category.name);
  let pressing = null;
  let pressed = false; // long enough: the click that follows is not one
  const release = () => clearTimeout(pressing);
  made.addEventListener("click", (event) => {
    if (!pressed) toggle(code, event.shiftKey);
    pressed = false;
  });
  made.addEventListener("dblclick", () => toggle(code, true));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault(); // or the browser clicks as well
    toggle(code, true);
  });
  made.addEventListener("pointerdown", (event) => {
    pressed = false;
    if (event.pointerType !== "mouse") pressing = setTimeout(() => toggle(code, (pressed = true)), LONG_PRESS);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) made.addEventListener(name, release);
  made.addEventListener("contextmenu", (event) => pressed && event.preventDefault());
  return made;
}

/** The bar of a map that changes into another: a button that plays and a slider. */
export function fillBar(bar, morph, { play, move }) {
  const button = element("button", { type: "button", class: "em-play", "aria-label": "Play the change (P)", title: "Play the change (P)" }, icon("M8 5v14l11-7z"));
  const slider = element("input", { type: "range", min: "0", max: "1", step: "0.01", value: String(morph.t ?? 0), "aria-label": `From ${morph.titles[0]} to ${morph.titles[1]}` });
  button.addEventListener("click", play);
  slider.addEventListener("input", () => move(Number(slider.value)));
  bar.replaceChildren(button, element("span", {}, morph.titles[0]), slider, element("span", {}, morph.titles[1]));
  return slider;
}

/** Fill the hover text: a name, then lines. Text stays text, whatever it holds. */
export function fillTip(tip, name, lines) {
  tip.replaceChildren(element("strong", {}, name), ...lines.map((text) => element("span", {}, text)));
}
