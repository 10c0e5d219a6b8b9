// Plays the film of a training: a map whose words move, and the neighbours of the words that are watched.
// One frame at a time glides in while training runs; a whole film gets a slider and a play button. Canvas only, no library.

const GLIDE = 1100, PLAY = 14000;  // milliseconds: from one frame to the next, and a whole film
const MOST_LABELS = 44, CANDIDATES = 160, TRAIL = 0.25;
const ICONS = {play: "M3 1.5v11l9-5.5z", pause: "M3 1.5h3v11H3zM8.5 1.5h3v11h-3z"};

export default function ({data, parentElement}) {
  const film = parentElement.__film ?? (parentElement.__film = new Film(parentElement));
  film.take(data);
  return () => film.close();
}

class Film {
  constructor(parent) {
    this.root = parent.querySelector(".film") ?? parent.appendChild(Object.assign(document.createElement("div"), {className: "film"}));
    this.root.innerHTML = `<div class="bar"><button class="play" type="button"></button>
      <input type="range" min="0" max="1" step="0.002" aria-label="Moment of the training"><span class="moment" aria-live="off"></span></div>
      <div class="stage"><canvas role="img"></canvas></div>
      <div class="side"><div class="lists"></div><p class="note">Bold with a stroke: came among the ten nearest lately. Choose a word to see its neighbours alone.</p></div>`;
    const find = (selector) => this.root.querySelector(selector);
    [this.bar, this.button, this.slider, this.moment] = [".bar", ".play", "input", ".moment"].map(find);
    [this.stage, this.canvas, this.lists, this.note] = [".stage", "canvas", ".lists", ".note"].map(find);
    this.pen = this.canvas.getContext("2d");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.button.onclick = () => this.play(!this.playing);
    this.slider.oninput = () => {this.playing = false; this.label(); this.go(+this.slider.value);};
    this.canvas.onpointermove = (event) => {this.pointer = [event.offsetX, event.offsetY]; this.wake();};
    this.canvas.onpointerleave = () => {this.pointer = null; this.wake();};
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.playing = false;
    this.observer.observe(this.root);  // a film whose page is drawn again goes on
  }

  // Taking data

  take(data) {
    const same = this.data?.id === data.id && this.data.words.length === data.words.length;
    const stamp = `${data.id} ${data.done.length} ${data.done.at(-1)}`;
    if (same && stamp === this.stamp) return this.wake();
    const frames = unpack(data);
    this.data = data;
    this.stamp = stamp;
    this.whole = frames.length > 1;
    if (!same) Object.assign(this, {reach: [...data.reach], at: 1, trail: [], shown: null, fades: new Map(), sides: new Map(), focus: null, playing: false});
    this.ids = new Map(data.words.map((word, i) => [word, i]));
    this.frames = frames;
    if (this.whole) {
      this.reach = [...data.reach];
      this.bar.hidden = false;
      this.go(same ? this.at : 1);
      if (!same && data.autoplay && !this.calm) this.play(true);
    } else {
      this.bar.hidden = true;
      this.reach = this.reach.map((reach, i) => Math.max(reach, data.reach[i]));
      this.from = this.shown ?? frames[0];
      this.began = this.shown && !this.calm ? performance.now() : -Infinity;
      this.trail.push(frames[0]);
      this.tell(0);
    }
    this.view = this.view && same ? this.view : [...this.reach];
    this.label();
    this.resize();
  }

  // The moment shown

  play(on) {
    this.playing = on;
    if (on && this.at >= 1) this.at = 0;
    this.last = performance.now();
    this.label();
    this.wake();
  }

  go(at) {
    this.at = Math.min(Math.max(at, 0), 1);
    this.slider.value = this.at;
    this.moment.textContent = this.root.classList.contains("narrow") ? `${Math.round(100 * this.at)} %` : `${Math.round(100 * this.at)} % of training`;
    this.tell(frameAt(this.data.done, this.at));
    this.wake();
  }

  label() {
    const name = this.playing ? "pause" : "play";
    this.button.innerHTML = `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${ICONS[name]}"/></svg>${this.playing ? "Pause" : "Play"}`;
  }

