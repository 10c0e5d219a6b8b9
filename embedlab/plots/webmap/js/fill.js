// A map that fills the window: from its own upper edge to the bottom, whatever stands above it.

const LEAST = 0.6; // of the window's height

/** Keep the height of `stage`, which `frame` holds, so; returns what ends it. The CSS property --map-below leaves room below. */
export function fillHeight(stage, frame) {
  const adjust = () => {
    const below = parseFloat(getComputedStyle(frame).getPropertyValue("--map-below")) || 0;
    const room = window.innerHeight - topOf(stage) - below;
    const height = `${Math.round(Math.max(room, LEAST * window.innerHeight))}px`;
    if (frame.style.getPropertyValue("--em-height") !== height) frame.style.setProperty("--em-height", height);
  };
  const watcher = new ResizeObserver(adjust); // what stands above may come later than the map
  for (let element = parentOf(frame); element instanceof Element; element = parentOf(element)) watcher.observe(element);
  window.addEventListener("resize", adjust);
  adjust();
  return () => {
    watcher.disconnect();
    window.removeEventListener("resize", adjust);
  };
}

/** Pixels from the top of the window to the element while nothing is scrolled. */
function topOf(element) {
  let top = element.getBoundingClientRect().top;
  for (let parent = parentOf(element); parent instanceof Element; parent = parentOf(parent)) top += parent.scrollTop;
  return top;
}

function parentOf(node) {
  return node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
}
