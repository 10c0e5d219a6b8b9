// The camera: which part of the map is seen. World coordinates lie in -1..1 with y upwards; screen ones are CSS pixels.

export const CLOSEST = 4000;
export const FARTHEST = 0.3;
const AIR = 0.93; // of the smaller side that the points take at zoom 1
const UNDER_TOOLS = 46; // pixels at the right edge that the tools lie over: no point is under them at first

export class View {
  constructor() {
    this.width = 1;
    this.height = 1;
    this.extent = [1, 1];
    this.foot = 0; // pixels at the lower edge that a bar lies over
    this.fit();
  }

  fit() {
    this.x = 0;
    this.y = 0;
    this.zoom = 1;
  }

  /** Pixels a world unit takes. */
  get scale() {
    const room = Math.min((2 * this.middle) / this.extent[0], (2 * this.halfway) / this.extent[1]);
    return 0.5 * AIR * room * this.zoom;
  }

  /** Where the middle of the view lies, in pixels from the left. */
  get middle() {
    return Math.max(this.width - UNDER_TOOLS, this.width / 2) / 2;
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

  world(sx, sy) {
    return [this.x + (sx - this.middle) / this.scale, this.y - (sy - this.halfway) / this.scale];
  }

  pan(dx, dy) {
    this.x = clamp(this.x - dx / this.scale, -1.5, 1.5);
    this.y = clamp(this.y + dy / this.scale, -1.5, 1.5);
  }

  /** Zoom by a factor so that what lies under (sx, sy) stays there. */
  zoomAt(sx, sy, factor) {
    const [x, y] = this.world(sx, sy);
    this.zoom = clamp(this.zoom * factor, FARTHEST, CLOSEST);
    const [newX, newY] = this.world(sx, sy);
    this.x += x - newX;
    this.y += y - newY;
  }

  centre(x, y, zoom = this.zoom) {
    this.x = x;
    this.y = y;
    this.zoom = clamp(zoom, FARTHEST, CLOSEST);
  }

  /** [x, y, zoom] with as many digits as matter, or null when the whole map is seen as at first. */
  toArray() {
    if (this.zoom === 1 && this.x === 0 && this.y === 0) return null;
    const digits = Math.max(3, Math.ceil(Math.log10(this.zoom)) + 3);
    return [+this.x.toFixed(digits), +this.y.toFixed(digits), +this.zoom.toPrecision(4)];
  }
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
