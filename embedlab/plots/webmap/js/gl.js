// Points by WebGL2. Every array goes to the card once and is replaced alone; only uniforms change while one pans.

import { CHOSEN, HIDDEN, MUTED } from "./scene.js";
import { bendOf } from "./view.js";
import { fadeOf } from "./look.js";

const VERTEX = `#version 300 es
precision highp float;
precision highp int;
in vec3 at; in vec3 to; in uint code; in uint flags; in float alpha; in float halo;
uniform vec3 centre; uniform vec2 scale, offset; uniform mat3 turn; uniform float t, bend, fade, size, opacity, ratio; uniform int stage, shift; uniform bool choosing;
uniform sampler2D palette;
flat out vec4 ink; flat out int shape; flat out float wide;
void main() {
  bool chosen = (flags & ${CHOSEN}u) != 0u;
  bool muted = (flags & ${MUTED}u) != 0u && !chosen;
  bool back = muted || (choosing && !chosen);
  bool seen = (flags & ${HIDDEN}u) == 0u && (stage == 0 ? halo > 0.0 : stage == 1 ? back : stage == 2 ? !back : true);
  vec4 row = texelFetch(palette, ivec2(int(code) >> shift, 0), 0);
  shape = int(row.a * 255.0 + 0.5);
  vec3 p = turn * (mix(at, to, t) - centre);
  float near = 1.0 / clamp(1.0 - bend * p.z, 0.45, 2.2);
  float depth = clamp(0.5 + 0.5 * p.z * fade, 0.0, 1.0);
  float strength = opacity * alpha * (fade > 0.0 ? 0.42 + 0.58 * depth : 1.0) * (muted ? 0.5 : 1.0) * (choosing && !chosen ? 0.28 : 1.0);
  if (chosen) strength = max(strength, 0.95);
  wide = (chosen ? size * 1.25 + 1.0 : size) * ratio * near;
  if (stage == 0) { wide = halo * 2.0 * ratio * near; shape = 0; strength = 0.13; }
  ink = vec4(row.rgb, strength);
  gl_PointSize = wide + 2.0;
  gl_Position = seen ? vec4(p.xy * near * scale + offset, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
flat in vec4 ink; flat in int shape; flat in float wide;
uniform vec3 paper; uniform float rim; uniform int stage;
out vec4 colour;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * (wide + 2.0);
  float r = wide * 0.5;
  float far = length(p) - r;
  if (shape == 1) far = (abs(p.x) + abs(p.y)) * 0.8 - r * 0.95;
  if (shape == 2) far = max(abs(p.x), abs(p.y)) - r * 0.85;
  if (shape == 3) far = max(min(abs(p.x), abs(p.y)) - r * 0.34, max(abs(p.x), abs(p.y)) - r);
  float cover = clamp(0.5 - far, 0.0, 1.0) * ink.a;
  if (cover <= 0.0) discard;
  float edge = stage == 0 ? 0.0 : rim * clamp(far + 1.4, 0.0, 1.0);
  colour = vec4(mix(ink.rgb, paper, edge) * cover, cover);
}`;

const ATTRIBUTES = {
  at: { size: 0, type: "FLOAT", bytes: 4 }, // as many numbers as the map has dimensions
  to: { size: 0, type: "FLOAT", bytes: 4 },
  code: { size: 1, type: "UNSIGNED_SHORT", bytes: 2, whole: true },
  flags: { size: 1, type: "UNSIGNED_BYTE", bytes: 1, whole: true },
  alpha: { size: 1, type: "UNSIGNED_BYTE", bytes: 1, normal: true },
  halo: { size: 1, type: "FLOAT", bytes: 4 },
};
const UNIFORMS = ["centre", "scale", "offset", "turn", "bend", "fade", "t", "size", "opacity", "ratio", "stage", "shift", "choosing", "palette", "paper", "rim"];

