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
  const [x0, y0] = [view.screenX(scene.x(links.from)), view.screenY(scene.y(links.from))];
  context.save();
  context.strokeStyle = theme.primary;
  context.lineCap = "round";
  for (const [i, strength] of strengths(links, scene)) {
    if (i >= scene.n || !scene.visible(i)) continue;
    context.globalAlpha = 0.85 * strength;
    context.lineWidth = 0.9 + 0.9 * strength;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(view.screenX(scene.x(i)), view.screenY(scene.y(i)));
    context.stroke();
  }
  context.restore();
}

export function drawRings(context, scene, view, points, size, colour, paper, wide = 2) {
  for (const i of points) {
    if (i >= scene.n || !scene.visible(i)) continue;
    const [x, y] = [view.screenX(scene.x(i)), view.screenY(scene.y(i))];
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
    const x = view.screenX(scene.x(label.i)) + label.x;
    const y = view.screenY(scene.y(label.i)) + label.y;
    context.font = fontOf(label, theme.font);
    const back = scene.chosen.length > 1 && !label.sure && !scene.isChosen(label.i);
    const opacity = back ? 0.45 : label.weight > 500 ? 1 : 0.86;
    drawText(context, label.text, x, y, hits.has(label.i) ? theme.primary : theme.ink, theme.paper, opacity);
  }
}

export function drawRegions(context, view, regions, theme) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const region of regions) {
    context.font = fontOf({ size: region.size, weight: 700 }, theme.font);
    drawText(context, region.text, view.screenX(region.wx) + region.shift, view.screenY(region.wy), theme.ink, theme.paper, 0.92 * region.opacity, 5);
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

/** The loop of a lasso or a box while it is drawn: corners in world coordinates. */
export function drawLoop(context, view, loop, theme) {
  if (!loop || loop.length < 2) return;
  context.beginPath();
  loop.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](view.screenX(x), view.screenY(y)));
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
  context.save();
  context.font = fontOf({ size: 11.5, weight: 400 }, theme.font);
  context.fillStyle = theme.ink;
  context.strokeStyle = theme.ink;
  if (axes.ticks) drawGrid(context, view, axes);
  context.globalAlpha = 0.62;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillText(shortened(axes.titles[0], 48), view.width / 2, view.height - 6);
  context.translate(13, view.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(shortened(axes.titles[1], 48), 0, 0);
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
