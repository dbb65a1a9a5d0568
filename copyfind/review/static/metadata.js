// All that both files say of themselves side by side, differences marked; and each in the system's
// own programs.
import { at, button, on, say } from "./elements.js";
import { keptOf } from "./desk.js";
import { bind } from "./keys.js";
import { looking, onDraw } from "./looking.js";
import { get, post } from "./server.js";

const dialog = at("metadata-dialog");
let opens = false;
export const mayOpen = (told) => { opens = told; };

async function openIn(what, member) {
  const done = await post(`/api/open/${what}`, { key: member.key });
  if (done) say(`${member.name}: asked ${done.program} to show it`);
}

function head(member, whose) {
  return make("th", { scope: "col" }, whose, make("br"),
    ...(opens ? [button("Open file", () => openIn("file", member)), " ", button("Open folder", () => openIn("folder", member))]
      .map((one) => {
        if (one.setAttribute) one.setAttribute("aria-label", `${one.textContent} of ${member.name}`);
        return one;
      }) : []));
}

function row(name, left, right) {
  const differs = left !== right;
  const cell = (value, other) => make(`td${differs ? ".differs" : ""}`, {},
    value === undefined ? make("span.soft", {}, "—")
      : differs && other !== undefined ? make("mark", {}, value) : make(differs ? "mark" : "span", {}, value));
  return make("tr", {}, make("th", { scope: "row" }, name), cell(left, right), cell(right, left));
}

async function show() {
  const { detail, current } = looking;
  if (!detail) return;
  const kept = detail.members[keptOf(detail)], other = detail.members[current];
  at("metadata-words").replaceChildren(make("p", {}, "Reading both files…"));
  dialog.showModal();
  const [left, right] = await Promise.all([kept, other].map((m) => get(`/api/metadata/${m.key}`)));
  if (!left || !right) return dialog.close();
  const ours = new Map(left.lines), theirs = new Map(right.lines);
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const differing = names.filter((name) => ours.get(name) !== theirs.get(name));
  at("metadata-words").replaceChildren(
    make("p.soft", {}, `${counted(differing.length, "line")} of ${names.length} ${differing.length === 1 ? "differs" : "differ"}.`),
    make("div.scrolled", { tabindex: "0", role: "region", "aria-label": "Metadata of both files" },
      make("table", {},
        make("thead", {}, make("tr", {}, make("td"), head(kept, "Kept"), head(other, "The other"))),
        make("tbody", {}, ...names.map((name) => row(name, ours.get(name), theirs.get(name)))))));
}

on("metadata", show);
bind("i", show);
onDraw(() => { at("metadata").disabled = !looking.detail; });
