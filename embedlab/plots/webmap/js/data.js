// Arrays and names: fetched once by address (the address changes with the content) or decoded from the page itself.

const KEPT = 48; // arrays that are remembered, so that going back to an earlier colour asks for nothing
const remembered = new Map();

/** The bytes behind a reference, as an ArrayBuffer: an address, or base64 after "data:". */
export function load(reference) {
  const bytes = remembered.get(reference) ?? read(reference);
  if (!remembered.has(reference)) bytes.catch(() => remembered.delete(reference));
  remembered.delete(reference); // put last: the first is the one that was not asked for longest
  remembered.set(reference, bytes);
  if (remembered.size > KEPT) remembered.delete(remembered.keys().next().value);
  return bytes;
}

/** Whether two buffers hold the same bytes. */
export function sameBytes(a, b) {
  if (a === b) return true;
  if (!a || !b || a.byteLength !== b.byteLength) return false;
  const whole = a.byteLength >> 2;
  const [left, right] = [new Uint32Array(a, 0, whole), new Uint32Array(b, 0, whole)];
  for (let i = 0; i < whole; i++) if (left[i] !== right[i]) return false;
  const [leftEnd, rightEnd] = [new Uint8Array(a, 4 * whole), new Uint8Array(b, 4 * whole)];
  return leftEnd.every((byte, i) => byte === rightEnd[i]);
}

async function read(reference) {
  return reference.startsWith("data:") ? decode(reference) : fetchBytes(reference);
}

function decode(reference) {
  const text = atob(reference.slice(reference.indexOf(",") + 1));
  return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
}

async function fetchBytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The map's data are no longer there (${answer.status}). Load the page again.`);
  return answer.arrayBuffer();
}

export const NO_PAGES = { pages: [], size: 1 };

/** The names of the points, or their facts, in pages that are fetched when one of their names is first asked for. */
export class Names {
  constructor({ pages, size }, arrived) {
    this.addresses = pages;
    this.size = size;
    this.pages = pages.map(() => null);
    this.asked = new Set();
    this.arrived = arrived;
  }

  /** The name of point i, or undefined while its page is on the way. */
  get(i) {
    const page = Math.floor(i / this.size);
    if (this.pages[page]) return this.pages[page][i - page * this.size];
    this.ask(page);
    return undefined;
  }

  async ask(page) {
    if (this.asked.has(page) || !this.addresses[page]) return;
    this.asked.add(page);
    try {
      this.pages[page] = new TextDecoder().decode(await read(this.addresses[page])).split("\n");
      this.arrived();
    } catch {
      this.asked.delete(page);
    }
  }

  /** All names, in order; used by the search of a page that stands alone. */
  async all() {
    await Promise.all(this.addresses.map((_, page) => this.ask(page)));
    return this.pages.flatMap((page) => page ?? []);
  }
}

/** A selection as the server sends and takes it: a short list as it stands, a long one as a base64 bit set. */
export function packSelection(chosen, n) {
  if (chosen.length <= 500) return { list: Array.from(chosen) };
  const bits = new Uint8Array(Math.ceil(n / 8));
  for (const i of chosen) bits[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let i = 0; i < bits.length; i += 8192) text += String.fromCharCode(...bits.subarray(i, i + 8192));
  return { bits: btoa(text) };
}

export function unpackSelection(packed, n) {
  if (!packed) return [];
  if (packed.list) return packed.list.filter((i) => i >= 0 && i < n);
  const bits = Uint8Array.from(atob(packed.bits), (character) => character.charCodeAt(0));
  const found = [];
  for (let i = 0; i < n; i++) if ((bits[i >> 3] >> (i & 7)) & 1) found.push(i);
  return found;
}
