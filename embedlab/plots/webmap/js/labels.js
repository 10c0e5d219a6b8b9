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
  const [left, top] = view.world(0, 0);
  const [right, bottom] = view.world(view.width, view.height);
  const inView = (i) => {
    if (!scene.visible(i)) return false;
    const x = scene.x(i);
    const y = scene.y(i);
    return x >= left && x <= right && y >= bottom && y <= top;
  };
  for (const i of first) if (inView(i)) yield { i, sure: true };
  for (const i of scene.chosen) if (inView(i)) yield { i, sure: false };
  for (let i = 0; i < scene.n; i++) if (!scene.quiet.has(i) && inView(i)) yield { i, sure: false };
  for (const i of scene.quiet) if (i < scene.n && inView(i)) yield { i, sure: false };
}

function fitting(i, text, style, scene, view, measure, taken, marks, radius) {
  const x = view.screenX(scene.x(i));
  const y = view.screenY(scene.y(i));
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
    const x = view.screenX(scene.x(i));
    const y = view.screenY(scene.y(i));
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

/**
 * Names of regions that fit, heaviest first: [{ wx, wy, text, size, box, opacity, shift }] on the screen.
 * A name that would leave the map or lie under the tools (box `corner`), or over what stands at the `left`, moves inwards by `shift`.
 */
export function placeRegions(regions, view, measure, corner, left = 0, most = 14) {
  const opacity = Math.min(1, Math.max(0, (REGIONS_UNTIL - view.zoom) / 1.2));
  if (!opacity || !regions?.length) return [];
  const heaviest = Math.max(...regions.map((region) => region[3] ?? 1));
  const found = [];
  for (const [wx, wy, text, weight = 1] of [...regions].sort((a, b) => (b[3] ?? 1) - (a[3] ?? 1))) {
    if (found.length >= most) break;
    const size = (view.width < 480 ? 12 : 14) + 5 * Math.sqrt(weight / heaviest);
    const half = measure(text, { size, weight: 700 }) / 2 + 6;
    const high = size * 0.75;
    const y = view.screenY(wy);
    const right = y - high < corner[3] ? corner[0] : view.width;
    const at = view.screenX(wx);
    const x = Math.max(Math.min(at, right - half), left + half);
    if (at < 0 || at > view.width || y < high || y > view.height - high || x + half > right + 1) continue;
    const box = [x - half, y - high, x + half, y + high];
    if (found.some((other) => overlaps(box, other.box))) continue;
    found.push({ wx, wy, text, size, box, opacity, shift: x - at });
  }
  return found;
}
