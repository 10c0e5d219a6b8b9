// Mouse, touch and keyboard on the map, told to the map as what the reader wants: pan, zoom, draw a loop, pick.
// The wheel and a single finger belong to the page until the map has the focus, so that nobody is caught while scrolling;
// a map that fills a page of its own (`free`) takes them at once.

const CONTROLS = "button, input, .em-legend, .em-bar";
const CLICK = 4; // pixels a pointer may move and still click
const STEP = 60; // pixels an arrow key pans
const WHEEL_HINT = "Click the map to zoom with the wheel, or hold Ctrl";
const TOUCH_HINT = "Two fingers move the map; tap it to move it with one";

export function listen(stage, map) {
  const pointers = new Map();
  let start = null;
  let moved = false;
  let pinch = null;

  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const inHand = (is) => {
    map.byHand = is;
    stage.classList.toggle("em-hand", is); // needs no ring
  };

  const active = () => map.free || stage.matches(":focus-within");
  let guest = false; // a finger on a map that is not in use: the page may scroll by it

  const down = (event) => {
    if (event.button > 0 || event.target.closest(CONTROLS)) return;

    guest = event.pointerType === "touch" && !active() && !pointers.size;
    if (!guest) {
      if (event.pointerType !== "touch") stage.focus({ preventScroll: true });
      stage.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, place(event));
    inHand(true); // after the focus came, which a browser may take for one by keyboard
    start = place(event);
    moved = false;
    if (pointers.size === 2) {
      pinch = spread(pointers);
      map.endLoop(false);
    } else if (!guest && drawing(event)) {
      map.startLoop(...start);
    }
  };

  const drawing = (event) => map.tool === "lasso" || map.tool === "box" || (event.shiftKey && !map.view.solid);

  const move = (event) => {
    const at = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      map.hoverAt(...at);
      return;
    }
    pointers.set(event.pointerId, at);
    if (pinch && pointers.size === 2) {
      const now = spread(pointers);
      map.pan(now.x - pinch.x, now.y - pinch.y);
      map.zoomAt(now.x, now.y, now.far / pinch.far);
      pinch = now;
      moved = true;
      return;
    }
    if (!moved && Math.hypot(at[0] - start[0], at[1] - start[1]) < CLICK) return;
    moved = true;
    if (guest) return;
    if (map.loop) map.extendLoop(...at);
    else if (map.tool === "turn" && !event.shiftKey) map.turn(at[0] - before[0], at[1] - before[1]);
    else map.pan(at[0] - before[0], at[1] - before[1]);
  };

  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size < 2) pinch = null;
    if (guest && event.type === "pointercancel") map.hint(TOUCH_HINT);
    if (event.pointerType === "touch" && !moved && event.type === "pointerup") stage.focus({ preventScroll: true });
    if (map.loop) map.endLoop(moved && event.type === "pointerup");
    if (!moved && event.type === "pointerup") map.pickAt(...place(event), event.ctrlKey || event.metaKey);
    if (!pointers.size) map.settle();
  };

  const wheel = (event) => {
    if (event.target.closest(".em-legend")) return;
    if (!active() && !event.ctrlKey && !event.metaKey) {
      map.hint(WHEEL_HINT);
      return;
    }
    event.preventDefault();
    const pixels = event.deltaMode ? event.deltaY * 30 : event.deltaY;
    map.zoomAt(...place(event), Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.0022)));
    map.settle();
  };

  const listeners = {
    pointerdown: down, pointermove: move, pointerup: up, pointercancel: up,
    pointerleave: () => map.hoverAt(null),
    dblclick: (event) => !event.target.closest(CONTROLS) && map.zoomAt(...place(event), 2),
    keydown: (event) => {
      if (event.key !== "Escape" && event.key !== "Shift" && !event.ctrlKey) inHand(false);
      key(event, map);
    },
    focus: () => stage.matches(":focus-visible") && inHand(false),
  };
  for (const [name, listener] of Object.entries(listeners)) stage.addEventListener(name, listener);
  stage.addEventListener("wheel", wheel, { passive: false });
  const hold = (event) => event.cancelable && (active() || event.touches.length > 1) && !event.target.closest("input, .em-legend") && event.preventDefault();
  stage.addEventListener("touchmove", hold, { passive: false });
}

function spread(pointers) {
  const [a, b] = [...pointers.values()];
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, far: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Keys while the map has the focus; every other key, those of the browser and Tab go on to the page. */
function key(event, map) {
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const picks = pressed === "Enter" || pressed === " ";
  if (event.altKey || event.metaKey || (event.ctrlKey && !picks)) return;
  if (event.target.closest("button, input")) {
    if (!event.target.matches("input") && controlKey(event, map)) event.preventDefault();
    return;
  }
  const arrow = ARROWS[pressed];
  if (arrow) arrowKey(arrow, event.shiftKey, map);
  else if (pressed === "+" || pressed === "=") map.zoomMiddle(1.5);
  else if (pressed === "-" || pressed === "_") map.zoomMiddle(1 / 1.5);
  else if (pressed === "0" || pressed === "Home") map.fit();
  else if (picks) map.pickFocused(event.ctrlKey);
  else if (pressed === "Escape") map.escape();
  else if (pressed === "Delete" || pressed === "Backspace") map.clear();
  else if (pressed === "n") map.walk(event.shiftKey ? -1 : 1);
  else if (pressed === "t") map.controls()[0].focus();
  else if (pressed === "l") map.setTool(map.tool === "lasso" ? map.home : "lasso");
  else if (pressed === "b") map.setTool(map.tool === "box" ? map.home : "box");
  else if (pressed === "p" && map.scene.to) map.play();
  else return;
  event.preventDefault();
  map.settle();
}

/** An arrow goes from name to name once one of them has the focus; else it pans, or turns a map in three dimensions. */
function arrowKey([right, down], shift, map) {
  if (map.focused >= 0 && !shift && map.walkTowards(right, down)) return;
  const [dx, dy] = [-right * STEP, -down * STEP];
  if (map.view.solid && map.focused < 0 && !shift) map.turn(dx, dy);
  else map.pan(dx, dy);
}

/** Among tools, chip and legend arrows go on and back, and Escape goes back to the map. */
function controlKey(event, map) {
  const controls = map.controls();
  const at = controls.indexOf(event.target);
  if (event.key === "Escape") map.parts.stage.focus({ preventScroll: true });
  else if (ARROWS[event.key] && at >= 0) {
    const [right, down] = ARROWS[event.key];
    controls[(at + right + down + controls.length) % controls.length].focus();
  } else return false;
  return true;
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** Give the focus to what comes after `element` on the page; returns its name, "" where there is nothing after it. */
export function focusAfter(element) {
  let outer = element;
  while (outer.getRootNode() instanceof ShadowRoot) outer = outer.getRootNode().host;
  const usable = (other) => other.tabIndex >= 0 && !other.disabled && other.checkVisibility?.({ visibilityProperty: true }) !== false;
  const follows = (other) => outer.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING && !outer.contains(other);
  const next = [...document.querySelectorAll(FOCUSABLE)].find((other) => follows(other) && usable(other));
  if (!next) {
    element.getRootNode().activeElement?.blur();
    return "";
  }
  next.focus();
  return (next.ariaLabel || next.labels?.[0]?.textContent || next.textContent || next.title || "").trim().slice(0, 60);
}