export class GlPoints {
  /** Throws where there is no WebGL2. */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { alpha: true, premultipliedAlpha: true, antialias: false });
    if (!gl) throw new Error("WebGL2 is missing");
    this.gl = gl;
    this.canvas = canvas;
    this.name = "webgl";
    this.build();
  }

  build() {
    const { gl } = this;
    this.program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.program) || "no program");
    this.places = Object.fromEntries(Object.keys(ATTRIBUTES).map((name) => [name, gl.getAttribLocation(this.program, name)]));
    this.uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]));
    this.buffers = {};
    this.ordered = null;
    this.texture = gl.createTexture();
  }

  /** Hand one of the arrays over; null takes it away. */
  setArray(name, values) {
    const { gl } = this;
    if (!values) {
      if (this.buffers[name]) gl.deleteBuffer(this.buffers[name]);
      delete this.buffers[name];
      return;
    }
    this.buffers[name] ??= gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  }

  setPalette(rows, shift) {
    const { gl } = this;
    this.shift = shift;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, rows.length / 4, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, rows);
    for (const name of ["TEXTURE_MIN_FILTER", "TEXTURE_MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_2D, gl[name], gl.NEAREST);
  }

  /** Draw every step-th point. */
  draw(scene, view, look, step) {
    const { gl, canvas, uniforms } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!scene.n || !this.buffers.at) return;
    gl.useProgram(this.program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const solid = scene.dims === 3;
    this.bind(solid ? 1 : step, scene);
    if (solid) this.order(scene.backToFront(view, step));
    const choosing = scene.chosen.length > 0;
    gl.uniform3f(uniforms.centre, view.x, view.y, view.z);
    gl.uniform2f(uniforms.offset, (2 * view.middle) / view.width - 1, 1 - (2 * view.halfway) / view.height);
    gl.uniformMatrix3fv(uniforms.turn, true, view.turn);
    gl.uniform1f(uniforms.bend, bendOf(view));
    gl.uniform1f(uniforms.fade, fadeOf(view));
    gl.uniform2f(uniforms.scale, (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform1f(uniforms.t, scene.to ? scene.t : 0);
    gl.uniform1f(uniforms.size, look.size);
    gl.uniform1f(uniforms.opacity, look.opacity);
    gl.uniform1f(uniforms.ratio, look.ratio);
    gl.uniform1f(uniforms.rim, look.rim);
    gl.uniform3f(uniforms.paper, ...look.paper.map((part) => part / 255));
    gl.uniform1i(uniforms.shift, this.shift);
    gl.uniform1i(uniforms.choosing, choosing ? 1 : 0);
    const layered = choosing || scene.anyMuted;
    for (const stage of [...(this.buffers.halo ? [0] : []), ...(layered ? [1, 2] : [3])]) {
      gl.uniform1i(uniforms.stage, stage);
      if (solid) gl.drawElements(gl.POINTS, Math.ceil(scene.n / step), gl.UNSIGNED_INT, 0);
      else gl.drawArrays(gl.POINTS, 0, Math.floor(scene.n / step));
    }
  }

  /** The order in which points are drawn. */
  order(points) {
    const { gl } = this;
    this.ordered ??= gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.ordered);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, points, gl.DYNAMIC_DRAW);
  }

  /** Point each attribute at its buffer, or at a constant; a wider stride skips points. */
  bind(step, scene) {
    const { gl } = this;
    for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
      const { type, whole, normal } = attribute;
      const size = attribute.size || scene.dims;
      const bytes = attribute.size ? attribute.bytes : 4 * scene.dims;
      const place = this.places[name];
      const buffer = this.buffers[name === "to" && !scene.to ? "at" : name];
      if (place < 0) continue;
      if (!buffer) {
        gl.disableVertexAttribArray(place);
        if (whole) gl.vertexAttribI4ui(place, 0, 0, 0, 0);
        else gl.vertexAttrib1f(place, name === "alpha" ? 1 : 0);
        continue;
      }
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(place);
      if (whole) gl.vertexAttribIPointer(place, size, gl[type], bytes * step, 0);
      else gl.vertexAttribPointer(place, size, gl[type], Boolean(normal), bytes * step, 0);
    }
  }

  /** Wait until the card has drawn: for measuring. */
  finish() {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