  positions(now) {
    if (!this.whole) {
      const share = ease(Math.min((now - this.began) / GLIDE, 1));
      return share >= 1 ? this.frames[0] : mix(this.from, this.frames[0], share);
    }
    const {done} = this.data, i = frameAt(done, this.at), next = Math.min(i + 1, done.length - 1);
    return i === next ? this.frames[i] : mix(this.frames[i], this.frames[next], (this.at - done[i]) / (done[next] - done[i]));
  }

  // The lists beside the map

  tell(frame) {
    if (this.told === `${this.stamp} ${frame}`) return;
    this.told = `${this.stamp} ${frame}`;
    const {probes, palette, neighbours} = this.data;
    while (this.lists.children.length > probes.length) this.lists.lastChild.remove();
    probes.forEach((probe, p) => {
      const cell = this.lists.children[p] ?? this.cell(p);
      cell.style.setProperty("--ink", palette[p % palette.length]);
      cell.querySelector(".dot").style.background = palette[p % palette.length];
      cell.querySelector("h4 span:last-child").textContent = probe;
      const rows = neighbours[frame][p];
      const list = cell.querySelector("ol");
      while (list.children.length > rows.length) list.lastChild.remove();
      rows.forEach(([word, cosine, fresh], i) => {
        const row = list.children[i] ?? list.appendChild(line());
        row.className = fresh ? "new" : "";
        row.title = word;
        row.children[0].textContent = word;
        row.children[1].textContent = cosine.toFixed(2);
      });
    });
    this.near = new Map();
    neighbours[frame].forEach((rows, p) => rows.forEach(([word]) => {
      const id = this.ids.get(word);
      if (id !== undefined && !this.near.has(id)) this.near.set(id, p);
    }));
    this.rows = neighbours[frame];
    this.note.hidden = !probes.length;
    this.lists.classList.toggle("chosen", this.focus !== null);
    this.canvas.setAttribute("aria-label", `Map of ${this.data.words.length} words at ${Math.round(100 * this.data.done[frame])} % of training`);
  }

  cell(p) {
    const cell = Object.assign(document.createElement("div"), {className: "probe", tabIndex: 0});
    cell.setAttribute("role", "button");
    cell.innerHTML = `<h4><span class="dot"></span><span></span></h4><ol></ol>`;
    const choose = () => {
      this.focus = this.focus === p ? null : p;
      [...this.lists.children].forEach((other, i) => {other.classList.toggle("on", i === this.focus); other.setAttribute("aria-pressed", i === this.focus);});
      this.lists.classList.toggle("chosen", this.focus !== null);
      this.wake();
    };
    cell.onclick = choose;
    cell.onkeydown = (event) => {if (event.key === "Enter" || event.key === " ") {event.preventDefault(); choose();}};
    return this.lists.appendChild(cell);
  }

  // Drawing

  resize() {
    if (!this.data) return;
    const wide = this.root.clientWidth;
    this.root.classList.toggle("narrow", wide < 720);
    const lists = this.root.classList.contains("narrow") ? 0 : this.lists.parentElement.offsetHeight, ratio = devicePixelRatio || 1;
    const width = this.stage.clientWidth, height = Math.round(Math.min(Math.max(width * (lists ? 0.68 : 0.6), lists - 2, 280), 560));
    if (!width) return;
    if (this.size?.[0] !== width || this.size[1] !== height || this.ratio !== ratio) {
      [this.size, this.ratio] = [[width, height], ratio];
      Object.assign(this.canvas, {width: width * ratio, height: height * ratio});
      this.canvas.style.height = `${height}px`;
    }
    this.wake();
  }

  wake() {
    if (!this.request) this.request = requestAnimationFrame((now) => {this.request = 0; this.tick(now);});
  }

