// Which names are written where: the most important first, as many as there is room for, none over another. A name that
// stands stays while one pans or comes closer, so that nothing flickers.

export const PLAIN_SIZE = 12;
export const STRONG_SIZE = 13.5;
const STRONG = 14; // so many of the most important names in view, and no more than a quarter, are set larger
const LINE = 1.3;
const GAP = 4;
const MOST_TRIED = 4000;
const CELL = 6; // pixels of a cell in which points are counted
const ROW = 20; // pixels of a strip in which labels are looked for
const BARE = 2; // other points that may lie around one that is named for having room, or under its name
const BARE_ROUND = [27, 15]; // pixels to each side, and above and below
const SIDES = [
  { name: "right", dx: 1, dy: 0 },
  { name: "left", dx: -1, dy: 0 },
  { name: "above", dx: 0, dy: -1 },
  { name: "below", dx: 0, dy: 1 },
];

/** How many names a view of this size carries whatever they cover. */
export function labelLimit(view) {
  return Math.round(Math.min(Math.max((view.width * view.height) / 9500, 10), 100));
}

/**
 * Labels [{ i, text, side, x, y, size, weight, box }]: x and y are offsets in pixels from the point to the text's start,
 * at half its height. `first`: points that come before all others; `blocked`: boxes that are taken already; `before`:
 * the labels that stand, which stay where they can. Beyond the limit, points whose surroundings are bare are named too,
 * unless it is `hurried`.
 */
export function placeLabels(scene, view, names, measure, { first = [], blocked = [], radius = 3, before = [], hurried = false }) {
  const quiet = scene.chosen.length > 0; // something is selected: the rest stands back
  const limit = Math.round(labelLimit(view) / (quiet ? 3 : 1)) + Math.min(first.length, 50);
  const room = new Room(scene, view, blocked);
  const stood = new Map(before.map((label) => [label.i, label]));
  const found = [];
  const seen = new Set();
  let tried = 0;
  let strong = 0;
  const name = (i, sure, most) => {
    seen.add(i);
    const text = names.get(i);
    tried++;
    if (!text) return;
    const old = stood.get(i);
    const large = sure || (old ? old.weight > 500 : strong < Math.min(STRONG, limit / 4));
    const style = { size: large ? STRONG_SIZE : PLAIN_SIZE, weight: sure ? 700 : large ? 600 : 450 };
    const label = fitting(i, shortened(text), style, scene.place(view, i), view, measure, room, radius, most, old?.side);
    if (!label) return;
    label.sure = sure;
    if (large && !sure) strong++;
    room.take(label.box);
    found.push(label);
  };
  for (const i of candidates(scene, view, first)) if (!seen.has(i)) name(i, true, Infinity);
  for (const i of candidates(scene, view, [...stood.keys(), ...scene.chosen])) if (!seen.has(i) && found.length < (quiet ? 1 : 4) * limit) name(i, false, Infinity);
  for (const i of byImportance(scene, view)) {
    if (found.length >= limit || tried > MOST_TRIED) break;
    if (!seen.has(i)) name(i, false, Infinity);
  }
  if (quiet || hurried || found.length < limit) return found;
  for (const i of room.bare(scene, view, 3 * limit)) {
    if (found.length >= 4 * limit || tried > 2 * MOST_TRIED) break;
    if (!seen.has(i)) name(i, false, BARE);
  }
  return found;
}

/** Those of some points that are in view. */
function candidates(scene, view, points) {
  return points.filter((i) => i < scene.n && scene.visible(i) && inView(scene.place(view, i), view));
}

function inView({ sx, sy }, view) {
  return sx >= 0 && sy >= 0 && sx <= view.width && sy <= view.height;
}

/** Points in view by importance, then those that say little. */
function* byImportance(scene, view) {
  const { sx, sy } = scene.screen(view);
  const seen = (i) => scene.visible(i) && sx[i] >= 0 && sy[i] >= 0 && sx[i] <= view.width && sy[i] <= view.height;
  for (let i = 0; i < scene.n; i++) if (!scene.quiet.has(i) && seen(i)) yield i;
  for (const i of scene.quiet) if (i < scene.n && seen(i)) yield i;
}

