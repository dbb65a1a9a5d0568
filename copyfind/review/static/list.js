// The list of clusters: as long as there are clusters, with elements for those alone that are seen.
import { at } from "./elements.js";
import { desk, fetchRows, rows } from "./desk.js";
import { looking, nameAddress, onDraw, open } from "./looking.js";
import { midst } from "./midst.js";

const HEIGHT = 68; // pixels of a row, as in the style sheet
const AROUND = 6; // rows beyond those that are seen
const PAGE = 60; // rows that are fetched at once
const STANDS = { o: ["none", "undecided"], d: ["keep", "decided"], s: ["like", "skipped"] };

const list = at("list");
const whole = make("div.whole", { role: "presentation" });
const drawn = new Map(); // by place
list.append(whole);

function rowOf(place) {
  const number = looking.order[place];
  const row = rows.get(number);
  const element = make("div.row-of", {
    id: `row-${place}`, role: "option", "aria-setsize": looking.order.length, "aria-posinset": place + 1,
  });
  element.style.top = `${place * HEIGHT}px`;
  element.dataset.number = number;
  if (!row) return element;
  element.classList.add("known");
  element.append(
    make("span.thumbs", {}, ...row.pictures.map((picture) =>
      make("img", { src: `/picture/thumbnail/${picture}`, alt: "", loading: "lazy", decoding: "async" }))),
    make("span.named", {}, midst("b", row.name), midst("span.soft", row.folder),
      make("span.soft.facts", {}, [row.members, row.short, row.gain ? shownBytes(row.gain) : ""].filter(Boolean).join(" · "))),
    make("i"));
  return element;
}

function mark(element, place) {
  const [kind, word] = STANDS[desk.stands[element.dataset.number]] ?? STANDS.o;
  const row = rows.get(Number(element.dataset.number));
  const dot = element.querySelector("i");
  if (dot) dot.className = kind;
  element.setAttribute("aria-selected", String(place === looking.place));
  element.setAttribute("aria-label", row ? `${place + 1}: ${row.name}, ${row.proposal}, ${word}` : `${place + 1}`);
}

function paint() {
  const { order } = looking;
  whole.style.height = `${order.length * HEIGHT}px`;
  list.hidden = !order.length;
  const first = Math.max(Math.floor(list.scrollTop / HEIGHT) - AROUND, 0);
  const last = Math.min(Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + AROUND, order.length);
  for (const [place, element] of drawn) {
    const isKnown = element.classList.contains("known") || !rows.has(order[place]);
    if (place < first || place >= last || !isKnown || Number(element.dataset.number) !== order[place]) {
      element.remove();
      drawn.delete(place);
    }
  }
  for (let place = first; place < last; place += 1) {
    if (!drawn.has(place)) {
      drawn.set(place, rowOf(place));
      whole.append(drawn.get(place));
    }
    mark(drawn.get(place), place);
  }
  if (order.length && drawn.has(looking.place)) list.setAttribute("aria-activedescendant", `row-${looking.place}`);
  else list.removeAttribute("aria-activedescendant");
  if (last > first) fetchSeen(first, last);
}

let waiting = false;
async function fetchSeen(first, last) {
  const { order } = looking;
  if (waiting || order.slice(first, last).every((number) => rows.has(number))) return;
  waiting = true;
  const from = Math.floor(first / PAGE) * PAGE;
  await fetchRows(order.slice(from, Math.max(last, from + PAGE)).slice(0, 3 * PAGE));
  waiting = false;
  if (order.slice(first, last).every((number) => rows.has(number))) paint();
}

let lastPlace = -1, lastOrder = null;
function follow() { // what is looked at comes into view when it is another one
  if (lastPlace !== looking.place || lastOrder !== looking.order) {
    const top = looking.place * HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
  }
  [lastPlace, lastOrder] = [looking.place, looking.order];
  paint();
}

let asked = 0;
list.addEventListener("scroll", () => {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(paint);
});
new ResizeObserver(paint).observe(list);
onDraw(follow);

export const showList = (shown) => {
  document.body.classList.toggle("listing", shown);
  at("list-button").setAttribute("aria-expanded", String(shown));
  if (shown) {
    list.focus();
    follow();
  }
};

list.addEventListener("click", (event) => {
  const row = event.target.closest(".row-of");
  if (!row) return;
  open(Number(row.id.slice(4)));
  showList(false);
});

at("side").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("listing")) return;
  showList(false);
  at("list-button").focus();
});

// Up and down in the list: the row at once, the pictures when the key is let go for a moment.
let settling;
const STEPS = {
  ArrowDown: () => 1,
  ArrowUp: () => -1,
  PageDown: () => Math.floor(list.clientHeight / HEIGHT),
  PageUp: () => -Math.floor(list.clientHeight / HEIGHT),
  Home: () => -Infinity,
  End: () => Infinity,
};
list.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    showList(false);
    at("actions").focus({ preventScroll: true });
  } else if (STEPS[event.key] && looking.order.length) {
    event.preventDefault();
    event.stopPropagation();
    looking.place = Math.min(Math.max(looking.place + STEPS[event.key](), 0), looking.order.length - 1);
    follow();
    clearTimeout(settling);
    settling = setTimeout(() => open(looking.place), 90);
  }
});

export function listed(order, filters) {
  looking.order = order;
  nameAddress({ filters });
}