  tick(now) {
    if (!this.data || !this.size) return;
    if (this.playing) {
      this.at = Math.min(this.at + (now - this.last) / PLAY, 1);
      if (this.at >= 1) {this.playing = false; this.label();}
      this.go(this.at);
    }
    const passed = Math.min(now - (this.last ?? now), 100);
    this.last = now;
    this.view = this.view.map((span, i) => this.calm ? this.reach[i] : span + (this.reach[i] - span) * Math.min(passed / 250, 1));
    this.shown = this.positions(now);
    const moving = this.draw(passed) || this.playing || (!this.whole && now - this.began < GLIDE)
      || this.view.some((span, i) => Math.abs(span / this.reach[i] - 1) > 0.002);
    if (moving) this.wake();
  }

  place(positions, i) {
    const [width, height] = this.size, pad = 1.1;
    const scale = Math.min(width / (2 * pad * this.view[0]), height / (2 * pad * this.view[1]));
    return [width / 2 + positions[2 * i] * scale, height / 2 - positions[2 * i + 1] * scale];
  }

  draw(passed) {
    const {pen, ratio, size: [width, height]} = this, {words, probes, palette} = this.data;
    const look = getComputedStyle(this.root), ink = look.color, paper = look.getPropertyValue("--st-background-color").trim() || "#fff";
    const colour = (p) => palette[p % palette.length], at = words.map((_, i) => this.place(this.shown, i));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.axes(ink);
    const mine = (p) => this.focus === null || this.focus === p;
    probes.forEach((probe, p) => mine(p) && this.path(this.ids.get(probe), colour(p)));
    const radius = words.length > 1200 ? 2 : words.length > 500 ? 2.5 : 3;
    pen.fillStyle = "rgba(138, 143, 152, .5)";
    at.forEach(([x, y]) => dot(pen, x, y, radius));
    if (this.focus !== null) this.threads(at, colour(this.focus));
    for (const [id, p] of this.near) if (mine(p)) {pen.fillStyle = colour(p); dot(pen, ...at[id], radius + 1);}
    probes.forEach((probe, p) => {
      pen.globalAlpha = mine(p) ? 1 : 0.4;
      const place = at[this.ids.get(probe)];
      pen.fillStyle = paper; dot(pen, ...place, 7.5);
      pen.fillStyle = colour(p); dot(pen, ...place, 6);
    });
    pen.globalAlpha = 1;
    return this.names(at, passed, ink, paper, mine);
  }

  axes(ink) {
    const {pen, size: [width, height]} = this;
    pen.strokeStyle = "rgba(128, 134, 145, .25)";
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(0, height / 2); pen.lineTo(width, height / 2); pen.moveTo(width / 2, 0); pen.lineTo(width / 2, height);
    pen.stroke();
    pen.font = this.font(11, 400);
    pen.fillStyle = ink;
    pen.globalAlpha = 0.6;
    pen.textBaseline = "alphabetic";
    pen.textAlign = "right"; pen.fillText("first principal direction", width - 8, height - 8);
    pen.save(); pen.translate(15, 8); pen.rotate(-Math.PI / 2); pen.fillText("second principal direction", 0, 0); pen.restore();
    pen.globalAlpha = 1;
  }

  path(id, colour) {
    const {pen} = this, {done} = this.data;
    const past = this.whole ? this.frames.slice(frameAt(done, this.at - TRAIL), frameAt(done, this.at) + 1) : this.trail.slice(-25, -1);
    pen.strokeStyle = colour;
    pen.globalAlpha = 0.35;
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.beginPath();
    [...past, this.shown].forEach((frame, i) => pen[i ? "lineTo" : "moveTo"](...this.place(frame, id)));
    pen.stroke();
    pen.globalAlpha = 1;
  }

