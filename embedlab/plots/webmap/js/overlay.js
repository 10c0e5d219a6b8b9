// What lies over the points: names, rings, lines to neighbours, the loop being drawn; and the axes beneath them.

import { shortened } from "./labels.js";

export function fontOf(style, family) {
  return `${style.weight} ${style.size}px ${family}`;
}

/** Widths of texts in a font, measured once each. */
export function measurer(context, theme) {
  const known = new Map();
  return (text, style) => {
    const key = `${style.weight}/${style.size}/${text}`;
    if (!known.has(key)) {
      context.font = fontOf(style, theme().font);
      known.set(key, context.measureText(text).width);
    }
    return known.get(key);
  };
}

/** The neighbours that belong to what is shown: those of the map that is nearer, while one changes into another. */
export function linkedOf(links, scene) {
  return links.then && scene.to && scene.t > 0.5 ? links.then : links.to;
}

/** Strength of the line to each neighbour, 0 to 1, the nearest strongest; those of one map give way to those of the other. */
function strengths(links, scene) {
  const found = new Map();
  const add = (points, share) => points.forEach((i, rank) => {
    found.set(i, (found.get(i) ?? 0) + share * (1 - (0.53 * rank) / Math.max(points.length - 1, 1)));
  });
  const t = links.then && scene.to ? scene.t : 0;
  if (t < 1) add(links.to, 1 - t);
  if (t > 0) add(links.then, t);
  return found;
}

export function drawLinks(context, scene, view, links, theme) {
  if (!links?.to?.length || links.from >= scene.n) return;
  const { sx: x0, sy: y0 } = scene.place(view, links.from);
  context.save();
  context.strokeStyle = theme.primary;
  context.lineCap = "round";
  for (const [i, strength] of strengths(links, scene)) {
    if (i >= scene.n || !scene.visible(i)) continue;
    context.globalAlpha = 0.85 * strength;
    context.lineWidth = 0.9 + 0.9 * strength;
    context.beginPath();
    context.moveTo(x0, y0);
    scene.place(view, i);
    context.lineTo(view.sx, view.sy);
    context.stroke();
  }
  context.restore();
}

/** Filled discs in the accent, for the point in focus and its true neighbours. */
export function drawDots(context, scene, view, points, radius, theme) {
  for (const i of points) {
    if (i >= scene.n || !scene.visible(i)) continue;
    const { sx, sy } = scene.place(view, i);
    context.beginPath();
    context.arc(sx, sy, radius, 0, 2 * Math.PI);
    context.lineWidth = 3;
    context.strokeStyle = theme.paper;
    context.stroke();
    context.fillStyle = theme.primary;
    context.fill();
  }
}

export function drawRings(context, scene, view, points, size, colour, paper, wide = 2) {
  for (const i of points) {
    if (i >= scene.n || !scene.visible(i)) continue;
    const { sx: x, sy: y } = scene.place(view, i);
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    for (const [width, ink] of [[wide + 2, paper], [wide, colour]]) {
      context.lineWidth = width;
      context.strokeStyle = ink;
      context.beginPath();
      context.arc(x, y, size / 2 + 3.5, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

export function drawLabels(context, scene, view, labels, theme, hits) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const label of [...labels].reverse()) {
    scene.place(view, label.i);
    const x = view.sx + label.x;
    const y = view.sy + label.y;
    context.font = fontOf(label, theme.font);
    const back = scene.chosen.length > 0 && !label.sure && !scene.isChosen(label.i);
    const opacity = back ? 0.55 : label.weight > 500 ? 1 : 0.86;
    drawText(context, label.text, x, y, hits.has(label.i) ? theme.primary : theme.ink, theme.paper, opacity);
  }
}

/** muted: something is selected, and the names of regions stand back. */
export function drawRegions(context, view, regions, theme, muted) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const region of regions) {
    context.font = fontOf({ size: region.size, weight: 700 }, theme.font);
    view.project(...region.place);
    drawText(context, region.text, view.sx + region.shift, view.sy, muted ? theme.faint : theme.ink, theme.paper, 0.92 * region.opacity, 5);
  }
  context.textAlign = "left";
}

