// Points on a 2-D canvas, for browsers without WebGL2: the same arrays, the same looks, colour by colour.

import { CHOSEN, HIDDEN, MUTED } from "./scene.js";
import { clamp, nearness } from "./view.js";
import { fadeOf } from "./look.js";

const BANDS = 8; // layers of depth in three dimensions, the farthest drawn first
const ROUND = 4.5; // pixels from which a point is drawn as a shape and not as a square

export class CanvasPoints {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.name = "canvas";
    this.arrays = {};
    this.palette = Uint8Array.of(31, 119, 196, 0);
    this.shift = 0;
  }

  setArray(name, values) {
    this.arrays[name] = values;
  }

  setPalette(rows, shift) {
    this.palette = rows;
    this.shift = shift;
  }

  draw(scene, view, look, step) {
    const { context } = this;
    context.setTransform(look.ratio, 0, 0, look.ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    if (!scene.n || !this.arrays.at) return;
    const choosing = scene.chosen.length > 0;
    if (this.arrays.halo) this.drawHalos(scene, view, step);
    const piles = this.piles(scene, view, choosing, step);
    for (const [key, places] of [...piles].sort((a, b) => a[0] - b[0])) {
      const row = (key % 65536) * 4;
      const level = Math.floor(key / 65536 / 4 / BANDS); // 0 behind, 1 usual, 2 chosen
      const depth = scene.dims === 3 ? (2 * (Math.floor(key / 65536 / 4) % BANDS) + 1) / BANDS - 1 : 0; // -1 far to 1 near
      const near = nearness(depth * view.box[3], view.box[3]);
      const faded = scene.dims === 3 && level < 2 ? 0.42 + 0.29 * (1 + clamp(depth * fadeOf(view) * view.box[3], -1, 1)) : 1;
      const share = (Math.floor(key / 65536) % 4 + 1) / 4; // of the opacity, as the point has its own
      const [r, g, b, shape] = this.palette.subarray(row, row + 4);
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.globalAlpha = level === 2 ? 0.95 : look.opacity * share * faded * (level ? 1 : choosing ? 0.28 : 0.5);
      drawPile(context, places, (level === 2 ? look.size * 1.25 + 1 : look.size) * (scene.dims === 3 ? near : 1), shape);
    }
    context.globalAlpha = 1;
  }

  /** Screen places of the points in view, by level, distance and colour. */
  piles(scene, view, choosing, step) {
    const { flags } = scene;
    const { code, alpha } = this.arrays;
    const { sx, sy, depth } = scene.screen(view);
    const solid = scene.dims === 3;
    const piles = new Map();
    for (let i = 0; i < scene.n; i += step) {
      if (flags[i] & HIDDEN) continue;
      const [x, y] = [sx[i], sy[i]];
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
      const chosen = flags[i] & CHOSEN;
      const level = chosen ? 2 : flags[i] & MUTED || choosing ? 0 : 1;
      const share = alpha ? alpha[i] >> 6 : 3;
      const band = solid ? clamp(Math.floor((depth[i] / view.box[3] + 1) * 0.5 * BANDS), 0, BANDS - 1) : 0;
      const key = ((level * BANDS + band) * 4 + share) * 65536 + (code ? code[i] >> this.shift : 0);
      const pile = piles.get(key);
      if (pile) pile.push(x, y);
      else piles.set(key, [x, y]);
    }
    return piles;
  }

  drawHalos(scene, view, step) {
    const { context } = this;
    context.globalAlpha = 0.13;
    for (let i = 0; i < scene.n; i += step) {
      const radius = this.arrays.halo[i];
      if (!(radius > 0) || scene.flags[i] & HIDDEN) continue;
      const row = 4 * (this.arrays.code ? this.arrays.code[i] >> this.shift : 0);
      context.fillStyle = `rgb(${this.palette[row]} ${this.palette[row + 1]} ${this.palette[row + 2]})`;
      context.beginPath();
      scene.place(view, i);
      context.arc(view.sx, view.sy, radius * view.near, 0, 2 * Math.PI);
      context.fill();
    }
  }

  finish() {
    this.context.getImageData(0, 0, 1, 1);
  }

  destroy() {}
}

function drawPile(context, places, size, shape) {
  const r = size / 2;
  if (size < ROUND) {
    for (let i = 0; i < places.length; i += 2) context.fillRect(places[i] - r, places[i + 1] - r, size, size);
    return;
  }
  for (let i = 0; i < places.length; i += 2) {
    context.beginPath();
    outline(context, places[i], places[i + 1], r, shape);
    context.fill();
  }
}

function outline(context, x, y, r, shape) {
  if (shape === 1) {
    const reach = r * 1.19;
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
  } else if (shape === 2) {
    context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  } else if (shape === 3) {
    const arm = r * 0.34;
    context.rect(x - r, y - arm, 2 * r, 2 * arm);
    context.rect(x - arm, y - r, 2 * arm, 2 * r);
  } else {
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}
