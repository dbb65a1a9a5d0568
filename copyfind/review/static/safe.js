// Marking all copies that are safe to clear, in the clusters of the list.
import { at, on } from "./elements.js";
import { desk, isOpen } from "./desk.js";
import { change } from "./deciding.js";
import { draw, looking, nextOpen, onDraw } from "./looking.js";

const safeHere = () => looking.order.reduce((sum, number) => sum + desk.safe[number], 0);

onDraw(() => {
  const safe = safeHere();
  at("safe").hidden = !safe;
  at("safe").textContent = `Mark ${counted(safe, "safe copy")}…`;
});
on("safe", () => {
  const files = safeHere();
  at("many-words").textContent =
    `${counted(files, "undecided copy")} in the clusters shown now ${files === 1 ? "has" : "have"} the very bytes or pixels of a picture that is kept there.`;
  at("many-dialog").showModal();
});
on("many", async () => {
  const clusters = looking.order.filter((number) => desk.safe[number]);
  const done = await change("/api/mark-safe", { clusters, edition: desk.edition },
    `${counted(safeHere(), "file")} marked redundant. Undo takes it back`);
  at("many-dialog").close();
  if (!done) return;
  if (isOpen(looking.order[looking.place])) draw();
  else nextOpen();
});
