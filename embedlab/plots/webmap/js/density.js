// Shading behind the points: where they lie close, a soft cloud in their mean colour. Drawn once, then only moved.

import { clamp } from "./view.js";
import { HIDDEN } from "./scene.js";

const SIDE = 256;
const AROUND = 1.25; // of what is seen at first that the picture holds
const FEWEST = 3000;

export class Density {
  constructor() {
    this.picture = null;
  }

  /** Count points into cells, smooth, colour. Called when places, colours or filters change. */
  update(scene, palette, shift, view) {
    this.picture = null;
    if (scene.n < FEWEST || scene.to || scene.dims === 3) return;
    this.box = boxAround(view);
    const sums = count(scene, palette, shift, this.box);
    for (const channel of sums) blur(channel);
    const peak = quantile(sums[0]);
    const image = new ImageData(SIDE, SIDE);
    for (let cell = 0; cell < SIDE * SIDE; cell++) {
      const many = sums[0][cell];
      if (many < 1e-3) continue;
      for (let c = 0; c < 3; c++) image.data[4 * cell + c] = sums[c + 1][cell] / many;
      image.data[4 * cell + 3] = 255 * Math.min(1, (many / peak) ** 0.7);
    }
    this.picture = new OffscreenCanvas(SIDE, SIDE);
    this.picture.getContext("2d").putImageData(image, 0, 0);
  }

  draw(context, scene, view, dark) {
    if (!this.picture) return;
    const crowd = clamp(Math.log10(scene.n / FEWEST) / 2.2, 0.15, 1);
    const near = clamp(1.35 - view.zoom / 5, 0, 1); // the cloud gives way to the points as one comes closer
    if (!near) return;
    context.save();
    context.globalAlpha = (dark ? 0.42 : 0.34) * crowd * near;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "medium";
    const [x, y, edge] = this.box;
    const side = 2 * edge * view.scale;
    context.drawImage(this.picture, view.screenX(x - edge), view.screenY(y + edge), side, side);
    context.restore();
  }
}

/** [x, y, half a side] of the square that is shaded. */
function boxAround({ box: [x, y, wide, high] }) {
  return [x, y, AROUND * Math.max(wide, high)];
}

function count(scene, palette, shift, [x, y, edge]) {
  const sums = [0, 1, 2, 3].map(() => new Float32Array(SIDE * SIDE));
  const scale = SIDE / (2 * edge);
  const last = palette.length / 4 - 1;
  for (let i = 0; i < scene.n; i++) {
    if (scene.flags[i] & HIDDEN) continue;
    const column = Math.floor((scene.at[2 * i] - x + edge) * scale);
    const row = Math.floor((y + edge - scene.at[2 * i + 1]) * scale);
    if (column < 0 || row < 0 || column >= SIDE || row >= SIDE) continue;
    const cell = row * SIDE + column;
    const code = scene.codes ? Math.min(scene.codes[i] >> shift, last) : 0;
    sums[0][cell] += 1;
    for (let c = 0; c < 3; c++) sums[c + 1][cell] += palette[4 * code + c];
  }
  return sums;
}

/** Three box filters one after the other, which is nearly a Gaussian; along rows, then along columns. */
function blur(values, radius = 2) {
  const line = new Float32Array(SIDE);
  for (let round = 0; round < 3; round++) {
    for (let k = 0; k < SIDE; k++) {
      smoothLine(values, line, k * SIDE, 1, radius);
      smoothLine(values, line, k, SIDE, radius);
    }
  }
}

function smoothLine(values, line, start, stride, radius) {
  let sum = 0;
  for (let i = -radius; i < SIDE; i++) {
    if (i + radius < SIDE) sum += values[start + (i + radius) * stride];
    if (i - radius - 1 >= 0) sum -= values[start + (i - radius - 1) * stride];
    if (i >= 0) line[i] = sum / (2 * radius + 1);
  }
  for (let i = 0; i < SIDE; i++) values[start + i * stride] = line[i];
}

function quantile(values, share = 0.985) {
  const filled = values.filter((value) => value > 1e-3).sort();
  return filled[Math.floor(filled.length * share)] || 1;
}
