// Which cluster and which of its pictures is looked at. The address names the cluster, so that it is
// there again when the page is loaded again, and the browser's way back is the way back.
import { at, say } from "./elements.js";
import { desk, detailOf, isAway, isOpen, isUndecided, keptOf } from "./desk.js";

export const looking = { order: [], place: 0, detail: null, current: 0 };
const painters = [];

// What is to be drawn whenever something has changed.
export const onDraw = (paint) => painters.push(paint);
export function draw() {
  for (const paint of painters) paint();
}

let words = ""; // of the filters, for the address
export function nameAddress({ filters = words, push = false, hash = looking.detail ? `#${looking.detail.id}` : location.hash } = {}) {
  words = filters;
  const address = `${location.pathname}${words ? `?${words}` : ""}${hash}`;
  if (push && location.hash && location.hash !== hash) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

// Look at the cluster at a place of the list.
export async function open(next, { member = null, focus = false, push = true } = {}) {
  const { order } = looking;
  if (!order.length) {
    looking.detail = null;
    nameAddress({ hash: "" });
    draw();
    return;
  }
  looking.place = clamped(next, order.length);
  const wanted = order[looking.place];
  const found = await detailOf(wanted);
  if (!found || looking.order[looking.place] !== wanted) return; // another was asked for meanwhile
  looking.detail = found;
  looking.current = member ?? firstOpen(found);
  nameAddress({ push });
  draw();
  if (focus) at("actions").focus({ preventScroll: true });
  if (looking.place + 1 < order.length) foresee(order[looking.place + 1]);
}

const clamped = (place, length) => Math.min(Math.max(place, 0), length - 1);

async function foresee(number) {
  const detail = await detailOf(number);
  for (const one of detail?.members.slice(0, 2).filter((m) => !isAway(detail, m)) ?? []) {
    new Image().src = `/picture/full/${one.picture}`;
  }
}

// Look at a cluster by its id; `widen` shows all clusters where the list lacks it.
export async function openNamed(id, widen, options = {}) {
  const found = await detailOf(id);
  if (!found) return false;
  let place = looking.order.indexOf(found.number);
  if (place < 0) {
    await widen();
    place = looking.order.indexOf(found.number);
  }
  await open(place, options);
  return true;
}

// After many changes at once: what is looked at, as it is now.
export async function lookAgain() {
  if (!looking.detail) return draw();
  looking.detail = await detailOf(looking.detail.number) ?? looking.detail;
  looking.current = Math.min(looking.current, looking.detail.members.length - 1);
  draw();
}

function firstOpen(detail) {
  const undecided = detail.members.findIndex((_, place) => isUndecided(detail, place));
  return undecided > 0 ? undecided : detail.members.findIndex((_, place) => place !== keptOf(detail));
}

// From picture to picture, and on to the next cluster.
export function step(by) {
  const { detail, order, place } = looking;
  if (!detail) return;
  const kept = keptOf(detail);
  let next = looking.current + by;
  if (next === kept) next += by;
  if (next >= 0 && next < detail.members.length) {
    looking.current = next;
    draw();
  } else if (by > 0 && place + 1 < order.length) open(place + 1, { member: 1 });
  else if (by < 0 && place > 0) open(place - 1);
}

// After a choice: the next picture that waits for one, here or in a cluster further on.
export function goOn() {
  const { detail, current } = looking;
  const waiting = detail.members.map((_, place) => place).filter((place) => isUndecided(detail, place));
  const next = waiting.find((place) => place > current) ?? waiting[0];
  if (next === undefined) return nextOpen();
  looking.current = next;
  draw();
}

export function nextOpen() {
  const { order, place } = looking;
  const after = order.findIndex((number, n) => n > place && isOpen(number));
  if (after >= 0) return open(after);
  draw();
  say(order.some(isOpen) ? "The clusters after this one are decided." : "Everything here is decided.");
}

export const openLeft = () => desk.stands.reduce((sum, stand) => sum + (stand === "o"), 0);