  threads(at, colour) {
    const {pen} = this, from = at[this.ids.get(this.data.probes[this.focus])];
    pen.strokeStyle = colour;
    pen.globalAlpha = 0.5;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const [word] of this.rows[this.focus]) if (this.ids.has(word)) {pen.moveTo(...from); pen.lineTo(...at[this.ids.get(word)]);}
    pen.stroke();
    pen.globalAlpha = 1;
  }

  // Labels: watched words first, their neighbours, then the most frequent; none over another, and they fade in and out.

  names(at, passed, ink, paper, mine) {
    const {pen, size: [width, height]} = this, {words, probes} = this.data;
    const watched = new Map(probes.map((probe, p) => [this.ids.get(probe), p])), hit = this.hit(at), taken = [], placed = new Map();
    const near = this.rows.filter((_, p) => mine(p)).map((rows) => rows.map(([word]) => this.ids.get(word)).filter((id) => id !== undefined));
    const most = Math.min(MOST_LABELS, Math.round(width * height / 7000)), first = near.flatMap((ids) => ids.slice(0, 5));
    const order = new Set([...(hit === null ? [] : [hit]), ...watched.keys(), ...first, ...Array(Math.min(CANDIDATES, words.length)).keys(), ...near.flat()]);
    for (const id of watched.keys()) {const [x, y] = at[id]; taken.push([x - 6, y - 6, x + 6, y + 6]);}
    for (const id of order) {
      if (placed.size >= most) break;
      const strong = watched.has(id) || id === hit, [x, y] = at[id], gap = strong ? 10 : 6;
      pen.font = this.font(strong ? 13 : 11.5, strong ? 700 : 400);
      const wide = pen.measureText(words[id]).width + 2, high = strong ? 17 : 14, usual = this.sides.get(id) ?? 1;
      for (const side of [usual, -usual]) {
        const left = side > 0 ? x + gap : x - gap - wide, box = [left, y - high / 2, left + wide, y + high / 2];
        if (box[0] < 2 || box[2] > width - 2 || box[1] < 2 || box[3] > height - 2 || taken.some((other) => over(box, other))) continue;
        placed.set(id, side);
        this.sides.set(id, side);
        taken.push(box);
        break;
      }
    }
    let fading = false;
    for (const id of new Set([...placed.keys(), ...this.fades.keys()])) {
      const goal = placed.has(id) ? 1 : 0, was = this.fades.get(id) ?? 0;
      const fade = this.calm || watched.has(id) || id === hit ? goal : was + Math.sign(goal - was) * Math.min(passed / 220, Math.abs(goal - was));
      if (fade !== goal) fading = true;
      if (fade > 0) this.fades.set(id, fade); else this.fades.delete(id);
      const strong = watched.has(id) || id === hit, side = this.sides.get(id) ?? 1, [x, y] = at[id];
      pen.font = this.font(strong ? 13 : 11.5, strong ? 700 : 400);
      pen.globalAlpha = fade * (strong || (this.near.has(id) && mine(this.near.get(id))) ? 1 : 0.75) * (watched.has(id) && !mine(watched.get(id)) ? 0.4 : 1);
      pen.textAlign = side > 0 ? "left" : "right";
      pen.textBaseline = "middle";
      pen.lineWidth = 3; pen.lineJoin = "round"; pen.strokeStyle = paper; pen.fillStyle = ink;
      const from = x + side * (strong ? 10 : 6);
      pen.strokeText(words[id], from, y);
      pen.fillText(words[id], from, y);
    }
    pen.globalAlpha = 1;
    return fading;
  }

  hit(at) {
    if (!this.pointer) return null;
    let best = null, least = 12 ** 2;
    at.forEach(([x, y], i) => {
      const far = (x - this.pointer[0]) ** 2 + (y - this.pointer[1]) ** 2;
      if (far < least) [best, least] = [i, far];
    });
    return best;
  }

  font(size, weight) {
    return `${weight} ${size}px ${getComputedStyle(this.root).fontFamily}`;
  }
}

function unpack({positions, words, scale}) {
  const bytes = Uint8Array.from(atob(positions), (c) => c.charCodeAt(0)), all = new Int16Array(bytes.buffer), n = 2 * words.length;
  return Array.from({length: all.length / n}, (_, f) => Float32Array.from(all.subarray(f * n, (f + 1) * n), (value) => value / 32767 * scale));
}

function frameAt(done, at) {
  const i = done.findLastIndex((share) => share <= at + 1e-6);
  return Math.max(i, 0);
}

const mix = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);
const ease = (t) => t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2;
const over = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.fill();
}

function line() {
  const row = document.createElement("li");
  row.innerHTML = `<span></span><span class="cos"></span>`;
  return row;
}
