// Scanning a folder and its progress; what the catalog learned elsewhere meanwhile; and what to do
// where there is nothing to look at.
import { at, button, on } from "./elements.js";
import { desk } from "./desk.js";
import { clearFilters } from "./filters.js";
import { looking, onDraw } from "./looking.js";
import { peek, post } from "./server.js";

const dialog = at("scan-dialog");
const OFTEN = 500, SELDOM = 8000; // milliseconds
let waiting, roots = [], wasRunning = false;

function words(pulse) {
  const done = pulse.unit ? counted(pulse.done, pulse.unit) : pulse.done.toLocaleString("en");
  const of = pulse.total ? ` of ${pulse.total.toLocaleString("en")}` : "";
  return pulse.running ? `${pulse.stage || "starting"}: ${done}${of}` : pulse.said;
}

function tell(pulse) {
  at("scan-said").textContent = words(pulse);
  at("scan-bar").hidden = !pulse.running;
  if (pulse.total) Object.assign(at("scan-bar"), { max: pulse.total, value: pulse.done });
  else at("scan-bar").removeAttribute("value");
  at("scan-go").disabled = at("scan-again").disabled = pulse.running;
  at("scan-stop").hidden = !pulse.running;
  notice(pulse);
}

function notice(pulse) {
  const found = pulse.edition !== desk.edition;
  const shown = found || pulse.changed || (pulse.running && !dialog.open);
  at("notice").hidden = !shown;
  if (!shown) return;
  const [text, label, act] = found
    ? [`The clusters were found anew. ${pulse.said}`, "Show them", () => location.reload()]
    : pulse.running
      ? [words(pulse), "Show", show]
      : ["The catalog has changed since these clusters were found.", "Find copies again", () => start(null)];
  if (at("notice").firstChild?.textContent !== text) {
    at("notice").replaceChildren(make("span", {}, text), button(label, act, ".main"));
  }
}

async function look() {
  clearTimeout(waiting);
  const pulse = document.hidden ? null : await peek("/api/pulse");
  if (pulse) {
    tell(pulse);
    if (wasRunning && !pulse.running && dialog.open && pulse.edition !== desk.edition) {
      at("scan-done").hidden = false;
    }
    wasRunning = pulse.running;
  }
  waiting = setTimeout(look, wasRunning ? OFTEN : SELDOM);
}

async function start(folder) {
  if (!dialog.open) show();
  at("scan-done").hidden = true;
  const pulse = await post("/api/scan", folder === null ? {} : { folder });
  if (!pulse) return;
  wasRunning = true;
  tell(pulse);
  look();
}

function show() {
  if (!at("scan-folder").value && roots.length) [at("scan-folder").value] = roots;
  dialog.showModal();
  look();
}

export function follow({ head }) {
  roots = head.roots;
  at("scan-roots").replaceChildren(...roots.map((name) => make("option", { value: name })));
  onDraw(() => {
    const none = desk.count === 0;
    at("nothing").hidden = Boolean(looking.detail);
    at("nothing-title").textContent = !none ? "No cluster is like that."
      : head.files ? "There are no copies here." : "Nothing is indexed yet.";
    at("nothing-words").textContent = none && !head.files
      ? "Scan a folder of photos: copyfind finds every copy in it, however it was edited, and says which file to keep. Nothing is changed before you say so."
      : none
      ? `Among ${counted(head.files, "picture")} in ${roots.join(", ") || "no folder"} nothing is a copy of another one, as far as is proven. Scan another folder, a card or a backup: its pictures are compared with all of these.`
      : "Show all clusters again, or change the filters of the list.";
    at("nothing-all").hidden = none;
    at("nothing-scan").classList.toggle("main", none);
  });
  waiting = setTimeout(look, SELDOM);
}

on("scan", show);
on("nothing-scan", show);
on("nothing-all", clearFilters);
on("scan-again", () => start(null));
on("scan-stop", () => post("/api/scan/stop"));
on("scan-done", () => location.reload());
at("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  start(at("scan-folder").value);
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