/** The side on which a name covers the fewest points and no other name; the one on which it stood, if it can. */
function fitting(i, text, style, { sx, sy }, view, measure, room, radius, most, old) {
  const wide = measure(text, style);
  const high = style.size * LINE;
  const away = radius + GAP;
  let best = null;
  let fewest = most;
  for (const side of SIDES) {
    const x = side.dx ? (side.dx > 0 ? away : -away - wide) : -wide / 2;
    const y = side.dy * (away + high / 2 - 2);
    const box = [sx + x - 2, sy + y - high / 2, sx + x + wide + 2, sy + y + high / 2];
    if (box[0] < 2 || box[1] < 2 || box[2] > view.width - 2 || box[3] > view.height - 2 || !room.free(box)) continue;
    const covered = side.name === old ? -1 : room.count(box);
    if (covered > fewest || (best && covered === fewest)) continue;
    fewest = covered;
    best = { i, text, side: side.name, box, ...style, x, y };
  }
  return best;
}

/** What of the screen is taken: by names, and by how many points. */
class Room {
  constructor(scene, view, blocked) {
    this.columns = Math.ceil(view.width / CELL) + 1;
    this.rows = Math.ceil(view.height / CELL) + 1;
    this.strips = new Map();
    blocked.forEach((box) => this.take(box));
    this.sums = this.summed(scene, view);
  }

  /** Sums of points from the upper left corner to each cell, so that any box is counted by four of them. */
  summed(scene, view) {
    const { columns, rows } = this;
    const { sx, sy } = scene.screen(view);
    const sums = new Uint32Array((columns + 1) * (rows + 1));
    for (let i = 0; i < scene.n; i++) {
      if (sx[i] < 0 || sy[i] < 0 || sx[i] > view.width || sy[i] > view.height || !scene.visible(i)) continue;
      sums[(Math.floor(sy[i] / CELL) + 1) * (columns + 1) + Math.floor(sx[i] / CELL) + 1]++;
    }
    for (let row = 1; row <= rows; row++) {
      for (let at = row * (columns + 1) + 1, last = at + columns; at < last; at++) sums[at] += sums[at - 1] + sums[at - columns - 1] - sums[at - columns - 2];
    }
    return sums;
  }

  /** How many points lie in a box, to the nearest cell. */
  count([left, top, right, bottom]) {
    const { columns, rows, sums } = this;
    const column = (x) => Math.min(Math.max(Math.round(x / CELL), 0), columns);
    const row = (y) => Math.min(Math.max(Math.round(y / CELL), 0), rows) * (columns + 1);
    const [x0, x1, y0, y1] = [column(left), column(right), row(top), row(bottom)];
    return sums[y1 + x1] - sums[y1 + x0] - sums[y0 + x1] + sums[y0 + x0];
  }

  /** Points around which hardly any others lie, by importance: as many as are wanted. */
  bare(scene, view, most) {
    const { sx, sy } = scene.screen(view);
    const { columns, rows, sums } = this;
    const [aside, above] = BARE_ROUND;
    const found = [];
    for (let i = 0; i < scene.n && found.length < most; i++) {
      const [x, y] = [sx[i], sy[i]];
      if (!(x >= 0 && y >= 0 && x <= view.width && y <= view.height)) continue;
      const x0 = Math.max(Math.round((x - aside) / CELL), 0);
      const x1 = Math.min(Math.round((x + aside) / CELL), columns);
      const y0 = Math.max(Math.round((y - above) / CELL), 0) * (columns + 1);
      const y1 = Math.min(Math.round((y + above) / CELL), rows) * (columns + 1);
      if (sums[y1 + x1] - sums[y1 + x0] - sums[y0 + x1] + sums[y0 + x0] > BARE + 1) continue;
      if (scene.visible(i)) found.push(i);
    }
    return found;
  }

  take(box) {
    for (let strip = Math.floor(box[1] / ROW); strip <= Math.floor(box[3] / ROW); strip++) {
      if (this.strips.has(strip)) this.strips.get(strip).push(box);
      else this.strips.set(strip, [box]);
    }
  }

  free(box) {
    for (let strip = Math.floor(box[1] / ROW); strip <= Math.floor(box[3] / ROW); strip++) {
      if (this.strips.get(strip)?.some((other) => overlaps(box, other))) return false;
    }
    return true;
  }
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
