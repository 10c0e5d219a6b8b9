// The camera: which part of the map is seen. World coordinates lie in -1..1 with y upwards; screen ones are CSS pixels.
// A map in three dimensions is turned about a target: first about the upright axis (yaw), then towards the reader (pitch).

export const CLOSEST = 4000;
export const FARTHEST = 0.3;
const AIR = 0.92; // of the room that the points take at zoom 1
const FIRST_TURN = [-28, 18]; // degrees of yaw and pitch at which a map in three dimensions opens
const BEND = 0.26; // how much nearer points stand apart: 0 would be a parallel projection
const FARTHEST_PAN = 1.5;

export class View {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.solid = false; // three dimensions
    this.box = [0, 0, 1, 1]; // see `frame`
    this.foot = 0; // pixels at the lower edge that a bar lies over
    this.left = 0; // pixels at the left edge that the tools lie over
    this.yaw = this.pitch = 0;
    this.turn = IDENTITY;
    this.fit();
  }

  /** What is seen at first: [x, y, half the width, half the height], or in 3-D [x, y, z, radius, half the width, half the height]. */
  frame(box, solid) {
    this.box = box;
    this.solid = solid;
  }

  fit() {
    [this.x, this.y] = this.box;
    this.z = this.solid ? this.box[2] : 0;
    this.zoom = 1;
    this.setTurn(...(this.solid ? FIRST_TURN : [0, 0]));
  }

  /** Pixels a world unit takes. */
  get scale() {
    const { box } = this;
    const [wide, high] = [box[box.length - 2], box[box.length - 1]];
    return AIR * Math.min(this.room / wide, this.halfway / high) * this.zoom;
  }

  /** Half the width that no tools lie over. */
  get room() {
    return Math.max(this.width - this.left, this.width / 2) / 2;
  }

  /** Where the middle of the view lies, in pixels from the left. */
  get middle() {
    return this.width - this.room;
  }

  /** And how far down. */
  get halfway() {
    return Math.max(this.height - this.foot, this.height / 2) / 2;
  }

  resize(width, height) {
    this.width = Math.max(width, 1);
    this.height = Math.max(height, 1);
  }

  screenX(x) {
    return this.middle + (x - this.x) * this.scale;
  }

  screenY(y) {
    return this.halfway - (y - this.y) * this.scale;
  }

  /** Where a place of the map is on the screen: sets `sx`, `sy`, and `near`, by how much it is larger for being nearer. */
  project(x, y, z = 0) {
    const { scale } = this;
    if (!this.solid) {
      this.sx = this.middle + (x - this.x) * scale;
      this.sy = this.halfway - (y - this.y) * scale;
      this.near = 1;
      this.depth = 0;
      return this;
    }
    const [a, b, c, d, e, f, g, h, i] = this.turn;
    const [dx, dy, dz] = [x - this.x, y - this.y, z - this.z];
    this.depth = g * dx + h * dy + i * dz;
    this.near = nearness(this.depth, this.box[3]);
    this.sx = this.middle + (a * dx + b * dy + c * dz) * scale * this.near;
    this.sy = this.halfway - (d * dx + e * dy + f * dz) * scale * this.near;
    return this;
  }

  /** The place of a flat map under a place of the screen. */
  world(sx, sy) {
    return [this.x + (sx - this.middle) / this.scale, this.y - (sy - this.halfway) / this.scale];
  }

  pan(dx, dy) {
    this.shift(-dx / this.scale, dy / this.scale);
  }

  /** Move the target along the screen, in world units to the right and upwards. */
  shift(right, up) {
    const [a, b, c, d, e, f] = this.turn;
    this.x = clamp(this.x + a * right + d * up, -FARTHEST_PAN, FARTHEST_PAN);
    this.y = clamp(this.y + b * right + e * up, -FARTHEST_PAN, FARTHEST_PAN);
    this.z = clamp(this.z + c * right + f * up, -FARTHEST_PAN, FARTHEST_PAN);
  }

  /** Turn a map in three dimensions, by degrees to the right and downwards. */
  turnBy(right, down) {
    this.setTurn(this.yaw + right, this.pitch + down);
  }

  setTurn(yaw, pitch) {
    this.yaw = ((((yaw + 180) % 360) + 360) % 360) - 180;
    this.pitch = clamp(pitch, -90, 90);
    const [cosY, sinY] = [Math.cos(this.yaw * DEGREE), Math.sin(this.yaw * DEGREE)];
    const [cosP, sinP] = [Math.cos(this.pitch * DEGREE), Math.sin(this.pitch * DEGREE)];
    this.turn = yaw || pitch ? [cosY, 0, sinY, sinP * sinY, cosP, -sinP * cosY, -cosP * sinY, sinP, cosP * cosY] : IDENTITY;
  }

  /** Zoom by a factor so that what lies under (sx, sy) stays there. */
  zoomAt(sx, sy, factor) {
    const [right, up] = [sx - this.middle, this.halfway - sy];
    const before = this.scale;
    this.zoom = clamp(this.zoom * factor, FARTHEST, CLOSEST);
    const gone = 1 / before - 1 / this.scale;
    this.shift(right * gone, up * gone);
  }

  centre(x, y, zoom = this.zoom, z = this.z) {
    [this.x, this.y, this.z] = [x, y, this.solid ? z : 0];
    this.zoom = clamp(zoom, FARTHEST, CLOSEST);
  }

  /** Take what `toArray` gave; false, and nothing is taken, when it was of a map of another kind. */
  take(array) {
    if (array?.length !== (this.solid ? 6 : 3)) return false;
    if (this.solid) {
      this.centre(array[0], array[1], array[3], array[2]);
      this.setTurn(array[4], array[5]);
    } else {
      this.centre(...array);
    }
    return true;
  }

  /** [x, y, zoom], in 3-D [x, y, z, zoom, yaw, pitch], with as many digits as matter; null when all is seen as at first. */
  toArray() {
    const digits = Math.max(3, Math.ceil(Math.log10(this.zoom)) + 3);
    const [x, y, z] = [this.x, this.y, this.z].map((value) => +value.toFixed(digits));
    const zoom = +this.zoom.toPrecision(4);
    const first = [0, 1].every((k) => Math.abs([this.x, this.y][k] - this.box[k]) < 1e-9) && this.zoom === 1;
    if (!this.solid) return first ? null : [x, y, zoom];
    const turned = [this.yaw, this.pitch].map((value) => +value.toFixed(1));
    if (first && Math.abs(this.z - this.box[2]) < 1e-9 && turned.join() === FIRST_TURN.join()) return null;
    return [x, y, z, zoom, ...turned];
  }
}

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const DEGREE = Math.PI / 180;

/** How much larger a point looks `depth` world units before the target, on a map of this radius. */
export function nearness(depth, radius) {
  return 1 / clamp(1 - (BEND * depth) / radius, 0.45, 2.2);
}

/** What the card needs to do the same. */
export function bendOf(view) {
  return view.solid ? BEND / view.box[3] : 0;
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
