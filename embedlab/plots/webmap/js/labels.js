// Which names are written where: the most important first, as many as fit, none over another, for what is in view.

export const PLAIN_SIZE = 12;
export const STRONG_SIZE = 13.5;
const STRONG = 14; // so many of the most important names in view, and no more than a quarter, are set larger
const LINE = 1.3;
const GAP = 4;
const MOST_TRIED = 4000;
const SIDES = [
  { name: "right", dx: 1, dy: 0 },
  { name: "left", dx: -1, dy: 0 },
  { name: "above", dx: 0, dy: -1 },
  { name: "below", dx: 0, dy: 1 },
];

/** How many names a view of this size carries. */
export function labelLimit(view) {
  return Math.round(Math.min(Math.max((view.width * view.height) / 9500, 10), 100));
}

/**
 * Labels [{ i, text, side, x, y, size, weight, box }]: x and y are offsets in pixels from the point to the text's start,
 * at half its height. `first`: points that come before all others; `blocked`: boxes that are taken already.
 */
export function placeLabels(scene, view, names, measure, { first = [], blocked = [], radius = 3, avoid = false }) {
  const limit = labelLimit(view) + Math.min(first.length, 50);
  const taken = [...blocked];
  const found = [];
  const seen = new Set();
  let tried = 0;
  const marks = avoid ? pointBoxes(scene, view, radius) : [];
  for (const { i, sure } of candidates(scene, view, first)) {
    if (found.length >= limit || tried > MOST_TRIED) break;
    if (seen.has(i)) continue;
    seen.add(i);
    const text = names.get(i);
    tried++;
    if (!text) continue;
    const strong = sure || found.length < Math.min(STRONG, limit / 4);
    const style = { size: strong ? STRONG_SIZE : PLAIN_SIZE, weight: sure ? 700 : strong ? 600 : 450 };
    const label = fitting(i, shortened(text), style, scene, view, measure, taken, marks, radius);
    if (!label) continue;
    label.sure = sure;
    taken.push(label.box);
    found.push(label);
  }
  return found;
}

/** Points in view: the wanted ones, then the selected, then the others by importance, then those that say little. */
function* candidates(scene, view, first) {
  const { sx, sy } = scene.screen(view);
  const inView = (i) => scene.visible(i) && sx[i] >= 0 && sy[i] >= 0 && sx[i] <= view.width && sy[i] <= view.height;
  for (const i of first) if (inView(i)) yield { i, sure: true };
  for (const i of scene.chosen) if (inView(i)) yield { i, sure: false };
  for (let i = 0; i < scene.n; i++) if (!scene.quiet.has(i) && inView(i)) yield { i, sure: false };
  for (const i of scene.quiet) if (i < scene.n && inView(i)) yield { i, sure: false };
}

function fitting(i, text, style, scene, view, measure, taken, marks, radius) {
  const { sx: x, sy: y } = scene.place(view, i);
  const wide = measure(text, style);
  const high = style.size * LINE;
  const away = radius + GAP;
  for (const obstacles of marks.length ? [marks, []] : [marks]) {
    for (const side of SIDES) {
      const offset = { x: side.dx ? (side.dx > 0 ? away : -away - wide) : -wide / 2, y: side.dy * (away + high / 2 - 2) };
      const box = [x + offset.x - 2, y + offset.y - high / 2, x + offset.x + wide + 2, y + offset.y + high / 2];
      if (box[0] < 2 || box[1] < 2 || box[2] > view.width - 2 || box[3] > view.height - 2) continue;
      if (taken.some((other) => overlaps(box, other)) || obstacles.some((other) => overlaps(box, other))) continue;
      return { i, text, side: side.name, box, ...style, ...offset };
    }
  }
  return null;
}

function pointBoxes(scene, view, radius) {
  const boxes = [];
  for (let i = 0; i < scene.n; i++) {
    if (!scene.visible(i)) continue;
    const { sx: x, sy: y } = scene.place(view, i);
    boxes.push([x - radius, y - radius, x + radius, y + radius]);
  }
  return boxes;
}

export function overlaps(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

export function shortened(text, most = 32) {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

const REGIONS_UNTIL = 3.2; // zoom at which the names of regions have faded
const FINE_FROM = 1.7; // zoom at which the names of large regions begin to give way to those of small ones
const FINE_UNTIL = 7;

/** How strongly the names of regions of a level show at this zoom, 0 to 1. */
function levelOpacity(level, zoom, fine) {
  const ramp = (from, length) => Math.min(1, Math.max(0, (zoom - from) / length));
  if (!fine) return 1 - ramp(REGIONS_UNTIL - 1.2, 1.2);
  return level ? ramp(FINE_FROM, 0.6) * (1 - ramp(FINE_UNTIL - 2, 2)) : 1 - ramp(FINE_FROM, 0.6);
}

/**
 * Names of regions that fit, heaviest first: [{ place, text, size, box, opacity, shift }] on the screen.
 * Regions: { place, name, weight, level }. A name that would leave the map moves inwards by `shift`; one that would lie
 * under the tools or another part of the frame (`blocked`) moves out of it sideways, or is left out.
 */
export function placeRegions(regions, view, measure, blocked, most = 14) {
  if (!regions?.length) return [];
  const fine = regions.some((region) => region.level);
  const heaviest = Math.max(...regions.map((region) => region.weight));
  const found = [];
  for (const region of [...regions].sort((a, b) => b.weight - a.weight)) {
    const opacity = levelOpacity(region.level, view.zoom, fine);
    if (!opacity) continue;
    if (found.length >= most * (region.level ? 2 : 1)) break;
    const size = (view.width < 480 ? 12 : 13.5) + (region.level ? 0 : 3.5 * Math.sqrt(region.weight / heaviest));
    const half = measure(region.name, { size, weight: 700 }) / 2 + 6;
    const high = size * 0.75;
    const { sx: at, sy: y } = view.project(...region.place);
    if (at < 0 || at > view.width || y < high || y > view.height - high) continue;
    let x = Math.max(Math.min(at, view.width - half), half);
    for (const [left, top, right, bottom] of blocked) {
      if (x + half <= left || x - half >= right || y + high <= top || y - high >= bottom) continue;
      x = at < (left + right) / 2 && left - half > half ? left - half : left + right < view.width ? right + half : left - half;
    }
    const box = [x - half, y - high, x + half, y + high];
    if (box[0] < -1 || box[2] > view.width + 1 || [...blocked, ...found.map((other) => other.box)].some((other) => overlaps(box, other))) continue;
    found.push({ place: region.place, text: region.name, size, box, opacity, shift: x - at });
  }
  return found;
}
