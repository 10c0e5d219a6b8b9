// Mouse, touch and keyboard on the map, told to the map as what the reader wants: pan, zoom, draw a loop, pick.
// The wheel and a single finger belong to the page until the map has the focus, so that nobody is caught while scrolling;
// a map that fills a page of its own (`free`) takes them at once.

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

  const active = () => map.free || stage.matches(":focus-within");
  let guest = false; // a finger on a map that is not in use: the page may scroll by it

  const down = (event) => {
    if (event.button > 0 || event.target.closest("button, input")) return;
    guest = event.pointerType === "touch" && !active() && !pointers.size;
    if (!guest) {
      if (event.pointerType !== "touch") stage.focus({ preventScroll: true });
      stage.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, place(event));
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
    dblclick: (event) => !event.target.closest("button, input") && map.zoomAt(...place(event), 2),
    keydown: (event) => key(event, map),
  };
  for (const [name, listener] of Object.entries(listeners)) stage.addEventListener(name, listener);
  stage.addEventListener("wheel", wheel, { passive: false });
  const hold = (event) => event.cancelable && (active() || event.touches.length > 1) && !event.target.closest("input") && event.preventDefault();
  stage.addEventListener("touchmove", hold, { passive: false });
}

function spread(pointers) {
  const [a, b] = [...pointers.values()];
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, far: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
}

/** Keys while the map has the focus; every other key, those of the browser, and Tab after the last point go on to the page. */
function key(event, map) {
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const picks = pressed === "Enter" || pressed === " ";
  if (event.target.closest("button, input") || event.altKey || event.metaKey || (event.ctrlKey && !picks)) return;
  const pans = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
  const done = () => {
    event.preventDefault();
    map.settle();
  };
  if (pans[pressed]) map[map.view.solid && !event.shiftKey ? "turn" : "pan"](...pans[pressed]);
  else if (pressed === "+" || pressed === "=") map.zoomMiddle(1.5);
  else if (pressed === "-" || pressed === "_") map.zoomMiddle(1 / 1.5);
  else if (pressed === "0" || pressed === "Home") map.fit();
  else if (picks) map.pickFocused(event.ctrlKey);
  else if (pressed === "Escape") map.clear();
  else if (pressed === "l") map.setTool(map.tool === "lasso" ? map.home : "lasso");
  else if (pressed === "b") map.setTool(map.tool === "box" ? map.home : "box");
  else if (pressed === "p" && map.scene.to) map.play();
  else if (pressed === "Tab") {
    if (!map.walk(event.shiftKey ? -1 : 1)) return;
  } else return;
  done();
}
