// The journal: what was cleared away when, what became of it, and undo.
import { at, button, fileList, on } from "./elements.js";
import { takeBack } from "./clear.js";
import { bind } from "./keys.js";
import { get } from "./server.js";

const dialog = at("journal-dialog");

function entry(journal) {
  const when = new Date(journal.made_at);
  const files = make("details", {}, make("summary", {}, "Files"));
  files.addEventListener("toggle", async () => {
    if (!files.open || files.querySelector("ul")) return;
    const told = await get(`/api/journal/${encodeURIComponent(journal.name)}`);
    if (told) files.append(fileList("", told).querySelector("ul"));
  });
  const undo = button("Undo", () => { dialog.close(); takeBack(journal.name); });
  undo.setAttribute("aria-label", `Undo ${journal.name}`);
  return make("li", {},
    make("div.of", {},
      make("span", {}, make("b", {}, Number.isNaN(when.getTime()) ? journal.made_at : when.toLocaleString()),
        make("br"), `${counted(journal.files, "file")}, ${shownBytes(journal.bytes)} · ${journal.kinds.join(", ")}`,
        make("br"), make("span.soft", {}, journal.stands)),
      journal.undoable ? undo : null),
    files);
}

export async function show() {
  const told = await get("/api/journal");
  if (!told) return;
  at("journal-words").replaceChildren(
    told.journals.length
      ? make("ul.journals", {}, ...told.journals.map(entry))
      : make("p", {}, "Nothing was cleared away yet. What you clear away is listed here, and can be undone."),
    ...told.left_out.map((reason) => make("p.unusual", {}, reason)));
  if (!dialog.open) dialog.showModal();
}

on("journal", show);
bind("j", show);
