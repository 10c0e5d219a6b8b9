// Mouse, touch and keyboard on the map, told to the map as what the reader wants: pan, zoom, draw a loop, pick.

const CLICK = 4; // pixels a pointer may move and still click
const STEP = 60; // pixels an arrow key pans

export function listen(stage, map) {
  const pointers = new Map();
  let start = null;
  let moved = false;
  let pinch = null;

  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const down = (event) => {
    if (event.button > 0 || event.target.closest("button, input")) return;
    stage.focus({ preventScroll: true });
    pointers.set(event.pointerId, place(event));
    stage.setPointerCapture(event.pointerId);
    start = place(event);
    moved = false;
    if (pointers.size === 2) {
      pinch = spread(pointers);
      map.endLoop(false);
    } else if (drawing(event)) {
      map.startLoop(...start);
    }
  };

  const drawing = (event) => map.tool !== "pan" || event.shiftKey;

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
    if (map.loop) map.extendLoop(...at);
    else map.pan(at[0] - before[0], at[1] - before[1]);
  };

  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size < 2) pinch = null;
    if (map.loop) map.endLoop(moved && event.type === "pointerup");
    if (!moved && event.type === "pointerup") map.pickAt(...place(event), event.ctrlKey || event.metaKey);
    if (!pointers.size) map.settle();
  };

  const wheel = (event) => {
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
}

function spread(pointers) {
  const [a, b] = [...pointers.values()];
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, far: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
}

/** Keys while the map has the focus; every other key, and Tab after the last point, goes on to the page. */
function key(event, map) {
  if (event.target.closest("button, input") || event.altKey || event.metaKey) return;
  const pans = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
  const done = () => {
    event.preventDefault();
    map.settle();
  };
  if (pans[event.key]) map.pan(...pans[event.key]);
  else if (event.key === "+" || event.key === "=") map.zoomMiddle(1.5);
  else if (event.key === "-" || event.key === "_") map.zoomMiddle(1 / 1.5);
  else if (event.key === "0" || event.key === "Home") map.fit();
  else if (event.key === "Enter" || event.key === " ") map.pickFocused(event.ctrlKey);
  else if (event.key === "Escape") map.clear();
  else if (event.key === "l") map.setTool(map.tool === "lasso" ? "pan" : "lasso");
  else if (event.key === "b") map.setTool(map.tool === "box" ? "pan" : "box");
  else if (event.key === "p" && map.scene.to) map.play();
  else if (event.key === "Tab") {
    if (!map.walk(event.shiftKey ? -1 : 1)) return;
  } else return;
  done();
}
