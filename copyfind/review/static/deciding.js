// Decisions on the picture and the cluster that are looked at, and taking the last step back.
import { all, on, say, warn } from "./elements.js";
import { desk, isAway, keptOf, learn, wordOf } from "./desk.js";
import { widen } from "./filters.js";
import { draw, goOn, lookAgain, looking, nextOpen, openNamed } from "./looking.js";
import { post } from "./server.js";

let busy = false;

// Ask for one change; what it came to is learned and told.
export async function change(path, body, spoken) {
  if (busy) return null;
  busy = true;
  const state = await post(path, body);
  const isNew = state && await learn(state);
  busy = false;
  if (!state) return null;
  if (isNew) await lookAgain();
  say(`${spoken}. ${counted(desk.totals.files, "file")} marked, ${shownBytes(desk.totals.bytes)} to gain.`);
  return state;
}

const decide = (changes, spoken) => change("/api/choose", { changes }, spoken);

export async function choose(choice) {
  const { detail, current } = looking;
  const member = detail?.members[current];
  if (!member || isAway(detail, member)) return;
  const again = detail.choices[member.key] === choice; // pressed again, it is taken back
  const done = await decide({ [member.key]: again ? null : choice },
    `${member.name}: ${again ? "undecided" : wordOf(choice)}`);
  if (!done) return;
  if (again) draw();
  else goOn();
}

export function chooseRedundant() {
  const { detail, current } = looking;
  const member = detail?.members[current];
  if (member?.clearable) choose("redundant");
  else if (member) warn(`${member.stays[0].toUpperCase()}${member.stays.slice(1)}.`);
}

export async function swap() {
  const { detail, current } = looking;
  if (!detail || !detail.members[current].keepable || isAway(detail, detail.members[current])) return;
  const before = detail.members[keptOf(detail)], after = detail.members[current];
  if (await decide({ [after.key]: "keep", [before.key]: "redundant" }, `${after.name} is kept instead of ${before.name}`)) {
    looking.current = detail.members.indexOf(before);
    draw();
  }
}

export async function skip() {
  const { detail } = looking;
  if (!detail) return;
  const again = detail.choices[detail.id] === "skip";
  if (await decide({ [detail.id]: again ? null : "skip" }, again ? "not skipped" : "skipped")) {
    if (again) draw();
    else nextOpen();
  }
}

export async function undo() {
  if (!desk.steps) return;
  const state = await change("/api/undo", {}, "Undone");
  if (!state) return;
  if (!state.cluster || !await openNamed(state.cluster, widen)) draw();
}

for (const button of all("[data-choice]")) button.addEventListener("click", () => choose(button.dataset.choice));
on("swap", swap);
on("skip", skip);
on("undo", undo);
