// Colours and sizes: what the theme of the page says, what a colouring gives each point.

import { clamp } from "./view.js";

/** The theme's colours as the page's style sheet gives them; dark when its ground is. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const paper = read("--st-background-color", "#ffffff");
  const [r, g, b] = rgb(paper);
  const ink = read("--st-text-color", "#1d2530");
  return {
    paper,
    dark: 0.299 * r + 0.587 * g + 0.114 * b < 128,
    ink,
    faint: mixed(rgb(ink), [r, g, b], 0.32),
    primary: read("--st-primary-color", "#0f6e84"),
    font: read("--st-font", '"Source Sans", "Source Sans 3", system-ui, Arial, sans-serif'),
  };
}

/** A colour that lies a share of the way from one to another. */
function mixed(from, to, share) {
  return `rgb(${from.map((part, c) => Math.round(part + (to[c] - part) * share)).join(" ")})`;
}

let probe = null;

/** [r, g, b] from 0 to 255 of any colour that style sheets know. */
export function rgb(colour) {
  if (/^#[0-9a-f]{6}$/i.test(colour)) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  probe ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return Array.from(probe.getImageData(0, 0, 1, 1).data.slice(0, 3));
}

const PLAIN = [31, 119, 196];

/** The colour of a category on this ground. */
export function inkOf(category, dark) {
  return (dark && category.dark) || category.colour;
}

/** RGBA rows, one for each code of a colouring: the colour, and the number of its shape in place of opacity. */
export function paletteOf(colour, dark) {
  if (!colour) return Uint8Array.of(...PLAIN, 0);
  if (colour.kind === "category") {
    return Uint8Array.from(colour.categories.flatMap((category) => [...rgb(inkOf(category, dark)), category.shape]));
  }
  const stops = (dark ? colour.scale.dark : colour.scale.light).map(rgb);
  const rows = new Uint8Array(256 * 4);
  const last = colour.missing?.size ? 254 : 255; // the last row is then that of points without a value
  rows.set([...rgb(colour.missing?.colour ?? "#8a8f98"), 0], 255 * 4);
  for (let i = 0; i <= last; i++) {
    const place = (i / last) * (stops.length - 1);
    const first = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      rows[4 * i + c] = stops[first][c] + (stops[first + 1][c] - stops[first][c]) * (place - first);
    }
  }
  return rows;
}

/** Row of the palette for each code: categories have their own, numbers share 256. */
export function paletteShift(colour) {
  return colour?.kind === "numeric" ? 8 : 0;
}

/** Diameter in pixels of points: smaller where there are many or the view is small, growing slowly as one comes closer. */
export function pointSize(n, { zoom, width, height }) {
  const far = clamp(13 - 2.45 * Math.log10(Math.max(n, 10)), 1.7, 8) * clamp(Math.sqrt((width * height) / 600_000), 0.7, 1.2);
  return clamp(far * Math.max(zoom, 0.4) ** 0.36, 1.5, 13);
}

/** Opacity of points: thinner where they lie over each other, full when one has come close. */
export function pointOpacity(n, view) {
  const size = pointSize(n, view);
  const covered = (n * size * size) / (view.width * view.height * view.zoom * view.zoom);
  const crowd = (0.2 * Math.log10(Math.max(n / 5000, 1))) / Math.max(view.zoom, 1); // groups are denser than the mean
  return clamp(0.86 - 0.9 * covered - crowd, 0.3, 0.86);
}

/** How fast points fade with their distance in three dimensions: faster from close up, where few of them are meant. */
export function fadeOf(view) {
  return view.solid ? Math.min(Math.sqrt(Math.max(view.zoom, 1)), 6) / view.box[3] : 0;
}
