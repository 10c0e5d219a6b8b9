// The picture of the map on its three canvases: drawn in full at rest, in a hurry while it moves; and the moves themselves.

import { View, clamp } from "./view.js";
import { Scene } from "./scene.js";
import { pointOpacity, pointSize, rgb, themeOf } from "./look.js";
import { Density } from "./density.js";
import { Names, NO_PAGES } from "./data.js";
import { placeLabels, placeRegions } from "./labels.js";
import { drawAxes, drawDots, drawLabels, drawLinks, drawLoop, drawRegions, drawRings, linkedOf, measurer } from "./overlay.js";
import { buildFrame } from "./frame.js";

const TURN = 0.4; // degrees that a map in three dimensions turns for each pixel
const SETTLE = 160; // ms without movement after which everything is drawn in full
const UNDER_TOOLS = 52; // pixels at the left edge that the tools lie over: no point is under them at first
const SLOW_FRAME = 45; // ms: while moving, fewer points are drawn so that a frame takes less
const QUICK_FRAME = 22;
const MOST_STEP = 16;
const FEWEST_MOVING = 12_000; // points that are drawn in any case: fewer would not make a frame quicker

export class Picture {
  /** `on`: { select(points, when), view(array or null), hover(point or -1) }, called only for what the reader did. */
  constructor(root, on = {}) {
    this.on = on;
    this.parts = buildFrame(root);
    this.view = new View();
    this.scene = new Scene();
    this.density = new Density();
    this.names = new Names(NO_PAGES, () => {});
    this.facts = new Names(NO_PAGES, () => {});
    this.about = {};
    this.tool = "pan";
    this.labels = [];
    this.regions = [];
    this.highlight = [];
    this.hovered = -1;
    this.focused = -1;
    this.tipped = -1; // the point whose hover text is shown
    this.loop = null;
    this.step = 1;
    this.moving = false;
    this.toldView = "null"; // the whole map
    this.stats = { born: performance.now(), drawn: 0, frame: 0, placed: 0 };
    this.theme = themeOf(this.parts.frame);
    this.contexts = { ground: this.parts.ground.getContext("2d"), overlay: this.parts.overlay.getContext("2d") };
    this.measure = measurer(this.contexts.overlay, () => this.theme);
  }

  // Drawing

  resize() {
    const { stage, ground, points, overlay } = this.parts;
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    if (!width || !height) return;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    for (const canvas of [ground, points, overlay]) {
      const [wide, high] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
      if (canvas.width !== wide) canvas.width = wide;
      if (canvas.height !== high) canvas.height = high;
    }
    this.view.left = UNDER_TOOLS;
    this.view.resize(width, height);
    this.relabel();
  }

  redraw() {
    this.waiting ??= requestAnimationFrame((now) => {
      this.waiting = null;
      if (!this.gone) this.draw(now);
    });
  }

