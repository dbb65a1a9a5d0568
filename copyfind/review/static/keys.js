// The keys of the page: letters decide, unless somebody writes in a field or has turned them off.
import { at, on } from "./elements.js";
import { choose, chooseRedundant, skip, swap, undo } from "./deciding.js";
import { showList } from "./list.js";
import { looking, open, step } from "./looking.js";
import { turnView, zoom } from "./showing.js";

const help = () => at("help-dialog").showModal();
const list = () => showList(true);
function number() {
  showList(true);
  at("number").focus();
}

const KEYS = {
  k: () => choose("keep"),
  r: chooseRedundant,
  x: () => choose("not-a-copy"),
  b: swap,
  s: skip,
  u: undo,
  n: () => open(looking.place + 1),
  p: () => open(looking.place - 1),
  v: turnView,
  l: list,
  g: number,
  "?": help,
  "+": () => zoom(1.5),
  "=": () => zoom(1.5),
  "-": () => zoom(1 / 1.5),
  0: () => zoom(0),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
};

// A further key for a part of the page that has one.
export const bind = (key, act) => { KEYS[key] = act; };

const remembered = (() => { try { return localStorage.getItem("letter keys"); } catch { return null; } })();
at("keys").checked = remembered !== "off";
at("keys").addEventListener("change", () => {
  try { localStorage.setItem("letter keys", at("keys").checked ? "on" : "off"); } catch { /* private window */ }
});
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("select, textarea, input:not([type=range])")) return;
  if (event.target.closest("input") && event.key.startsWith("Arrow")) return; // the divider's
  if (event.ctrlKey) {
    if (event.key === "z") {
      event.preventDefault();
      undo();
    }
    return;
  }
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (event.key.length === 1 && !at("keys").checked)) return;
  event.preventDefault();
  if (!event.repeat || /^[-+=]|Arrow/.test(event.key)) act();
});
on("help", help);
on("previous", () => open(looking.place - 1));
on("next", () => open(looking.place + 1));
on("list-button", () => showList(!document.body.classList.contains("listing")));
