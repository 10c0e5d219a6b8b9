// The map itself: takes what is to be shown, and says what the reader has selected and where they look.

import { load, Names, NO_PAGES, sameBytes, unpackSelection } from "./data.js";
import { clamp } from "./view.js";
import { fillHeight } from "./fill.js";
import { paletteOf, paletteShift, themeOf } from "./look.js";
import { GlPoints } from "./gl.js";
import { CanvasPoints } from "./canvas2d.js";
import { fillBar, fillLegend, fillTip } from "./frame.js";
import { focusAfter, listen } from "./input.js";
import { Picture } from "./picture.js";

const HINT = 1600; // ms a hint stays
const GLIDE = 600; // ms in which points go to their new places
const UNDER_BAR = 52; // pixels at the lower edge that the bar of a changing map takes
const UNDER_CHIP = 40; // and that the chip takes
const REACH = 11; // pixels from a point within which it is meant

export class EmbeddingMap extends Picture {
  constructor(root, on) {
    super(root, on);
    this.home = "pan"; // the tool that dragging stands for
    this.parts.stage.map = this;
    this.connect();
  }

  connect() {
    listen(this.parts.stage, this);
    const actions = {
      turn: () => this.setTool("turn"), pan: () => this.setTool("pan"), lasso: () => this.setTool("lasso"), box: () => this.setTool("box"),
      closer: () => this.zoomMiddle(1.6), farther: () => this.zoomMiddle(1 / 1.6), whole: () => this.fit(),
    };
    for (const [name, action] of Object.entries(actions)) {
      this.parts.buttons[name].addEventListener("click", (event) => {
        action();
        if (event.detail) this.parts.stage.focus({ preventScroll: true }); // by hand: the map is in use, and no browser need say so
      });
    }
    this.setTool("pan");
    this.parts.chip.addEventListener("click", () => this.on.chip?.(Date.now()));
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.parts.stage);
  }

  destroy() {
    this.observer.disconnect();
    this.unfill?.();
    for (const timer of [this.settling, this.hinting, this.pointing]) clearTimeout(timer);
    cancelAnimationFrame(this.waiting);
    this.gone = true;
    this.renderer?.destroy();
  }

  // What is shown

  /** Show what `about` describes; only what has changed is fetched and handed to the card. */
  async set(about) {
    const before = this.taken ?? {};
    this.about = about;
    this.calls = (this.calls ?? 0) + 1;
    const call = this.calls;
    let fresh = false;
    this.dress(about);
    const wanted = ["positions", "morph", "codes", "alpha", "halo", "filter"];
    const references = { ...about, morph: about.morph?.positions, codes: about.colour?.codes };
    try {
      const buffers = await Promise.all(wanted.map((name) => (references[name] ? load(references[name]) : null)));
      if (call !== this.calls || this.gone) return;
      this.renderer ??= this.makeRenderer(about.renderer);
      this.taken = about;
      fresh = this.take(Object.fromEntries(wanted.map((name, k) => [name, buffers[k]])), before);
      this.head();
      this.say("");
    } catch (error) {
      if (call === this.calls) this.say(error.message);
      return;
    }
    if (!before.names || before.names.pages.join() !== about.names.pages.join()) this.names = new Names(about.names, () => this.named());
    if (before.facts?.pages.join() !== about.facts?.pages.join()) this.facts = new Names(about.facts ?? NO_PAGES, () => this.tipped >= 0 && this.showTip(this.tipped));
    if (fresh && about.view && this.view.take(about.view)) this.toldView = JSON.stringify(this.view.toArray());
    this.takeSelection();
    this.bring(before);
    this.themed();
  }

  /** Height, chip and note of the frame; a map that fills the window has its legend over the points. */
  dress(about) {
    const { frame, stage, legend, chip, note, foot, tip } = this.parts;
    const fills = about.height === "fill";
    if (fills !== frame.classList.contains("em-fill")) {
      frame.classList.toggle("em-fill", fills);
      legend.dataset.folds = String(fills);
      if (fills) tip.before(legend);
      else stage.after(legend);
      this.unfill?.();
      this.unfill = fills ? fillHeight(stage, frame) : null;
    }
    if (!fills) frame.style.setProperty("--em-height", `${about.height ?? 600}px`);
    chip.hidden = !about.chip;
    chip.textContent = about.chip?.text ?? "";
    chip.dataset.tone = about.chip?.tone ?? "plain";
    note.hidden = !about.note;
    note.textContent = about.note ?? "";
    foot.hidden = !about.chip && !about.note;
    foot.style.bottom = about.axes && about.dims === 2 ? "26px" : ""; // above the name of the axis
  }

  makeRenderer(kind) {
    if (kind !== "canvas") {
      try {
        return this.watchContext(new GlPoints(this.parts.points));
      } catch {
        const fresh = this.parts.points.cloneNode();
        this.parts.points.replaceWith(fresh);
        this.parts.points = fresh;
      }
    }
    return new CanvasPoints(this.parts.points);
  }

  /** A card that was taken away and came back gets everything again. */
  watchContext(renderer) {
    this.parts.points.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.parts.points.addEventListener("webglcontextrestored", () => {
      renderer.build();
      this.handed = {};
      this.handOver();
      this.themed();
    });
    return renderer;
  }

  /** Take the arrays; whether the places are new. */
  take(buffers, before) {
    const { about, scene } = this;
    const at = this.kept("positions", buffers.positions, Float32Array);
    const fresh = at !== this.placed;
    const solid = about.dims === 3;
    const glides = fresh && about.glide && !about.morph && this.placed && this.placed.length === at.length && before.dims === about.dims;
    if (solid !== this.view.solid) this.setSolid(solid);
    const from = glides ? { at: scene.current(), box: this.view.box, whole: !this.view.toArray() } : null;
    if (fresh) this.stopGlide();
    if (!glides) this.view.frame(about.box, solid);
    if (fresh && !glides) this.view.fit();
    if (fresh) this.hovered = this.focused = -1;
    scene.codes = this.kept("codes", buffers.codes, Uint16Array);
    if (scene.colour?.title !== about.colour?.title || (fresh && !about.hold)) scene.off = new Set();
    scene.colour = about.colour ?? null;
    scene.alpha = this.kept("alpha", buffers.alpha, Uint8Array);
    scene.halo = this.kept("halo", buffers.halo, Float32Array);
    scene.filter = buffers.filter ? unpackBits(buffers.filter, at.length / about.dims) : null;
    scene.quiet = new Set(about.quiet ?? []);
    if (!this.gliding) scene.setPlaces(at, this.kept("morph", buffers.morph, Float32Array), about.dims);
    this.placed = at;
    if (from) this.glide(from, about.box);
    else if (this.gliding) scene.reflag();
    if (about.morph && about.morph.t !== before.morph?.t) scene.t = about.morph.t ?? 0;
    this.showBar(before);
    this.handOver();
    return fresh;
  }

  /** From where the points are to their new places; what is seen goes with them unless the reader has moved it. */
  glide({ at, box, whole }, wanted) {
    const { scene, view, placed } = this;
    scene.setPlaces(at, placed, scene.dims);
    scene.t = 0;
    this.gliding = true;
    this.animate(GLIDE, (t) => {
      scene.t = t;
      view.frame(box.map((value, k) => value + (wanted[k] - value) * t), view.solid);
      if (whole) view.fit();
      if (t === 1) this.arrive();
      else this.moved();
    }, "glide");
  }

  arrive() {
    this.stopGlide();
    this.scene.rest(this.placed);
    this.handOver();
    this.themed();
  }

  stopGlide() {
    this.gliding = false;
    this.stopped("glide");
  }

  /** Tools of a map in two or three dimensions: in three, dragging turns it. */
  setSolid(solid) {
    this.home = solid ? "turn" : "pan";
    this.parts.buttons.turn.hidden = !solid;
    if (this.tool === "pan" || this.tool === "turn") this.setTool(this.home);
  }

  /** A typed array over a buffer, the same one as long as its bytes are the same. */
  kept(name, buffer, Kind) {
    this.arrays ??= {};
    const before = this.arrays[name] ?? null;
    if (!buffer || !before || !sameBytes(before.buffer, buffer)) this.arrays[name] = buffer ? new Kind(buffer) : null;
    return this.arrays[name];
  }

  /** Give the renderer the arrays that are new to it. */
  handOver() {
    this.handed ??= {};
    const { scene } = this;
    const arrays = { at: scene.at, to: scene.to, code: scene.codes, alpha: scene.alpha, halo: scene.halo };
    for (const [name, values] of Object.entries(arrays)) {
      if (this.handed[name] === values) continue;
      this.renderer.setArray(name, values);
      this.handed[name] = values;
    }
    this.renderer.setArray("flags", scene.flags);
  }

  /** The selection that the page asks for, unless the reader has selected anew since the page last heard. */
  takeSelection() {
    const { selected, seen } = this.about;
    if (selected === undefined || (this.stamp && seen !== this.stamp && !this.about.force)) return;
    this.scene.choose(unpackSelection(selected, this.scene.n));
    this.renderer.setArray("flags", this.scene.flags);
  }

  /** Search hits that came anew are brought into view when none of them is. */
  bring(before) {
    this.highlight = (this.about.highlight ?? []).filter((i) => i < this.scene.n);
    const fresh = JSON.stringify(before.highlight ?? []) !== JSON.stringify(this.about.highlight ?? []);
    if (fresh && this.highlight.length && before.positions && !this.highlight.some((i) => this.inView(i))) this.flyTo(this.highlight[0]);
  }

  /** The heading says what is drawn, so it comes with the points. */
  head() {
    const { parts, about } = this;
    parts.title.textContent = about.title ?? "";
    parts.subtitle.textContent = about.subtitle ?? "";
    parts.stage.setAttribute("aria-label", `${about.title ?? "Map"}. ${about.subtitle ?? ""}`);
  }

  showBar(before) {
    const { bar } = this.parts;
    bar.hidden = !this.about.morph;
    this.view.foot = this.about.morph ? UNDER_BAR : this.parts.foot.hidden ? 0 : UNDER_CHIP;
    if (!this.about.morph || before.morph?.positions === this.about.morph.positions) return;
    this.slider = fillBar(bar, this.about.morph, { play: () => this.play(), move: (t) => this.moveTo(t) });
  }

  /** Everything that follows from colours and theme, then a new picture. */
  themed() {
    this.theme = themeOf(this.parts.frame);
    if (!this.renderer) return;
    const { scene, theme } = this;
    const shift = paletteShift(scene.colour);
    const palette = paletteOf(scene.colour, theme.dark);
    this.renderer.setPalette(palette, shift);
    this.palette = palette;
    this.density.update(scene, palette, shift, this.view);
    this.parts.frame.classList.toggle("em-dark", theme.dark);
    fillLegend(this.parts.legend, scene.colour, scene.off, theme.dark, {
      toggle: (code, only) => this.toggle(code, only),
      fold: () => this.relabel(), // its place is free, or taken
    });
    this.resize();
    this.relabel();
  }

  toggle(code, only) {
    const { off, colour } = this.scene;
    const alone = !off.has(code) && colour.categories.every((category, other) => other === code || off.has(other) || !category.size);
    if (only && alone) off.clear();
    else if (only) colour.categories.forEach((_, other) => (other === code ? off.delete(other) : off.add(other)));
    else if (!off.delete(code)) off.add(code);
    if (colour.categories.every((category, other) => off.has(other) || !category.size)) off.clear();
    this.scene.reflag();
    this.renderer.setArray("flags", this.scene.flags);
    this.themed();
  }

  // Pointing and selecting

  hoverAt(sx, sy) {
    const i = sx === null ? -1 : this.scene.nearest(this.view, sx, sy, REACH);
    if (i === this.hovered) return;
    this.hovered = i;
    if (i >= 0) this.showTip(i);
    else this.hideTip();
    this.parts.stage.classList.toggle("em-over", i >= 0);
    clearTimeout(this.pointing);
    this.pointing = setTimeout(() => this.on.hover?.(i), 120);
    this.redraw();
  }

  showTip(i) {
    const { tip } = this.parts;
    const name = this.names.get(i);
    this.tipped = i;
    fillTip(tip, name ?? "…", this.linesOf(i));
    tip.hidden = false;
    const { sx: x, sy: y } = this.scene.place(this.view, i);
    const left = x + 14 + tip.offsetWidth > this.view.width ? x - 14 - tip.offsetWidth : x + 14;
    tip.style.transform = `translate(${Math.round(Math.max(left, 4))}px, ${Math.round(clamp(y + 12, 4, this.view.height - tip.offsetHeight - 4))}px)`;
  }

  /** An array that the hover text alone needs, fetched when it is first wanted; null while it is on the way. */
  later(name, reference, Kind) {
    if (!reference) return null;
    this.fetched ??= {};
    if (this.fetched[name]?.reference !== reference) {
      const asked = (this.fetched[name] = { reference, values: null });
      load(reference).then((buffer) => {
        asked.values = new Kind(buffer);
        if (this.tipped >= 0) this.showTip(this.tipped);
      }, () => delete this.fetched[name]);
    }
    return this.fetched[name].values;
  }

  linesOf(i) {
    const { about, scene: { colour, codes } } = this;
    const lines = [];
    const counts = this.later("counts", about.counts, Uint32Array);
    const kept = this.later("kept", about.kept?.counts, Uint8Array);
    if (counts) lines.push(`${counts[i].toLocaleString("en")} times`);
    if (kept) lines.push(`keeps ${kept[i]} of ${about.kept.of} neighbours`);
    const facts = (this.facts.get(i) ?? "").split("\t").filter(Boolean);
    const told = (colour?.log && about.counts) || (colour?.name === "kept" && kept) || facts.some((fact) => fact.startsWith(`${colour?.title}: `));
    if (colour && codes && !told) lines.push(`${colour.title}: ${valueOf(colour, codes[i])}`);
    return [...lines, ...facts];
  }

  hideTip() {
    this.parts.tip.hidden = true;
    this.tipped = -1;
  }

  setTool(tool) {
    this.tool = tool;
    for (const name of ["turn", "pan", "lasso", "box"]) this.parts.buttons[name].setAttribute("aria-pressed", String(name === tool));
    this.parts.stage.dataset.tool = tool;
  }

  startLoop(sx, sy) {
    this.loop = [[sx, sy]];
    this.hideTip();
  }

  extendLoop(sx, sy) {
    const [x0, y0] = this.loop[0];
    if (this.tool === "lasso") this.loop.push([sx, sy]);
    else this.loop = [[x0, y0], [sx, y0], [sx, sy], [x0, sy]];
    this.redraw();
  }

  endLoop(take) {
    const loop = this.loop;
    this.loop = null;
    if (take && loop?.length > 2) this.select(this.scene.inside(this.view, loop));
    this.redraw();
  }

  pickAt(sx, sy, more) {
    const i = this.scene.nearest(this.view, sx, sy, REACH);
    if (i >= 0) this.pick(i, more);
    else if (this.scene.chosen.length) this.select([]);
  }

  pick(i, more) {
    const { chosen } = this.scene;
    if (!more) return this.select([i]);
    return this.select(chosen.includes(i) ? chosen.filter((other) => other !== i) : [...chosen, i]);
  }

  /** Enter: select the point that has the focus; without one, the first named point gets it. */
  pickFocused(more) {
    if (this.focused >= 0) this.pick(this.focused, more);
    else this.walk(1);
  }

  clear() {
    this.unfocus();
    if (this.scene.chosen.length) this.select([]);
    this.relabel();
  }

  /** Escape: what was selected by hand is let go; else the focus leaves the map. */
  escape() {
    if (this.loop) this.endLoop(false);
    else if (this.byHand && this.scene.chosen.length) this.clear();
    else this.leave();
  }

  leave() {
    this.unfocus();
    this.redraw();
    const name = focusAfter(this.parts.frame);
    this.announce(name ? `Left the map. The focus is on ${name}.` : "Left the map.");
  }

  unfocus() {
    this.focused = -1;
    this.hideTip();
  }

  /** The controls over the map in the order in which arrow keys go through them. */
  controls() {
    const { tools, chip, legend, stage } = this.parts;
    const all = [...tools.children, chip, ...(stage.contains(legend) ? legend.querySelectorAll("button") : [])];
    return all.filter((control) => control.getClientRects().length);
  }

  /** The reader selects: show it at once and tell. */
  select(points) {
    if (!this.renderer) return; // nothing is drawn yet
    this.scene.choose(points);
    this.renderer.setArray("flags", this.scene.flags);
    this.stamp = Date.now();
    this.announce(points.length === 1 ? `${this.names.get(points[0]) ?? ""} selected` : `${points.length.toLocaleString("en")} selected`);
    this.relabel();
    this.on.select?.(points, this.stamp);
  }

  /** Points that keys go through: search hits, else named points. */
  stops() {
    return this.highlight.length ? this.highlight : this.labels.map((label) => label.i);
  }

  /** Keyboard: on to the next of them, by importance, from the last to the first. */
  walk(direction) {
    const stops = this.stops();
    if (!stops.length) return;
    const at = stops.indexOf(this.focused);
    this.focusOn(stops[at < 0 ? (direction > 0 ? 0 : stops.length - 1) : (at + direction + stops.length) % stops.length]);
  }

  /** Keyboard: to the nearest of them in a direction on the screen; false where there is none. */
  walkTowards(right, down) {
    const { sx, sy } = this.scene.screen(this.view);
    let best = -1;
    let least = Infinity;
    for (const i of this.stops()) {
      const [dx, dy] = [sx[i] - sx[this.focused], sy[i] - sy[this.focused]];
      const along = dx * right + dy * down;
      const cost = along + 2.2 * Math.abs(dx * down) + 2.2 * Math.abs(dy * right);
      if (i === this.focused || along < 3 || cost >= least) continue;
      least = cost;
      best = i;
    }
    if (best >= 0) this.focusOn(best);
    return best >= 0;
  }

  focusOn(i) {
    this.focused = i;
    if (!this.inView(i)) this.centreOn(i);
    this.showTip(i);
    this.announce([this.names.get(i), ...this.linesOf(i)].join(", "));
    this.redraw();
  }

  /** A line over the map that fades away. */
  hint(text) {
    const { hint } = this.parts;
    hint.textContent = text;
    hint.classList.add("em-shown");
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => hint.classList.remove("em-shown"), HINT);
  }

  announce(text) {
    this.parts.live.textContent = text;
  }

  say(text) {
    this.parts.problem.textContent = text;
    this.parts.problem.hidden = !text;
  }
}

/** What a code of a colouring says, in words. */
function valueOf(colour, code) {
  if (colour.kind === "category") return colour.categories[code].name;
  if (colour.missing?.size && code === 65535) return "no value";
  const value = colour.low + (code / colour.steps) * (colour.high - colour.low);
  const number = numberOf(colour, value);
  return colour.unit ? `${number} ${colour.unit}` : number;
}

function numberOf(colour, value) {
  if (colour.log) return Math.round(10 ** value).toLocaleString("en");
  if (colour.form === "date") return new Date(Math.round(value * 1440) * 60_000).toISOString().slice(0, 10); // days since 1970
  return colour.form === "whole" ? String(Math.round(value)) : String(+value.toFixed(3));
}

function unpackBits(buffer, n) {
  const bits = new Uint8Array(buffer);
  return Uint8Array.from({ length: n }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
}
