// Rules that mark many files: chosen, previewed, and marked in one step.
import { at, button, fileList, on } from "./elements.js";
import { desk } from "./desk.js";
import { change } from "./deciding.js";
import { bind } from "./keys.js";
import { draw, looking } from "./looking.js";
import { post } from "./server.js";

const RULES = {
  "keep-in": ["Keep what is in a folder", "Everything in this folder and below it stays; copies of it elsewhere are marked."],
  "clear-in": ["Clear a folder of what is also elsewhere", "What is in this folder or below it is marked, where a copy elsewhere stays."],
  original: ["Prefer originals", "Kept is what the others were made from: least processed, straight from a camera."],
  largest: ["Prefer larger pictures", "Kept is the one with most pixels."],
  format: ["Prefer better formats", "Kept is the format that holds most of the original: RAW before HEIC, TIFF, PNG, JPEG."],
  metadata: ["Prefer more metadata", "Kept is the one that knows most: date, camera, lens, place, rating."],
  oldest: ["Prefer older", "Kept is what was captured first, or the oldest file."],
  newest: ["Prefer newer files", "Kept is the newest file."],
  smallest: ["Prefer smaller files", "Kept is the smallest file."],
  "shortest-path": ["Prefer short paths", "Kept is the one with the shortest path."],
};
const dialog = at("rules-dialog");
const needsFolder = () => ["keep-in", "clear-in"].includes(at("rule").value);

at("rule").append(...Object.entries(RULES).map(([value, [name]]) => make("option", { value }, name)));

function told(...parts) {
  at("rules-said").replaceChildren(...parts.filter(Boolean));
  at("rules-buttons").replaceChildren(button("Cancel", () => dialog.close()));
}

function explain() {
  at("rule-where").hidden = !needsFolder();
  at("rule-words").textContent = RULES[at("rule").value][1];
  told(); // what was previewed was another rule
}

function show() {
  const { order } = looking;
  at("rule-scope").textContent = order.length === desk.count ? "all clusters" : `the ${counted(order.length, "cluster")} of the list`;
  explain();
  dialog.showModal();
}

async function preview(event) {
  event.preventDefault();
  told(make("p", {}, "Looking at what may go…"));
  const { order } = looking;
  const shown = await post("/api/rules/preview", {
    name: at("rule").value,
    folder: needsFolder() ? at("rule-folder").value : "",
    tiers: ["near", "edited"].filter((tier) => at(`rule-${tier}`).checked),
    clusters: order.length === desk.count ? null : order,
    edition: desk.edition,
  });
  if (!shown) return told();
  const tiers = Object.entries(shown.tiers).map(([tier, count]) => `${count.toLocaleString("en")} ${tier}`).join(", ");
  told(
    make("p.big", {}, shown.files ? `${counted(shown.files, "file")}, ${shownBytes(shown.bytes)}` : "Nothing would be marked"),
    shown.files ? make("p.soft", {}, `in ${counted(shown.clusters, "cluster")}: ${tiers}.`
      + (shown.kept ? ` In ${shown.kept.toLocaleString("en")} of them another picture is kept than was proposed.` : "")) : null,
    fileList("would be marked", { files: shown.files, named: shown.named }),
    fileList("stay", shown.left));
  if (shown.files) {
    at("rules-buttons").append(button(`Mark ${counted(shown.files, "file")}`, () => apply(shown), ".main"));
    at("rules-buttons").lastChild.focus();
  }
}

async function apply(shown) {
  const done = await change("/api/rules/apply", { rule: shown.rule }, `${counted(shown.files, "file")} marked by a rule. Undo takes them back`);
  dialog.close();
  if (done) draw();
}

at("rule").addEventListener("change", explain);
for (const id of ["rule-folder", "rule-near", "rule-edited"]) at(id).addEventListener("input", () => told());
at("rules-form").addEventListener("submit", preview);
on("rules", show);
bind("m", show);
