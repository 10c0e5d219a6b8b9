// What is on the map: places, colours, flags. Plain arrays and the questions the other modules ask of them.

import { nearness } from "./view.js";

export const HIDDEN = 1;
export const CHOSEN = 2;
export const MUTED = 4;

export class Scene {
  constructor() {
    this.n = 0;
    this.dims = 2;
    this.at = new Float32Array(0); // x, y (and z) of each point, one after the other
    this.to = null; // where the points go, for a map that changes into another
    this.t = 0;
    this.codes = null; // u16: number of the category, or the value on the scale from 0 to 65535
    this.colour = null;
    this.flags = new Uint8Array(0);
    this.alpha = null;
    this.halo = null;
    this.filter = null; // u8, 1 where a point may be seen
    this.off = new Set(); // categories switched off in the legend
    this.chosen = [];
    this.quiet = new Set();
  }

  setPlaces(at, to, dims = 2) {
    const fresh = at !== this.at;
    this.at = at;
    this.to = to;
    this.dims = dims;
    this.n = at.length / dims;
    if (fresh) {
      this.flags = new Uint8Array(this.n);
      this.chosen = [];
    }
    this.reflag();
  }

  /** Where the points are at this moment, on their way or not. */
  current() {
    return this.to ? Float32Array.from(this.at, (_, j) => this.coordinate(j)) : this.at;
  }

  /** The points have come to their places. */
  rest(at) {
    this.at = at;
    this.to = null;
    this.t = 0;
  }

  x(i) {
    return this.coordinate(this.dims * i);
  }

  y(i) {
    return this.coordinate(this.dims * i + 1);
  }

  z(i) {
    return this.dims === 3 ? this.coordinate(3 * i + 2) : 0;
  }

  coordinate(j) {
    return this.to ? this.at[j] + (this.to[j] - this.at[j]) * this.t : this.at[j];
  }

  /** Where a point is on the screen, as `view.sx` and `view.sy`. */
  place(view, i) {
    return view.project(this.x(i), this.y(i), this.z(i));
  }

  /** Places of all points on the screen: { sx, sy, depth }, computed once for a view. */
  screen(view) {
    const key = [view.x, view.y, view.z, view.scale, view.middle, view.halfway, view.yaw, view.pitch, this.to ? this.t : -1].join();
    if (this.seen?.key === key && this.seen.at === this.at && this.seen.to === this.to) return this.seen;
    const { n } = this;
    const old = this.seen?.sx.length === n ? this.seen : null;
    const made = old ?? { sx: new Float32Array(n), sy: new Float32Array(n), depth: new Float32Array(this.dims === 3 ? n : 0) };
    if (this.dims === 3 && made.depth.length !== n) made.depth = new Float32Array(n);
    if (this.dims === 3) this.projectSolid(view, made);
    else this.projectFlat(view, made);
    this.seen = Object.assign(made, { key, at: this.at, to: this.to });
    return made;
  }

  projectFlat(view, { sx, sy }) {
    const { scale, middle, halfway } = view;
    const [left, top] = [middle - view.x * scale, halfway + view.y * scale];
    for (let i = 0; i < this.n; i++) {
      sx[i] = left + this.coordinate(2 * i) * scale;
      sy[i] = top - this.coordinate(2 * i + 1) * scale;
    }
  }

  projectSolid(view, { sx, sy, depth }) {
    const { scale, middle, halfway, box } = view;
    const [a, b, c, d, e, f, g, h, k] = view.turn;
    for (let i = 0; i < this.n; i++) {
      const x = this.coordinate(3 * i) - view.x;
      const y = this.coordinate(3 * i + 1) - view.y;
      const z = this.coordinate(3 * i + 2) - view.z;
      depth[i] = g * x + h * y + k * z;
      const near = scale * nearness(depth[i], box[3]);
      sx[i] = middle + (a * x + b * y + c * z) * near;
      sy[i] = halfway - (d * x + e * y + f * z) * near;
    }
  }

  /** Every step-th point, the farthest first, for drawing in three dimensions: sorted into 4096 layers. */
  backToFront(view, step) {
    const { depth } = this.screen(view);
    const { n } = this;
    const layers = 4096;
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < n; i += step) {
      if (depth[i] < low) low = depth[i];
      if (depth[i] > high) high = depth[i];
    }
    const factor = (layers - 1) / Math.max(high - low, 1e-9);
    const starts = new Uint32Array(layers + 1);
    for (let i = 0; i < n; i += step) starts[Math.floor((depth[i] - low) * factor) + 1]++;
    for (let layer = 0; layer < layers; layer++) starts[layer + 1] += starts[layer];
    const order = new Uint32Array(Math.ceil(n / step));
    for (let i = 0; i < n; i += step) order[starts[Math.floor((depth[i] - low) * factor)]++] = i;
    return order;
  }

  choose(points) {
    this.chosen = points.filter((i) => i < this.n);
    this.reflag();
  }

  /** Work out the flags of every point anew: after a change of colour, filter, legend or selection. */
  reflag() {
    const { n, flags, filter, codes } = this;
    const muted = this.categoryFlags((category) => (category.muted ? MUTED : 0));
    const off = this.categoryFlags((_, code) => (this.off.has(code) ? HIDDEN : 0));
    this.anyMuted = muted?.some(Boolean) ?? false;
    for (let i = 0; i < n; i++) {
      flags[i] = (filter && !filter[i] ? HIDDEN : 0) | (muted ? muted[codes[i]] | off[codes[i]] : 0);
    }
    for (const i of this.chosen) flags[i] |= CHOSEN;
  }

  categoryFlags(flag) {
    if (!this.codes || this.codes.length !== this.n || this.colour?.kind !== "category") return null;
    return this.colour.categories.map(flag);
  }

  visible(i) {
    return !(this.flags[i] & HIDDEN);
  }

  isChosen(i) {
    return Boolean(this.flags[i] & CHOSEN);
  }

  /** The point nearest to a place on the screen, within `reach` pixels; -1 for none. Of two as near, the one in front. */
  nearest(view, x, y, reach) {
    const { sx, sy, depth } = this.screen(view);
    const solid = this.dims === 3;
    let best = -1;
    let closest = reach * reach;
    for (let i = 0; i < this.n; i++) {
      const dx = sx[i] - x;
      const dy = sy[i] - y;
      const far = dx * dx + dy * dy;
      if (far > closest || this.flags[i] & HIDDEN) continue;
      if (best >= 0 && solid && far > closest - 4 && depth[i] < depth[best]) continue;
      closest = far;
      best = i;
    }
    return best;
  }

  /** Points inside a closed loop on the screen, [[x, y], ...] in pixels. */
  inside(view, loop) {
    const { sx, sy } = this.screen(view);
    const xs = loop.map((corner) => corner[0]);
    const ys = loop.map((corner) => corner[1]);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found = [];
    for (let i = 0; i < this.n; i++) {
      if (sx[i] < left || sx[i] > right || sy[i] < top || sy[i] > bottom || this.flags[i] & HIDDEN) continue;
      if (encloses(xs, ys, sx[i], sy[i])) found.push(i);
    }
    return found;
  }
}

/** Whether a ray to the right crosses the loop an odd number of times. */
function encloses(xs, ys, x, y) {
  let odd = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > y !== ys[j] > y && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) odd = !odd;
  }
  return odd;
}
