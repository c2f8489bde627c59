// A picture that is looked at from nearer: by wheel, pinch, click or keys.

const MOST = 8;
const STEP = 2; // of a click, and of a key

const states = new WeakMap(); // view → how near it is, and where

// Makes `view` one whose `layer`, all that is in it, can be enlarged.
export function zoomable(view, layer) {
  const state = { layer, scale: 1, x: 0, y: 0, fingers: new Map(), moved: 0 };
  states.set(view, state);
  layer.classList.add("layer");
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    scaleTo(view, state.scale * 2 ** (-event.deltaY / 400), event);
  }, { passive: false });
  view.addEventListener("pointerdown", (event) => {
    state.fingers.set(event.pointerId, event);
    state.moved = 0;
    if (state.scale > 1) view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => drag(view, state, event));
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    view.addEventListener(end, (event) => state.fingers.delete(event.pointerId));
  }
  view.addEventListener("click", (event) => {
    if (state.moved > 6 || event.target.closest(".open")) return; // it was dragged; or leads to another field
    scaleTo(view, state.scale > 1 ? 1 : STEP * STEP, event);
  });
}

// Enlarges `view` by a step about its middle; after the largest, it is whole again.
export function nearer(view) {
  const { scale } = states.get(view);
  scaleTo(view, scale * STEP > MOST ? 1 : scale * STEP);
}

export function whole(view) {
  scaleTo(view, 1);
}

export const isNear = (view) => (states.get(view)?.scale ?? 1) > 1;

// Moves what is seen by so many quarters of `view`.
export function move(view, across, down) {
  const state = states.get(view);
  state.x -= (across * view.clientWidth) / 4;
  state.y -= (down * view.clientHeight) / 4;
  apply(view, state);
}

// Two fingers pinch, one drags.
function drag(view, state, event) {
  const before = state.fingers.get(event.pointerId);
  if (!before) return;
  const [across, down] = [event.clientX - before.clientX, event.clientY - before.clientY];
  state.fingers.set(event.pointerId, event);
  state.moved += Math.abs(across) + Math.abs(down);
  const other = [...state.fingers.values()].find((one) => one.pointerId !== event.pointerId);
  if (other) {
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    scaleTo(view, (state.scale * apart(event)) / apart(before), between(event, other));
  } else if (state.scale > 1) {
    state.x += across;
    state.y += down;
    apply(view, state);
  }
}

const between = (one, other) => ({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });

// What is at the place of `at`, or in the middle, stays where it is.
function scaleTo(view, wanted, at = null) {
  const state = states.get(view);
  const scale = Math.min(MOST, Math.max(1, wanted));
  const box = view.getBoundingClientRect();
  const x = at ? at.clientX - box.left : box.width / 2;
  const y = at ? at.clientY - box.top : box.height / 2;
  state.x = x - ((x - state.x) * scale) / state.scale;
  state.y = y - ((y - state.y) * scale) / state.scale;
  state.scale = scale;
  apply(view, state);
}

// No more than the picture is seen.
function apply(view, state) {
  state.x = Math.min(0, Math.max(view.clientWidth * (1 - state.scale), state.x));
  state.y = Math.min(0, Math.max(view.clientHeight * (1 - state.scale), state.y));
  state.layer.style.transform = state.scale === 1 ? "" : `translate(${state.x}px, ${state.y}px) scale(${state.scale})`;
  view.style.setProperty("--zoom", state.scale);
  view.classList.toggle("near", state.scale > 1);
  view.dispatchEvent(new CustomEvent("zoom", { bubbles: true }));
}