  draw(now = performance.now()) {
    if (!this.renderer || !this.ratio) return;
    this.adapt(now);
    const { scene, view, theme, ratio } = this;
    const size = pointSize(scene.n, view);
    const look = { size, opacity: pointOpacity(scene.n / this.step, view), ratio, paper: rgb(theme.paper), rim: size > 5 ? 0.75 : 0 };
    const { ground, overlay } = this.contexts;
    for (const context of [ground, overlay]) {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, view.width, view.height);
    }
    this.density.draw(ground, scene, view, theme.dark);
    drawAxes(ground, view, this.about.axes, theme);
    this.renderer.draw(scene, view, look, this.step);
    this.drawOver(overlay, size);
    this.stats.drawn++;
    if (scene.n && !this.stats.first) {
      this.renderer.finish(); // once, so that the time of the first picture is that of its pixels
      this.stats.first = performance.now();
    }
  }

  drawOver(context, size) {
    const { scene, view, theme, about } = this;
    drawLinks(context, scene, view, about.links, theme);
    if (about.links) drawDots(context, scene, view, linkedOf(about.links, scene), size * 0.4 + 3, theme);
    drawRings(context, scene, view, this.highlight, size + 2, theme.ink, theme.paper);
    if (scene.chosen.length === 1) drawDots(context, scene, view, scene.chosen, size * 0.4 + 4.5, theme);
    drawLabels(context, scene, view, this.labels, theme, new Set(this.highlight));
    drawRegions(context, view, this.regions, theme, scene.chosen.length > 0);
    drawLoop(context, this.loop, theme);
    const pointed = [this.focused, this.hovered].filter((i) => i >= 0);
    drawRings(context, scene, view, pointed, size + 1, theme.ink, theme.paper);
  }

  /** While moving, skip points when frames are slow and bring them back when they are quick. */
  adapt(now) {
    const took = now - (this.lastFrame ?? now);
    this.lastFrame = now;
    if (!this.moving) {
      this.step = 1;
      return;
    }
    if (!took || took > 1500) return;
    this.stats.frame = this.stats.frame ? 0.7 * this.stats.frame + 0.3 * took : took;
    if (took > SLOW_FRAME && this.scene.n / this.step > FEWEST_MOVING) this.step = Math.min(this.step * 2, MOST_STEP);
    else if (took < QUICK_FRAME && this.step > 1) this.step /= 2;
  }

  /** The view moves: draw at once, and in full when it has come to rest. */
  moved() {
    if (!this.moving) this.lastFrame = undefined;
    if (!this.moving && this.hurried) this.step = this.hurried;
    this.moving = true;
    this.hideTip();
    const now = performance.now();
    if (now - (this.stats.placed || 0) > 140 && (this.stats.placing ?? 0) < 12) this.place();
    this.settle();
    this.redraw();
  }

  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.gone) return;
      if (this.moving) this.hurried = this.step;
      this.moving = false;
      this.place();
      this.redraw();
      const view = JSON.stringify(this.view.toArray());
      if (view !== this.toldView) this.on.view?.(this.view.toArray());
      this.toldView = view;
    }, SETTLE);
  }

  /** Names have arrived. */
  named() {
    this.relabel();
    if (this.tipped >= 0) this.showTip(this.tipped);
  }

  relabel() {
    this.place();
    this.redraw();
  }

  place() {
    if (!this.scene.n || !this.ratio) return;
    const started = performance.now();
    const { scene, view, about } = this;
    const taken = this.takenBoxes();
    if (about.axes && !view.solid) taken.push([0, view.height - 20, view.width, view.height], [view.width - 20, 0, view.width, view.height]); // their names
    this.regions = placeRegions(this.regionsOf(about), view, this.measure, taken);
    const few = scene.chosen.length <= 60 ? scene.chosen : [];
    const links = about.links ? [about.links.from, ...linkedOf(about.links, scene)] : [];
    const first = [...new Set([this.focused, ...this.highlight, ...links, ...few])].filter((i) => i >= 0);
    const blocked = [...taken, ...this.regions.map((region) => region.box)];
    const radius = pointSize(scene.n, view) / 2;
    const before = this.labelled?.at === scene.at && this.labelled.zoom <= view.zoom ? this.labels : []; // from afar, anew
    this.labels = placeLabels(scene, view, this.names, this.measure, { first, blocked, radius, before, hurried: this.moving && scene.n > FEWEST_MOVING });
    this.labelled = { at: scene.at, zoom: view.zoom };
    this.stats.placed = performance.now();
    this.stats.placing = this.stats.placed - started;
  }

  /** Parts of the stage that other elements lie over, as boxes in pixels. */
  takenBoxes() {
    const { stage, tools, foot, legend } = this.parts;
    const frame = stage.getBoundingClientRect();
    const inside = [tools, ...foot.children, ...(stage.contains(legend) ? [legend] : [])];
    return inside.map((part) => part.getBoundingClientRect()).filter((box) => box.width)
      .map((box) => [box.left - frame.left - 4, box.top - frame.top - 4, box.right - frame.left + 4, box.bottom - frame.top + 4]);
  }

  /** Regions as [...place, name, weight, level] become { place, name, weight, level }. */
  regionsOf({ regions }) {
    if (this.regionsFrom !== regions) {
      this.regionsFrom = regions;
      const dims = this.scene.dims;
      this.regionsKnown = (regions ?? []).map((region) => ({ place: region.slice(0, dims), name: region[dims], weight: region[dims + 1] ?? 1, level: region[dims + 2] ?? 0 }));
    }
    return this.regionsKnown;
  }

  // Looking around

  pan(dx, dy) {
    this.view.pan(dx, dy);
    this.moved();
  }

  turn(dx, dy) {
    this.view.turnBy(TURN * dx, TURN * dy);
    this.moved();
  }

  zoomAt(sx, sy, factor) {
    this.view.zoomAt(sx, sy, factor);
    this.moved();
  }

  zoomMiddle(factor) {
    this.zoomAt(this.view.middle, this.view.halfway, factor);
  }

  fit() {
    this.view.fit();
    this.moved();
  }

  inView(i) {
    const { sx, sy } = this.scene.place(this.view, i);
    return sx > 0 && sy > 0 && sx < this.view.width && sy < this.view.height;
  }

  /** Bring a point to the middle, at once. */
  centreOn(i, zoom = this.view.zoom) {
    this.view.centre(this.scene.x(i), this.scene.y(i), zoom, this.scene.z(i));
  }

  /** Glide to a point. */
  flyTo(i, zoom = this.view.zoom) {
    const { x, y, z, zoom: first } = this.view;
    const to = [this.scene.x(i), this.scene.y(i), this.scene.z(i)];
    this.animate(320, (t) => {
      const [nx, ny, nz] = [x, y, z].map((from, k) => from + (to[k] - from) * t);
      this.view.centre(nx, ny, first * (zoom / first) ** t, nz);
      this.moved();
    });
  }

  /**
   * Call `frame` with 0 to 1, eased, over some milliseconds; at once where the reader wants no motion.
   * One animation of a kind ends an earlier one.
   */
  animate(length, frame, kind = "view") {
    const turn = this.stopped(kind);
    if (window.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return frame(1);
    const start = performance.now();
    const next = (now) => {
      if (turn !== this.animations[kind] || this.gone) return;
      const t = clamp((now - start) / length, 0, 1);
      frame(t * t * (3 - 2 * t));
      if (t < 1) requestAnimationFrame(next);
    };
    return requestAnimationFrame(next);
  }

  /** End the animation of a kind; the number of the next one. */
  stopped(kind) {
    this.animations ??= {};
    this.animations[kind] = (this.animations[kind] ?? 0) + 1;
    return this.animations[kind];
  }

  /** Change into the other map, or back. */
  play() {
    const [from, to] = this.scene.t > 0.5 ? [this.scene.t, 0] : [this.scene.t, 1];
    this.animate(2200, (t) => {
      this.slider.value = from + (to - from) * t;
      this.moveTo(from + (to - from) * t);
    });
  }

  moveTo(t) {
    this.scene.t = t;
    this.moved();
  }
}
