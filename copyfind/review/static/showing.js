// The cluster that is looked at: heads, both pictures, the strip of all, and what can be done.
import { all, at, on } from "./elements.js";
import { paintContact } from "./contact.js";
import { decidedOf, desk, isAway, keptOf } from "./desk.js";
import { draw, looking, onDraw, openLeft } from "./looking.js";
import { makeStage } from "./stage.js";
import { wordsOf } from "./words.js";

const stage = makeStage(at("stage"), at("left-view"), at("right-view"), at("divider"), (zoom) => {
  at("out").disabled = zoom <= 1;
  at("fit").textContent = zoom > 1 ? `${zoom.toFixed(1)}×` : "Fit";
});
export const zoom = stage.zoom;

let nothingMarked = "";
export const sayOfNothing = (text) => { nothingMarked = text; };

function paintHead() {
  const { detail, order, place } = looking;
  at("title").replaceChildren(...(detail
    ? [`${(place + 1).toLocaleString("en")} of ${order.length.toLocaleString("en")}`, " ",
      make("span.badge.long", {}, detail.proposal), make("span.badge.short", {}, detail.short), detail.stand === "s" ? make("span.badge.copy", {}, "skipped") : ""]
    : ["Nothing to look at"]));
  document.body.classList.toggle("empty", !detail);
  at("previous").disabled = !detail || place === 0;
  at("next").disabled = !detail || place + 1 >= order.length;
  const left = openLeft();
  at("progress").style.width = `${desk.count ? 100 * (1 - left / desk.count) : 0}%`;
  const { totals } = desk;
  at("totals").replaceChildren(
    make("b", {}, totals.files ? `${shownBytes(totals.bytes)} to gain` : "Nothing marked"),
    make("span.soft", {}, totals.files
      ? `${counted(totals.files, "file")} marked · ${left.toLocaleString("en")} undecided` : nothingMarked));
  at("clear").disabled = !totals.files;
  at("undo").disabled = !desk.steps;
  for (const button of all("[data-choice], #swap, #skip")) button.disabled = !detail;
}

function paintCluster() {
  const { detail } = looking;
  if (!detail) {
    at("strip").replaceChildren();
    at("aligned").textContent = "";
    return;
  }
  const { members, choices } = detail;
  const keptAt = keptOf(detail);
  if (looking.current === keptAt) looking.current = members.findIndex((_, n) => n !== keptAt);
  const kept = members[keptAt], other = members[looking.current];
  show(kept, other);
  at("left-words").replaceChildren(...wordsOf(detail, kept, kept));
  at("right-words").replaceChildren(...wordsOf(detail, other, kept));
  sayAligned();
  const away = isAway(detail, other);
  for (const button of all("[data-choice]")) {
    button.setAttribute("aria-pressed", String(choices[other.key] === button.dataset.choice));
    button.disabled = away;
  }
  if (!other.clearable) document.querySelector('[data-choice="redundant"]').disabled = true;
  at("swap").disabled = !other.keepable || away;
  at("strip").replaceChildren(...members.map((member, number) => make("li", {}, thumbnail(member, number, keptAt))));
  at("strip").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function thumbnail(member, number, keptAt) {
  const [kind, word] = decidedOf(looking.detail, member) ?? (number === keptAt ? ["keep", "Keep"] : ["none", "undecided"]);
  const button = make("button", {
    type: "button",
    "aria-label": `${member.name}: ${word}${number === keptAt ? ", shown as the kept one" : ""}`,
    "aria-current": number === looking.current ? "true" : false,
    disabled: number === keptAt,
  }, make("img", { src: `/picture/thumbnail/${member.picture}`, alt: "" }), make(`i.${kind}`));
  button.addEventListener("click", () => { looking.current = number; draw(); });
  return button;
}

let shown = "", isAligned = false;
function show(kept, other) {
  const away = (member) => isAway(looking.detail, member);
  const now = `${kept.key} ${away(kept)} ${other?.key} ${other && away(other)}`;
  if (now !== shown) {
    isAligned = stage.show({ ...kept, away: away(kept) }, other && { ...other, away: away(other) });
  }
  shown = now;
}

function sayAligned() {
  if (!looking.detail) return;
  const side = at("stage").dataset.view === "side";
  if (at("stage").dataset.view === "all") return at("aligned").replaceChildren();
  at("aligned").textContent = isAligned
    ? (side ? "Same spot on both" : "Laid where it fits")
    : (side ? "Not aligned: move alike" : "Not aligned: stretched");
}

function view(name) {
  for (const button of all("[data-view][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
  stage.view(name);
  sayAligned();
  paintContact();
}
const VIEWS = ["side", "slider", "difference", "all"];
export const turnView = () => view(VIEWS[(VIEWS.indexOf(at("stage").dataset.view) + 1) % VIEWS.length]);

for (const button of all("[data-view][aria-pressed]")) {
  button.addEventListener("click", () => view(button.dataset.view));
}
on("in", () => zoom(1.5));
on("out", () => zoom(1 / 1.5));
on("fit", () => zoom(0));
onDraw(paintHead);
onDraw(paintCluster);
