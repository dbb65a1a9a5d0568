// What lies on the server's desk, as far as the page knows it: how clusters stand, rows of the list,
// details of some clusters. The server decides; whatever it answers to a change is learned here.
import { get, peek } from "./server.js";

const DETAILS = 40; // clusters whose details are remembered
const ROWS = 4000;

export const desk = { edition: 0, count: 0, stands: [], safe: [], totals: {}, steps: 0 };
const details = new Map(); // by name of a cluster, a promise each
export const rows = new Map(); // by number

export function learnMarks(marks) {
  Object.assign(desk, {
    edition: marks.edition,
    count: marks.stands.length,
    stands: [...marks.stands],
    safe: marks.safe,
    totals: marks.totals,
    steps: marks.steps,
  });
  details.clear();
}

// Learn what a change came to; true where so much of it is new that details have to be asked again.
export async function learn(state) {
  if (state.touched === null) {
    const marks = await get("/api/marks");
    if (marks) learnMarks(marks);
    return true;
  }
  desk.totals = state.totals;
  desk.steps = state.steps;
  for (const one of state.touched) {
    desk.stands[one.number] = one.stand;
    desk.safe[one.number] = one.safe;
    const detail = await details.get(one.id);
    if (detail) decided(detail, one);
  }
  return false;
}

function decided(detail, { number, stand, safe, choices, away }) {
  return Object.assign(detail, { number, stand, safe, choices, away: new Set(away) });
}

// The details of a cluster by its id or number; null where there is no such cluster.
export async function detailOf(name) {
  const key = String(name);
  if (!details.has(key)) {
    while (details.size > 2 * DETAILS) details.delete(details.keys().next().value);
    const asked = peek(`/api/cluster/${encodeURIComponent(key)}`).then((told) => told && decided(told, told));
    details.set(key, asked);
    asked.then((detail) => {
      if (!detail) details.delete(key);
      else if (details.has(key)) details.set(detail.id, asked).set(String(detail.number), asked);
    });
  }
  return details.get(key);
}

// Have the rows of these clusters; resolves when all that can be had are in `rows`.
export async function fetchRows(numbers) {
  const missing = numbers.filter((number) => !rows.has(number));
  if (!missing.length) return;
  const told = await peek(`/api/rows?numbers=${missing.join(",")}`);
  if (rows.size > ROWS) rows.clear();
  for (const row of told?.rows ?? []) rows.set(row.number, row);
}

// ---- what is decided of a cluster that is looked at

export const isOpen = (number) => desk.stands[number] === "o";
export const isAway = (detail, member) => detail.away.has(member.key);

const CHOSEN = {
  keep: ["keep", "Keep"],
  redundant: ["copy", "Redundant"],
  "not-a-copy": ["like", "Not a copy"],
};
export const wordOf = (choice) => CHOSEN[choice][1].toLowerCase();

// The kind and the word of what was decided of a picture, if anything was.
export function decidedOf(detail, member) {
  return isAway(detail, member) ? ["none", "Cleared away"] : CHOSEN[detail.choices[member.key]];
}

// The place of the picture that is kept, as things stand.
export function keptOf(detail) {
  const { members, choices } = detail;
  if (choices[members[0].key] !== "redundant" && !isAway(detail, members[0])) return 0;
  const stays = (m) => m.keepable && !isAway(detail, m);
  const named = members.findIndex((m) => choices[m.key] === "keep" && stays(m));
  return named >= 0 ? named : Math.max(members.findIndex((m) => !choices[m.key] && stays(m)), 0);
}

export function isUndecided(detail, place) {
  const member = detail.members[place];
  return place !== keptOf(detail) && !["linked", "reference"].includes(member.role)
    && !detail.choices[member.key] && !isAway(detail, member);
}
