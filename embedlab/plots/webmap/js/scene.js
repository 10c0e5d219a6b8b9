// What is on the map: places, colours, flags. Plain arrays and the questions the other modules ask of them.

export const HIDDEN = 1;
export const CHOSEN = 2;
export const MUTED = 4;

export class Scene {
  constructor() {
    this.n = 0;
    this.at = new Float32Array(0); // x, y of each point, one after the other
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

  setPlaces(at, to) {
    const fresh = at !== this.at;
    this.at = at;
    this.to = to;
    this.n = at.length / 2;
    if (fresh) {
      this.flags = new Uint8Array(this.n);
      this.chosen = [];
    }
    this.reflag();
  }

  x(i) {
    return this.to ? this.at[2 * i] + (this.to[2 * i] - this.at[2 * i]) * this.t : this.at[2 * i];
  }

  y(i) {
    const j = 2 * i + 1;
    return this.to ? this.at[j] + (this.to[j] - this.at[j]) * this.t : this.at[j];
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

  /** The point nearest to a place on the screen, within `reach` pixels; -1 for none. */
  nearest(view, sx, sy, reach) {
    const [wx, wy] = view.world(sx, sy);
    const limit = (reach / view.scale) ** 2;
    let best = -1;
    let closest = limit;
    for (let i = 0; i < this.n; i++) {
      const dx = this.x(i) - wx;
      const dy = this.y(i) - wy;
      const far = dx * dx + dy * dy;
      if (far < closest && !(this.flags[i] & HIDDEN)) {
        closest = far;
        best = i;
      }
    }
    return best;
  }

  /** Points inside a closed loop of world coordinates [[x, y], ...]. */
  inside(loop) {
    const xs = loop.map((corner) => corner[0]);
    const ys = loop.map((corner) => corner[1]);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found = [];
    for (let i = 0; i < this.n; i++) {
      const x = this.x(i);
      const y = this.y(i);
      if (x < left || x > right || y < low || y > high || this.flags[i] & HIDDEN) continue;
      if (encloses(xs, ys, x, y)) found.push(i);
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
