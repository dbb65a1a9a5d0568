// The two pictures: zoomed and moved together, side by side or one over the other.
import { IDENTITY, asTransform, clamp, enlargement, inverse, mapped, mix, product } from "./geometry.js";

export function makeStage(root, leftView, rightView, divider, onZoom) {
  const MOST = 24;
  const state = { zoom: 1, x: 0.5, y: 0.5 }; // in coordinates of the kept picture
  let kept = null, other = null, matrix = null, back = null, view = "side";

  function sheet() {
    const thumb = make("img", { alt: "", draggable: "false" });
    const full = make("img.full", { alt: "", draggable: "false" });
    return { box: make("div.sheet", {}, thumb, full), thumb, full, marks: [] };
  }
  const left = sheet(), right = sheet(), over = sheet();
  const wipe = make("div.wipe", {}, over.box);
  const line = make("div.line");
  leftView.append(left.box, wipe, line);
  rightView.append(right.box);

  function load(target, member) {
    target.box.classList.remove("ready");
    target.full.removeAttribute("src");
    target.thumb.removeAttribute("src");
    if (!member) return;
    target.thumb.src = `/picture/thumbnail/${member.picture}`;
    if (member.away) return; // of a file that was cleared away there is the thumbnail
    target.full.onload = () => target.box.classList.add("ready");
    target.full.src = `/picture/full/${member.picture}`;
  }

  function fitted(pane, member) {
    const width = member.width ?? 4, height = member.height ?? 3;
    const scale = Math.min(pane.clientWidth / width, pane.clientHeight / height);
    return { width: Math.max(width * scale, 1), height: Math.max(height * scale, 1) };
  }

  function place(target, pane, size, scale, [x, y]) {
    const style = target.box.style;
    style.width = `${size.width}px`;
    style.height = `${size.height}px`;
    style.transform = `translate(${pane.clientWidth / 2 - x * size.width * scale}px, ${pane.clientHeight / 2 - y * size.height * scale}px) scale(${scale})`;
  }

  // A picture larger than its pane covers it, a smaller one stays in the middle.
  function held(centre, pane, size) {
    const half = pane / (2 * size);
    return half >= 0.5 ? 0.5 : clamp(centre, half, 1 - half);
  }

  function draw() {
    if (!kept) return;
    const size = fitted(leftView, kept);
    state.x = held(state.x, leftView.clientWidth, size.width * state.zoom);
    state.y = held(state.y, leftView.clientHeight, size.height * state.zoom);
    place(left, leftView, size, state.zoom, [state.x, state.y]);
    onZoom(state.zoom);
    if (!other) return;
    const m = matrix ?? IDENTITY;
    if (view === "side") {
      const own = fitted(rightView, other);
      // Whole pictures at first; the closer one looks, the more both show the same spot alike large.
      const t = clamp(state.zoom - 1, 0, 1);
      const spot = mapped(m, [state.x, state.y]);
      const match = matrix ? 1 / enlargement(m, [state.x, state.y], size, own) : 1;
      const centre = [mix(0.5, spot[0], t), mix(0.5, spot[1], t)];
      const scale = state.zoom * mix(1, clamp(match, 0.02, 50), t);
      place(right, rightView, own, Number.isFinite(scale) ? scale : state.zoom, centre.every(Number.isFinite) ? centre : [0.5, 0.5]);
    } else {
      place(over, leftView, size, state.zoom, [state.x, state.y]);
      const laid = back ? asTransform(back, size) : "none";
      over.thumb.style.transform = laid;
      over.full.style.transform = laid;
      // The divider runs over what is seen of the kept picture, and over no more.
      const width = leftView.clientWidth, wide = size.width * state.zoom;
      const start = width / 2 - state.x * wide;
      const [from, to] = [Math.max(start, 0), Math.min(start + wide, width)];
      const edge = from + ((to - from) * divider.value) / 100;
      wipe.style.clipPath = view === "slider" ? `inset(0 0 0 ${edge}px)` : "none";
      line.style.left = `${edge}px`;
      divider.style.marginLeft = `${from - 16}px`; // half a thumb on either side
      divider.style.width = `${to - from + 32}px`;
    }
  }

  function zoomTo(zoom, at = null) {
    const next = clamp(zoom, 1, MOST);
    if (at) { // what is under the pointer stays there
      state.x = at[0] + (state.x - at[0]) * (state.zoom / next);
      state.y = at[1] + (state.y - at[1]) * (state.zoom / next);
    }
    state.zoom = next;
    if (next === 1) [state.x, state.y] = [0.5, 0.5];
    draw();
  }

  // Where a pointer is, in coordinates of the kept picture, whichever pane it is in.
  function under(event, pane) {
    const box = pane.getBoundingClientRect();
    const dx = event.clientX - box.left - box.width / 2, dy = event.clientY - box.top - box.height / 2;
    if (pane === leftView || !back) {
      const size = fitted(leftView, kept);
      return [state.x + dx / (size.width * state.zoom), state.y + dy / (size.height * state.zoom)];
    }
    const shown = right.box.getBoundingClientRect();
    return mapped(back, [(event.clientX - shown.left) / shown.width, (event.clientY - shown.top) / shown.height]);
  }

  for (const pane of [leftView, rightView]) {
    const fingers = new Map();
    let last = null, spread = 0;
    pane.addEventListener("wheel", (event) => {
      if (!kept) return;
      event.preventDefault();
      zoomTo(state.zoom * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), under(event, pane));
    }, { passive: false });
    pane.addEventListener("dblclick", (event) => {
      if (kept) zoomTo(state.zoom > 1 ? 1 : 4, under(event, pane));
    });
    pane.addEventListener("pointerdown", (event) => {
      if (!kept || event.button !== 0) return;
      pane.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event);
      last = under(event, pane);
      spread = distance();
    });
    pane.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, event);
      if (fingers.size === 2) {
        const now = distance();
        if (spread) zoomTo(state.zoom * (now / spread), under(event, pane));
        spread = now;
        last = under(event, pane);
        return;
      }
      const now = under(event, pane);
      if (last && now.every(Number.isFinite) && state.zoom > 1) {
        state.x += last[0] - now[0];
        state.y += last[1] - now[1];
        draw();
      }
      last = under(event, pane);
    });
    for (const ending of ["pointerup", "pointercancel"]) {
      pane.addEventListener(ending, (event) => {
        fingers.delete(event.pointerId);
        last = null;
      });
    }
    function distance() {
      const [a, b] = [...fingers.values()];
      return b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0;
    }
    pane.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!by || state.zoom === 1) return; // arrows of a picture that is seen whole go on
      event.preventDefault();
      event.stopPropagation();
      state.x += (0.15 * by[0]) / state.zoom;
      state.y += (0.15 * by[1]) / state.zoom;
      draw();
    });
  }
  divider.addEventListener("input", draw);
  new ResizeObserver(draw).observe(root);

  function mark(target, boxes) {
    for (const old of target.marks) old.remove();
    target.marks = boxes.map(([x0, y0, x1, y1]) => {
      const box = make("div.mark");
      Object.assign(box.style, { left: `${x0 * 100}%`, top: `${y0 * 100}%`, width: `${(x1 - x0) * 100}%`, height: `${(y1 - y0) * 100}%` });
      target.box.append(box);
      return box;
    });
  }

  return {
    show(first, second) {
      if (kept?.picture !== first.picture || kept.away !== first.away) load(left, first);
      if (other?.picture !== second?.picture || other?.away !== second?.away) {
        load(right, second);
        load(over, second);
      }
      [kept, other] = [first, second];
      matrix = null;
      if (first.matrix && second?.matrix) { // both are told from the cluster's keeper
        const home = inverse(first.matrix);
        if (home) matrix = product(second.matrix, home);
      }
      back = matrix && inverse(matrix);
      if (!back) matrix = null;
      left.thumb.alt = `Kept: ${first.name}`;
      right.thumb.alt = second ? second.name : "";
      mark(right, second?.boxes ?? []);
      Object.assign(state, { zoom: 1, x: 0.5, y: 0.5 });
      draw();
      return Boolean(matrix);
    },
    view(name) {
      view = name;
      root.dataset.view = name;
      draw();
    },
    zoom: (by) => zoomTo(by === 0 ? 1 : state.zoom * by),
    get state() { return { ...state }; },
  };
}
