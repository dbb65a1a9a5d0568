// Clearing away: what would happen in numbers and words, a confirmation, the result, and undo.
import { at, button, fileList, on } from "./elements.js";
import { learn } from "./desk.js";
import { lookAgain } from "./looking.js";
import { post } from "./server.js";

const dialog = at("clear-dialog");
const KINDS = {
  quarantine: ["Quarantine", "Move", "to quarantine",
    "They go to a hidden folder on the same disk. Undo brings them back; copyfind empty frees the room."],
  trash: ["Desktop trash", "Move", "to the trash", "They go to the trash of the desktop, on the same disk."],
  hardlink: ["Hard links", "Replace", "by hard links",
    "Only files with the same bytes: each name stays, the bytes are stored once. An edit then changes both."],
  reflink: ["Reflinks", "Replace", "by reflinks",
    "Only files with the same bytes, where the file system can: each name stays, an edit changes one only."],
};
let kind = "quarantine";
let working = false;

const words = (...parts) => at("clear-words").replaceChildren(...parts.filter(Boolean));
const buttons = (...parts) => at("clear-buttons").replaceChildren(...parts.filter(Boolean));
const close = (text = "Cancel") => button(text, () => dialog.close());

async function show() {
  words(make("p", {}, "Looking at what would happen…"));
  buttons(close());
  if (!dialog.open) dialog.showModal();
  const plan = await post("/api/plan", { kind });
  if (!plan) return dialog.close();
  const [, verb, where, explained] = KINDS[kind];
  const select = make("select", { id: "clear-kind" }, ...Object.entries(KINDS).map(([value, [name]]) =>
    make("option", { value, selected: value === kind }, name)));
  select.addEventListener("change", () => { kind = select.value; show(); });
  const with_ = plan.companions ? `, with ${counted(plan.companions, "file")} that belong to them` : "";
  words(
    make("p.big", {}, `${counted(plan.files, "file")}, ${shownBytes(plan.bytes)}`),
    make("p.soft", {}, `out of ${counted(plan.clusters, "cluster")}${with_}. Every picture stays in at least one file.`),
    make("table", {}, make("tbody", {}, ...Object.entries(plan.tiers).map(([tier, count]) =>
      make("tr", {}, make("td", {}, tier), make("td", {}, count.toLocaleString("en")))))),
    make("p", {}, make("label", {}, "What happens to them ", select)),
    make("p.soft", {}, explained),
    fileList("say something the kept one does not", plan.loses),
    fileList("stay where they are", plan.left),
    make("p.links", {},
      make("a", { href: `/plan/${plan.plan}/plan.json`, download: "plan.json" }, "Download plan.json"),
      button("Save plan.json", () => save(plan)),
      button("Try without doing", () => rehearse(plan))),
    make("p", { id: "clear-said", role: "status" }),
  );
  const go = button(`${verb} ${counted(plan.files, "file")} ${where}`, () => apply(plan), ".main");
  const really = make("input", { type: "checkbox" });
  const may = () => { go.disabled = !plan.files || (plan.unusual.length > 0 && !really.checked); };
  really.addEventListener("change", may);
  if (plan.unusual.length) {
    at("clear-words").append(make("p.unusual", {}, `That is unusual: ${plan.unusual.join("; ")}.`),
      make("p", {}, make("label", {}, really, " I have looked, and mean all of them")));
  }
  may();
  buttons(close(), go);
  at("clear-buttons").firstChild.focus(); // Enter aborts
}

const said = (...parts) => at("clear-said")?.replaceChildren(...parts.filter(Boolean));

async function save(plan) {
  const saved = await post("/api/plan/save", { plan: plan.plan });
  if (saved) said(`Saved to ${saved.path}. Do it later with: copyfind apply ${saved.path}`);
}

async function rehearse(plan) {
  said("Looking at every file…");
  const done = await post("/api/plan/rehearse", { plan: plan.plan });
  said(done ? make("span", {}, `Every file was looked at: ${counted(done.files, "file")} would go, nothing was done.`) : "",
    done && fileList("would be skipped", done.skipped));
}

async function watched(title, request) {
  working = true;
  const bar = make("progress", { max: 1, value: 0, "aria-label": title });
  words(make("p.big", {}, title), bar, make("p.soft", {}, "Every file is looked at again before it is touched."));
  buttons();
  const watch = setInterval(async () => {
    const now = await fetch("/api/progress").then((answer) => answer.json()).catch(() => null);
    if (now?.total) Object.assign(bar, { max: now.total, value: now.done });
  }, 500);
  const result = await request;
  clearInterval(watch);
  working = false;
  if (result) {
    await learn(result);
    await lookAgain();
  }
  return result;
}

async function apply(plan) {
  const done = await watched("Clearing away…", post("/api/plan/apply", { plan: plan.plan }));
  if (!done) return dialog.close();
  words(
    make("p.big", { role: "status" }, `${counted(done.files, "file")}, ${shownBytes(done.bytes)} cleared away`),
    done.already ? make("p.soft", {}, `${counted(done.already, "file")} had been cleared away before.`) : null,
    done.stopped ? make("p", {}, "It was stopped; the rest is as it was.") : null,
    fileList("left alone", done.skipped, "cluster"),
    done.files ? make("p.soft", {}, "Undo brings all of it back, here or with: copyfind undo") : null,
  );
  buttons(done.journal && button("Undo", () => takeBack(done.journal)), close("Close"));
  at("clear-buttons").lastChild.focus();
}

// Undo a journal, by its name.
export async function takeBack(journal) {
  if (!dialog.open) dialog.showModal();
  const back = await watched("Bringing them back…", post("/api/take-back", { journal }));
  if (!back) return dialog.close();
  words(
    make("p.big", { role: "status" }, `${counted(back.files, "file")} brought back`),
    fileList("could not be brought back", back.skipped),
  );
  buttons(close("Close"));
  at("clear-buttons").firstChild.focus();
}

dialog.addEventListener("cancel", (event) => {
  if (working) event.preventDefault();
});
on("clear", show);