function drawText(context, text, x, y, ink, paper, opacity, halo = 3.5) {
  context.globalAlpha = 0.85 * opacity;
  context.strokeStyle = paper;
  context.lineWidth = halo;
  context.strokeText(text, x, y);
  context.globalAlpha = opacity;
  context.fillStyle = ink;
  context.fillText(text, x, y);
  context.globalAlpha = 1;
}

/** The loop of a lasso or a box while it is drawn: corners in pixels. */
export function drawLoop(context, loop, theme) {
  if (!loop || loop.length < 2) return;
  context.beginPath();
  loop.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](x, y));
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = theme.primary;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([5, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = theme.primary;
  context.stroke();
  context.setLineDash([]);
}

/** Names of the axes at the edge; with `ticks` also a grid with numbers, in the map's own units. */
export function drawAxes(context, view, axes, theme) {
  if (!axes) return;
  if (view.solid) {
    drawCorner(context, view, axes, theme);
    return;
  }
  context.save();
  context.font = fontOf({ size: 11.5, weight: 400 }, theme.font);
  context.fillStyle = theme.ink;
  context.strokeStyle = theme.ink;
  if (axes.ticks) drawGrid(context, view, axes);
  context.globalAlpha = 0.62;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(shortened(axes.titles[0], 48), view.width / 2, view.height - 6);
  context.translate(view.width - 7, view.height / 2); // the tools are at the left
  context.rotate(-Math.PI / 2);
  context.fillText(shortened(axes.titles[1], 48), 0, 0);
  context.restore();
}

const ARM = 26; // pixels of an axis in the corner

/** The three axes in three dimensions, small, at the lower right. */
function drawCorner(context, view, axes, theme) {
  const [x0, y0] = [view.width - ARM - 34, view.height - ARM - 26];
  context.save();
  context.font = fontOf({ size: 11, weight: 600 }, theme.font);
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.lineWidth = 1.5;
  context.strokeStyle = context.fillStyle = theme.ink;
  for (const [k, title] of axes.titles.entries()) {
    const [right, up, depth] = [view.turn[k], view.turn[3 + k], view.turn[6 + k]];
    context.globalAlpha = 0.6 + 0.25 * depth;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x0 + right * ARM, y0 - up * ARM);
    context.stroke();
    if (Math.hypot(right, up) > 0.25) context.fillText(/\d+/.exec(title)?.[0] ?? title.slice(0, 1), x0 + right * (ARM + 9), y0 - up * (ARM + 9));
  }
  context.restore();
}

function drawGrid(context, view, axes) {
  const unit = axes.scale; // of the map's own numbers in one world unit
  const step = niceStep((90 / view.scale) * unit);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const [left, top] = view.world(0, 0);
  const [right, bottom] = view.world(view.width, view.height);
  const ticks = (from, to, origin) => {
    const first = Math.ceil((from * unit + origin) / step);
    const last = Math.floor((to * unit + origin) / step);
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, k) => (first + k) * step);
  };
  context.lineWidth = 1;
  for (const value of ticks(left, right, axes.origin[0])) {
    const x = view.screenX((value - axes.origin[0]) / unit);
    line(context, x, 0, x, view.height - 22);
    if (x > 40) tickText(context, value.toFixed(digits), x, view.height - 22, "center");
  }
  for (const value of ticks(bottom, top, axes.origin[1])) {
    const y = view.screenY((value - axes.origin[1]) / unit);
    line(context, 0, y, view.width, y);
    if (y > 16 && y < view.height - 40) tickText(context, value.toFixed(digits), 22, y - 3, "left");
  }
}

function line(context, x0, y0, x1, y1) {
  context.globalAlpha = 0.09;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function tickText(context, text, x, y, align) {
  context.globalAlpha = 0.5;
  context.textAlign = align;
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y);
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}
